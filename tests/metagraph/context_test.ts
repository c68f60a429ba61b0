import assert from "node:assert/strict";
import { CONTEXT } from "../../lib/metagraph/context.ts";
import { SLOTS } from "../../lib/metagraph/slots.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { Net } from "../prune/net.ts";

/** The columns of a layer's first node that are not zero, without the parameters that it has. */
function told({ data }: { data: ArrayLike<unknown> }): Record<string, number> {
  const columns = CONTEXT.map((name, i) => [name, Number(data[i])] as const);
  return Object.fromEntries(columns.filter(([name, value]) => value !== 0 && !name.startsWith("has ")));
}

Deno.test("contexts tell what a layer is, where it stands, and how large it is", () => {
  const n = new Net();
  const x = n.op("Conv", [n.g.input("x", "float32", [1, 3, 8, 8]), n.weight(7, 3, 3, 3), n.weight(7)], {
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  });
  n.g.output(n.linear(n.g.flatten(n.g.globalAveragePool(x)), 7, 5), "y");
  const { layers, context } = metaGraph(n.g.model());
  assert.deepEqual(context, CONTEXT);
  const log = (size: number) => Math.fround(Math.log2(1 + size));
  // 27 numbers make a channel of the first layer, of which each is read by five; 4 × 4 pixels.
  assert.deepEqual(layers.map(({ context }) => told(context)), [
    { "is input": 1, "log channels": 2, "log fan-out": log(63), "log stride": 1, "log pixels": log(64) },
    {
      "is weighted": 1,
      depth: 0.5,
      "log channels": 3,
      "log fan-in": log(27),
      "log fan-out": log(5),
      "log stride": log(2),
      "log pixels": log(16),
    },
    {
      "is weighted": 1,
      "is output": 1,
      depth: 1,
      "log channels": log(5),
      "log fan-in": 3,
      "log stride": 1,
      "log pixels": 1,
    },
  ]);
  const has = (layer: number) =>
    SLOTS.filter((_, i) => layers[layer]!.context.data[i] === 1).map(({ name }) => name);
  assert.deepEqual([has(0), has(1), has(2)], [[], ["bias"], ["bias"]]);
});
