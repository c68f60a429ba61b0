import assert from "node:assert/strict";
import { build, loadData, nameOf } from "../../../lib/papers/meta_pruning/mod.ts";
import { regularizedSlots } from "../../../lib/metanet/regularized_slots.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";

Deno.test("the small convolutional network has three groups of channels, each with a filter, a scale and readers", async () => {
  const architecture = { kind: "cnn", widths: [32, 64, 64] } as const;
  assert.equal(nameOf(architecture), "CNN 32-64-64");
  const examples = { train: 1000, validation: 10, test: 10 };
  const { train } = await loadData({ set: "digits", source: "procedural", seed: 0, examples });
  assert.deepEqual("inputs" in train && (train.inputs as { dims: readonly number[] }).dims, [1000, 64]);
  const model = build(architecture, 0);
  // Kernels × places: 8×8, 4×4 and 2×2 after the poolings; the classifier reads means.
  assert.equal(countMacs(model).macs, 9 * 32 * 64 + 9 * 32 * 64 * 16 + 9 * 64 * 64 * 4 + 64 * 10);
  const groups = channelGroups(model);
  assert.deepEqual(groups.prunable.map(({ channels }) => channels), [32, 64, 64]);
  assert.deepEqual(
    groups.prunable.map((group) => regularizedSlots(group, groups).map(({ tensor }) => tensor).sort()),
    [
      ["bn1.weight", "conv1.weight", "conv2.weight"],
      ["bn2.weight", "conv2.weight", "conv3.weight"],
      ["bn3.weight", "classifier.weight", "conv3.weight"],
    ],
  );
  const wide = build({ kind: "cnn", widths: [48, 48, 48] }, 0);
  assert.deepEqual(channelGroups(wide).prunable.map(({ channels }) => channels), [48, 48, 48]);
});
