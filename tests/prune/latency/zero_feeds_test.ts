import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { Dim } from "../../../lib/onnx/dim.ts";
import { zeroFeeds } from "../../../lib/prune/latency/zero_feeds.ts";

function sumOf(...shapes: Dim[][]) {
  const g = new GraphBuilder("sum");
  const inputs = shapes.map((shape, i) => g.input(`x${i}`, "float32", shape));
  g.output(inputs.reduce((a, b) => g.add(a, b)), "y");
  return g.model();
}

Deno.test("the batch told is the one that is fed: what was asked for, or what the model fixes", () => {
  const fed = (shapes: Dim[][], ...sizes: Parameters<typeof zeroFeeds>[1][]) => {
    const { feeds, batch } = zeroFeeds(sumOf(...shapes), sizes[0] ?? {});
    return [batch, ...Object.values(feeds).map(({ dims }) => [...dims])];
  };
  assert.deepEqual(fed([["N", 3]]), [1, [1, 3]]);
  assert.deepEqual(fed([["N", 3]], { batch: 8 }), [8, [8, 3]]);
  assert.deepEqual(fed([[4, 3]]), [4, [4, 3]]);
  assert.deepEqual(fed([[4, 3]], { batch: 4 }), [4, [4, 3]]);
  assert.deepEqual(fed([["N", 3]], { inputShapes: { x0: [2, 3] } }), [2, [2, 3]]);
  assert.deepEqual(fed([[1, 3], ["N", 3]], { batch: 8 }), [8, [1, 3], [8, 3]]);
  assert.deepEqual(fed([[], ["N", 3]], { batch: 8 }), [8, [], [8, 3]]);
  assert.deepEqual(fed([[], [5, 3]]), [5, [], [5, 3]]);
  assert.deepEqual(fed([[]]), [1, []]);
});

Deno.test("a batch that the model does not leave open is refused", () => {
  const open = sumOf(["N", 3]);
  assert.throws(() => zeroFeeds(sumOf([4, 3]), { batch: 8 }), {
    name: "RangeError",
    message:
      'Cannot measure latency with batch 8: expected 4, as input "x0" is [4, 3]; leave batch out, or ' +
      "measure a model that leaves it open",
  });
  assert.throws(
    () => zeroFeeds(open, { batch: 8, inputShapes: { x0: [2, 3] } }),
    /expected 2, as input "x0"/,
  );
  assert.throws(() => zeroFeeds(sumOf(["N", "width"]), { batch: 8 }), /give its sizes in inputShapes/);
});

Deno.test("inputs of every type that is an array are fed with zeros of it", () => {
  const types = [
    "float16",
    "float64",
    "int8",
    "uint8",
    "uint16",
    "int32",
    "uint64",
    "bool",
  ] as const;
  for (const type of types) {
    const g = new GraphBuilder();
    g.output(g.node("Identity", [g.input("x", type, ["N", 2])])[0]!, "y");
    const { x } = zeroFeeds(g.model(), { batch: 3 }).feeds;
    assert.deepEqual([x!.type, x!.dims, Array.from(x!.data, Number)], [type, [3, 2], [0, 0, 0, 0, 0, 0]]);
  }
  const g = new GraphBuilder();
  g.output(g.node("Identity", [g.input("x", "bfloat16", ["N"])])[0]!, "y");
  assert.throws(() => zeroFeeds(g.model(), {}), /TypeError: Cannot measure latency: input "x" is bfloat16/);
});
