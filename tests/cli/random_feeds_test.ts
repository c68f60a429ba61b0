import assert from "node:assert/strict";
import { inTypes, randomFeeds } from "../../lib/cli/random_feeds.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, numbersOf } from "../../lib/tensor/tensor.ts";

/** A model that looks tokens up in a table of 7 rows, masks them, and takes numbers of one's own sizes. */
function model() {
  const g = new GraphBuilder();
  const table = g.parameter("table", float32(new Float32Array(14), [7, 2]));
  g.output(g.node("Gather", [table, g.input("tokens", "int64", ["N", 40])])[0]!, "looked");
  g.output(g.node("Not", [g.input("mask", "bool", ["N", 40])])[0]!, "masked");
  g.output(g.relu(g.input("x", "float32", ["N", "length", 4])), "y");
  return g.model();
}

Deno.test("random inputs are the same for a seed, within the table that they are looked up in", () => {
  const inputShapes = { x: [1, 100, 4] };
  const feeds = randomFeeds(model(), { seed: 1, inputShapes });
  assert.deepEqual(Object.entries(feeds).map(([name, { type, dims }]) => [name, type, dims]), [
    ["tokens", "int64", [1, 40]],
    ["mask", "bool", [1, 40]],
    ["x", "float32", [1, 100, 4]],
  ]);
  const tokens = numbersOf(feeds.tokens!);
  assert.deepEqual([Math.min(...tokens), Math.max(...tokens)], [0, 6]);
  assert.deepEqual([...new Set(numbersOf(feeds.mask!))].sort(), [0, 1]);
  const mean = numbersOf(feeds.x!).reduce((sum, value) => sum + value, 0) / 400;
  assert.ok(Math.abs(mean) < 4 / Math.sqrt(400), `${mean} is no mean of normal numbers`);
  assert.deepEqual(randomFeeds(model(), { seed: 1, inputShapes }), feeds);
  assert.notDeepEqual(randomFeeds(model(), { seed: 2, inputShapes }), feeds);
});

Deno.test("a size that is not known, and a type that nobody draws, are named", () => {
  assert.throws(() => randomFeeds(model(), { seed: 0 }), {
    name: "UsageError",
    message: 'Cannot make up input "x", float32 [N, length, 4]: give its sizes, --shape x=1,…',
  });
  const g = new GraphBuilder();
  g.output(g.node("Identity", [g.input("brain", "bfloat16", [1])])[0]!, "y");
  assert.throws(() => randomFeeds(g.model(), { seed: 0 }), {
    name: "UsageError",
    message:
      /^Cannot make up input "brain", bfloat16 \[1\]: expected one of float32, float64, float16, int8, /,
  });
});

Deno.test("every type that can be fed is made up, in its own range", () => {
  const whole = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] as const;
  for (const type of [...whole, "bool", "string", "float16", "float32", "float64"] as const) {
    const g = new GraphBuilder();
    g.output(g.node("Identity", [g.input("x", type, ["N", 200])])[0]!, "y");
    const { x } = randomFeeds(g.model(), { seed: 0 });
    assert.deepEqual([x!.type, x!.dims], [type, [1, 200]]);
    const numbers = Array.from(x!.data as ArrayLike<unknown>, Number);
    if (type.startsWith("float")) {
      const mean = numbers.reduce((sum, value) => sum + value) / 200;
      const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 200;
      assert.ok(
        Math.abs(mean) < 4 / Math.sqrt(200) && Math.abs(variance - 1) < 0.5,
        `${type}: ${mean}, ${variance}`,
      );
    } else assert.deepEqual([...new Set(numbers)].sort(), [0, 1], type);
  }
});

Deno.test("numbers are the same in another type, as near as it has them", () => {
  const x = float32([1, -2.5, 0.1, 7], [4]);
  for (const type of ["float16", "float64", "int32"] as const) {
    const { x: y } = inTypes({ x }, { x: type });
    assert.deepEqual([y!.type, y!.dims], [type, [4]]);
    for (const [i, value] of numbersOf(y!).entries()) {
      const expected = (x.data as Float32Array)[i]!;
      assert.ok(
        Math.abs(value - expected) <= (type === "int32" ? 1 : Math.abs(expected) / 2048),
        `${type} ${value}`,
      );
    }
  }
  assert.equal(inTypes({ x }, { y: "float16" })["x"], x);
});
