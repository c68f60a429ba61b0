/** Pruning networks from image to image: residual streams, pixel shuffles, window attention, pictures of any size. */
import { deepEqual, equal } from "node:assert/strict";
import { edsr } from "../../lib/nn/edsr.ts";
import { edsrTiny } from "../../lib/nn/edsr_tiny.ts";
import { swinir, SWINIR_TINY } from "../../lib/nn/swinir.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, sizeOf } from "../../lib/tensor/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { mask } from "../../lib/prune/mask.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

/** By network: input channels, and the channels of its groups, smallest first. */
const NETWORKS: [Model, channels: number, groups: number[]][] = [
  // The stream and the inside of three blocks.
  [edsrTiny(), 1, [12, 12, 12, 12]],
  // The stream, the inside of two blocks, and what each shuffle makes into pixels.
  [edsr({ features: 16, blocks: 2 }), 3, [16, 16, 16, 16]],
  [edsr({ features: 16, blocks: 2, variant: "L", scale: 4 }), 3, [16, 16, 16, 16, 16]],
  // Heads and hidden channels of four blocks; the stream is normalised over its channels, and stays.
  [swinir(SWINIR_TINY), 3, [3, 3, 3, 3, 48, 48, 48, 48]],
];

for (const [model, channels, groups] of NETWORKS) {
  Deno.test(`${model.graph.name}: its groups, and pruned it computes what it computed with them silenced`, async () => {
    deepEqual(channelGroups(model).prunable.map((group) => group.channels).sort((a, b) => a - b), groups);
    const inputShapes = { input: [1, channels, 16, 16] };
    const plan = planPruning(model, { target: { macs: 0.6 }, criterion: "l1", roundTo: 1, inputShapes });
    const [smaller, masked] = [prune(model, plan), mask(model, plan)];
    const kept = countMacs(smaller, { inputShapes }).macs / countMacs(model, { inputShapes }).macs;
    equal(kept <= 0.6 && kept > 0.5, true, `${kept}`);
    for (const size of [[2, channels, 16, 16], [1, channels, 13, 5]]) {
      const random = seededRandom(0, ...size);
      const input = float32(Float32Array.from({ length: sizeOf(size) }, () => random.uniform()), size);
      const [y, expected] = await Promise.all([smaller, masked].map((each) => runModel(each, { input })));
      deepEqual(y!.output!.dims, expected!.output!.dims);
      assertClose(y!.output!.data as Float32Array, expected!.output!.data as Float32Array, REORDERED_FLOAT32);
    }
  });
}
