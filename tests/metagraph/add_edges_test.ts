import assert from "node:assert/strict";
import type { MetaGraph } from "../../lib/metagraph/meta_graph.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { float32, sizeOf } from "../../lib/tensor/tensor.ts";

/** A weight whose every number says where it is stored. */
const counted = (...dims: number[]) => float32(Array.from({ length: sizeOf(dims) }, (_, i) => i), dims);

function graphOf(input: number[], build: (g: GraphBuilder, x: Value) => Value): MetaGraph {
  const g = new GraphBuilder("edges");
  g.output(build(g, g.input("x", "float32", input)), "y");
  return metaGraph(g.model());
}

Deno.test("the edge from c to o has, for each place of the kernel, the weight that is there", () => {
  const { blocks } = graphOf([1, 2, 8, 8], (g, x) => g.conv(x, g.parameter("w", counted(3, 2, 3, 5))));
  const { features, taps } = blocks[0]!;
  assert.deepEqual(features.dims, [3, 2, 15]);
  taps.forEach(([dy, dx], t) => {
    for (const [o, c] of [[0, 0], [2, 1]] as const) {
      const stored = ((o * 2 + c) * 3 + dy! + 1) * 5 + dx! + 2;
      assert.equal(features.data[(o * 2 + c) * 15 + t], stored, `from ${c} to ${o} at ${dy}, ${dx}`);
    }
  });
});

Deno.test("a transposed convolution stores what it reads first, groups read their own channels", () => {
  const turned = graphOf([1, 2, 4, 4], (g, x) => g.convTranspose(x, g.parameter("w", counted(2, 3, 1, 1))))
    .blocks[0]!;
  // Element [c, o] of the weight is the edge from c to o.
  assert.deepEqual([turned.features.dims, [...turned.features.data]], [[3, 2, 1], [0, 3, 1, 4, 2, 5]]);
  const { blocks } = graphOf(
    [1, 4, 4, 4],
    (g, x) => g.conv(x, g.parameter("w", counted(2, 2, 1, 1)), undefined, { group: 2 }),
  );
  assert.deepEqual(
    blocks.map(({ from, to, features }) => [[...from.indices!], [...to.indices!], [...features.data]]),
    [
      [[0, 1], [0], [0, 1]],
      [[2, 3], [1], [2, 3]],
    ],
  );
});

Deno.test("a depthwise kernel is edges from each channel to its own", () => {
  const { blocks } = graphOf(
    [1, 3, 4, 4],
    (g, x) => g.conv(x, g.parameter("w", counted(3, 1, 1, 2)), undefined, { group: 3 }),
  );
  const { kind, features, taps } = blocks[0]!;
  assert.deepEqual([kind, features.dims, [...features.data]], ["diagonal", [3, 2], [0, 1, 2, 3, 4, 5]]);
  assert.deepEqual(taps, [[0, -0.5], [0, 0.5]]);
});
