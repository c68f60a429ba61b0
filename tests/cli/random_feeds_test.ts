import assert from "node:assert/strict";
import { randomFeeds } from "../../lib/cli/random_feeds.ts";
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
  g.output(g.node("Identity", [g.input("text", "string", [1])])[0]!, "y");
  assert.throws(() => randomFeeds(g.model(), { seed: 0 }), {
    message:
      'Cannot make up input "text", string [1]: expected one of float32, float64, int64, int32, uint8, bool',
  });
});
