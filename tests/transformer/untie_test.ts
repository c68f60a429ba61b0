import assert from "node:assert/strict";
import type { Model } from "../../lib/onnx/model.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { channelsReadBy } from "../../lib/transformer/channels_read.ts";
import { transformerOf } from "../../lib/transformer/mod.ts";
import { type Cut, untie } from "../../lib/transformer/untie.ts";
import { type Built, built, FEEDS } from "./built.ts";
import { distance, logitsOf } from "./logits.ts";

/** Cuts of one channel of each block: of the first one other channels than of the second. */
function cutsOf(model: Model, channels: readonly (number | undefined)[]): Cut[] {
  const groups = channelGroups(model);
  return transformerOf(model).blocks.flatMap((block, i): Cut[] => {
    const channel = channels[i];
    if (channel === undefined) return [];
    return [{ block, group: channelsReadBy(groups)(block)!.group, removed: [channel] }];
  });
}

const groupsRead = (model: Model) => {
  const groups = channelGroups(model);
  return transformerOf(model).blocks.map((block) => channelsReadBy(groups)(block)!.group.id);
};

for (const tie of ["weights", "numbers", "mask", "keys"] as const) {
  Deno.test(`Blocks with the same ${tie} have channels of their own, and the network computes what it did`, async () => {
    const model = built({ tie });
    const before = groupsRead(model);
    assert.equal(before[0], before[2]);
    const untied = model.withGraph(untie(channelGroups(model), cutsOf(model, [0, 0, 1, 1])));
    assert.equal(new Set(groupsRead(untied)).size, 4);
    assert.equal(distance(await logitsOf(model, FEEDS), await logitsOf(untied, FEEDS)), 0);
  });
}

Deno.test("What need not be apart is not copied", () => {
  const sizes = (options: Partial<Built>, channels: readonly (number | undefined)[]) => {
    const model = built(options);
    const { graph } = channelGroups(model).model;
    const { nodes, initializers } = untie(channelGroups(model), cutsOf(model, channels));
    return [nodes.length - graph.nodes.length, initializers.size - graph.initializers.size];
  };
  assert.deepEqual(sizes({}, [0, 0, 1, 1]), [0, 0]);
  assert.deepEqual(sizes({ tie: "weights" }, [0, 0, 0, 0]), [0, 0]);
  // Both biases and both weights of six neurons, but no bias of what goes to the stream.
  assert.deepEqual(sizes({ tie: "weights" }, [undefined, 0]), [0, 3]);
  // The exponential and its one tensor, for the one block that loses a head.
  assert.deepEqual(sizes({ tie: "numbers" }, [0]), [1, 1]);
  assert.deepEqual(sizes({ tie: "mask" }, [0]), [1, 0]);
});
