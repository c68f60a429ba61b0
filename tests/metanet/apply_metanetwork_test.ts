import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { applyMetanetwork } from "../../lib/metanet/apply_metanetwork.ts";
import { createMetanetwork } from "../../lib/metanet/metanetwork_parameters.ts";
import { metanetworkFor } from "../../lib/metanet/metanetwork_for.ts";
import { metaStep } from "../../lib/metanet/meta_step.ts";
import { runByBlocks } from "../../lib/metanet/run_by_blocks.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { defaultRuntime } from "../../lib/runtime/run_model.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { permuteChannels } from "../../lib/prune/permute_channels.ts";
import { branched } from "./branched.ts";

Deno.test("permuting any group of channels permutes what the metanetwork makes of the network", async () => {
  const model = branched();
  const net = metanetworkFor(model, { layers: 2, hidden: 4, ratio: .3, seed: 9 });
  const changed = await applyMetanetwork(model, net);
  for (const group of channelGroups(model).prunable) {
    const order = seededRandom(group.id, "order").permutation(group.channels);
    const first = permuteChannels(changed, channelGroups(changed).groups[group.id]!, order);
    const second = await applyMetanetwork(permuteChannels(model, group, order), net);
    for (const [name, tensor] of first.graph.initializers) {
      if (!tensor.type.startsWith("float")) continue;
      const other = second.graph.initializers.get(name) as Tensor;
      assertClose(numbersOf(other), numbersOf(tensor as Tensor), REORDERED_FLOAT32, `${group.name}: ${name}`);
    }
  }
});

Deno.test("permuting the hidden channels of a network permutes what the metanetwork makes of it", async () => {
  const net = createMetanetwork({ layers: 2, hidden: 6, nodeFeatures: 15, edges: [1], ratio: .5 }, {
    seed: 3,
  });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 1000 }), async (seed) => {
      const model = mlp({ sizes: [3, 7, 5, 2], seed });
      const orders = [seededRandom(seed, 1).permutation(7), seededRandom(seed, 2).permutation(5)];
      const [first, second] = await Promise.all([
        applyMetanetwork(model, net).then((changed) => permuted(changed, orders)),
        applyMetanetwork(permuted(model, orders), net),
      ]);
      for (const [name, tensor] of first.graph.initializers) {
        const other = second.graph.initializers.get(name) as Tensor;
        assertClose(numbersOf(other), numbersOf(tensor as Tensor), REORDERED_FLOAT32, name);
        const before = model.graph.initializers.get(name) as Tensor;
        assert.notDeepEqual(
          numbersOf(tensor as Tensor),
          numbersOf(before),
          "the metanetwork changes something",
        );
      }
    }),
    { numRuns: 5 },
  );
});

/** The channels of the two hidden layers in another order. */
function permuted(model: Model, [first, second]: Uint32Array[]): Model {
  const take = (name: string, rows?: Uint32Array, columns?: Uint32Array): [string, Tensor] => {
    const { data, dims } = model.graph.initializers.get(name) as Tensor;
    const [height, width = 1] = dims as [number, number?];
    const values = Array.from({ length: height * width }, (_, i) => {
      const [row, column] = [Math.floor(i / width), i % width];
      return Number(data[(rows?.[row] ?? row) * width + (columns?.[column] ?? column)]);
    });
    return [name, float32(values, dims)];
  };
  const tensors = [
    take("0.weight", first),
    take("0.bias", first),
    take("2.weight", second, first),
    take("2.bias", second),
    take("4.weight", undefined, second),
  ];
  return model.withGraph({
    ...model.graph,
    initializers: new Map([...model.graph.initializers, ...tensors]),
  });
}

Deno.test("a metanetwork that reads other features than the graph has is refused, in whole and by blocks", async () => {
  const model = mlp({ sizes: [3, 4, 2] });
  const graph = metaGraph(model);
  const other = createMetanetwork({
    nodeFeatures: graph.slots.length + 1,
    edges: "taps",
    hidden: 2,
    layers: 1,
  });
  const refusal = {
    name: "TypeError",
    message:
      `Cannot add this metanetwork: it reads ${
        graph.slots.length + 1
      } features per node, and the graph has ` +
      `${graph.slots.length}; make the graph in the layout the metanetwork was made for`,
  };
  await assert.rejects(applyMetanetwork(model, other), refusal);
  await assert.rejects(runByBlocks(other, graph, await defaultRuntime()), refusal);
  assert.throws(() => metaStep(model, other), refusal);
});
