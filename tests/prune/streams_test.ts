import assert from "node:assert/strict";
import { decoder } from "../../lib/nn/decoder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { int64 } from "../../lib/tensor/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { assertEachChannelAlone, assertEqualsMask } from "./each_channel.ts";

const sizes = { vocabulary: 17, context: 8, layers: 2, hidden: 16, heads: 4, keyValueHeads: 2, neurons: 24 };

/** A decoder with RMS norms, by random weights as large as a trained one's. */
const model = decoder(sizes);
const feeds = { input_ids: int64([3, 1, 4, 1, 5, 9, 2, 6, 5, 3], [2, 5]) };

const inputShapes = { input_ids: [2, 5] };

const width = ({ graph }: Model) => graph.initializers.get("model.embed_tokens.weight")!.dims[1];

Deno.test("the stream of a decoder loses channels one by one and by half", async () => {
  const stream = channelGroups(model).prunable.find(({ channels }) => channels === sizes.hidden);
  assert.ok(stream!.slots.length > 10);
  await assertEachChannelAlone(model, feeds as never);
});

Deno.test("a decoder with a narrower stream equals its mask at several ratios, and in rounds", async () => {
  for (const macs of [0.8, 0.5, 0.25]) {
    const plan = planPruning(model, { target: { macs }, criterion: "l2", roundTo: 1, inputShapes });
    const smaller = await assertEqualsMask(model, plan, feeds as never, `at ${macs}`);
    assert.ok(width(smaller)! < sizes.hidden);
  }
  let now = model;
  const lengths: number[] = [];
  for (let round = 0; round < 3; round++) {
    const plan = planPruning(now, { target: { macs: 0.8 }, criterion: "l2", roundTo: 1, inputShapes });
    now = await assertEqualsMask(now, plan, feeds as never, `round ${round}`);
    lengths.push(now.graph.nodes.length);
  }
  // What makes up for channels that left is one factor, however often some leave.
  assert.equal(lengths[2], lengths[0]);
});
