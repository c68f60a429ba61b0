import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { vit } from "../../lib/nn/vit.ts";
import { compress } from "../../lib/compress/compress.ts";
import { packQuantized } from "../../lib/compress/codes/pack_quantized.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { checkPruned } from "../../lib/prune/check_pruned.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { realNumbers } from "../../lib/prune/quantized.ts";
import { seededRandom } from "../../lib/random.ts";
import { float32, sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import { assertEachChannelAlone, normalFeeds } from "./each_channel.ts";

const packed = async (model: Model, groupSize: number): Promise<Model> =>
  packQuantized(await compress(model, { method: "rtn", bits: 4, groupSize })).model;

Deno.test("an MLP in codes of 4 bits loses hidden features by the blocks that share a scale", async () => {
  const model = await packed(mlp({ sizes: [32, 192, 128, 3] }), 16);
  const { prunable, boundaries } = channelGroups(model);
  console.log(channelGroups(model).toString());
  assert.deepEqual([boundaries, prunable.map(({ channels }) => channels)], [[], [6, 4]]);
  await assertEachChannelAlone(model, { input: normalFeeds([2, 32]).x } as never);
});

Deno.test("a vision transformer in codes of 4 bits", async () => {
  const model = await packed(vit({ image: 8, patch: 4, layers: 2, heads: 4, hidden: 128, mlp: 256, classes: 5 }), 32);
  console.log(channelGroups(model).toString());
  const plan = planPruning(model, { target: { macs: 0.7 }, inputShapes: { input: [2, 3, 8, 8] } });
  const smaller = prune(model, plan);
  console.log(await checkPruned(model, smaller, plan, { inputShapes: { input: [2, 3, 8, 8] } }));
});
