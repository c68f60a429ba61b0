import { deepEqual, throws } from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { blockOfGroups, partsOf, requireBlocks } from "../../../lib/prune/latency/channel_blocks.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";

Deno.test("a group's block is that of the layers that make and read its channels, the larger one", () => {
  const g = new GraphBuilder();
  const weight = (name: string, ...dims: number[]) =>
    g.parameter(name, float32(new Float32Array(dims.reduce((a, b) => a * b)).fill(0.5), dims));
  let x = g.input("x", "float32", [1, 3, 4, 4]);
  x = g.relu(g.node("Conv", [x, weight("a", 6, 3, 1, 1)])[0]!);
  x = g.relu(g.node("Conv", [x, weight("b", 8, 6, 1, 1)])[0]!);
  x = g.relu(g.matMul(g.reduceSum(x, [2, 3], { keepdims: false }), weight("c", 8, 10)));
  g.output(g.matMul(x, weight("d", 10, 2)), "y");
  const groups = channelGroups(g.model());
  const blocks = blockOfGroups(groups, { convolution: 8, product: 4 });
  deepEqual(groups.prunable.map(({ name, id }) => [name, blocks.get(id)]), [["a", 8], ["b", 8], ["c", 4]]);
  const turned = blockOfGroups(groups, { convolution: 2, product: 4 });
  deepEqual(groups.prunable.map(({ id }) => turned.get(id)), [2, 4, 4]);
});

Deno.test("parts of blocks are halves, down to one channel", () => {
  deepEqual([0, 1, 3, 9].map((halvings) => partsOf({ convolution: 16, product: 2 }, halvings)), [
    { convolution: 16, product: 2 },
    { convolution: 8, product: 1 },
    { convolution: 2, product: 1 },
    { convolution: 1, product: 1 },
  ]);
});

Deno.test("blocks that are no whole numbers are refused by name", () => {
  throws(
    () => requireBlocks({ convolution: 16, product: 1.5 }),
    /^RangeError: .*product: 1.5 .*engineBlocks/,
  );
});
