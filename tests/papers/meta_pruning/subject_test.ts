import assert from "node:assert/strict";
import { META_PRESETS, metaSubject } from "../../../lib/papers/meta_pruning/mod.ts";
import { membersOf } from "../../../lib/metanet/members.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";

Deno.test("the convolutional subject has three groups of channels, each with a filter, a scale and readers", async () => {
  const { build, name, train, others } = await metaSubject(META_PRESETS.cnn, 0);
  assert.equal(name, "CNN 32-64-64");
  assert.deepEqual("inputs" in train && (train.inputs as { dims: readonly number[] }).dims, [1000, 64]);
  const model = await build(0);
  // Kernels × places: 8×8, 4×4 and 2×2 after the poolings; the classifier reads means.
  assert.equal(countMacs(model).macs, 9 * 32 * 64 + 9 * 32 * 64 * 16 + 9 * 64 * 64 * 4 + 64 * 10);
  const groups = channelGroups(model);
  assert.deepEqual(groups.prunable.map(({ channels }) => channels), [32, 64, 64]);
  assert.deepEqual(
    groups.prunable.map((group) => membersOf(group, groups).map(({ tensor }) => tensor).sort()),
    [
      ["bn1.weight", "conv1.weight", "conv2.weight"],
      ["bn2.weight", "conv2.weight", "conv3.weight"],
      ["bn3.weight", "classifier.weight", "conv3.weight"],
    ],
  );
  const wide = await others.find(({ name }) => name === "CNN 48-48-48")!.build(0);
  assert.deepEqual(channelGroups(wide).prunable.map(({ channels }) => channels), [48, 48, 48]);
});
