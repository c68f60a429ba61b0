import { requireOptions } from "../options.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { backward } from "../onnx/gradients.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { inFloat32 } from "../onnx/passes/in_float32.ts";
import { upgradeOpset } from "../onnx/upgrade.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { TrainingData } from "../train/batches.ts";
import { lossBatches } from "../train/loss_batches.ts";
import { crossEntropy, type Loss } from "../train/losses.ts";
import { batchFeeds, withLoss } from "../train/with_loss.ts";
import { withRuntime } from "../train/with_runtime.ts";
import { emptyConfiguration } from "./configuration.ts";
import { type PartId, partId } from "./elements.ts";
import { feedMasks } from "./mask.ts";
import type { Transformer } from "./transformer.ts";
import { arrayOf } from "../tensor/arrays.ts";

/** Settings of {@linkcode maskGradients}. */
export interface MaskGradientsOptions {
  /** The loss. Default cross entropy. */
  loss?: Loss | undefined;
  /** Examples whose gradients are added up before their absolute value is taken. Default 8. */
  batchSize?: number | undefined;
  /** Engine that computes. Default: the best there is, opened for this and closed after it. */
  runtime?: Runtime | undefined;
}

/**
 * How much the loss would change if a head's, or a group's, mask did: the mean over batches of the absolute
 * gradient of the loss with respect to the mask. Small ones matter least. For heads it is the importance of
 * P. Michel, O. Levy, G. Neubig, "Are Sixteen Heads Really Better than One?", NeurIPS 2019, eq. 2, which
 * ranks them after dividing by the norm over a layer.
 *
 * @throws TypeError where data and model do not fit together
 */
export async function maskGradients(
  transformer: Transformer,
  data: TrainingData,
  options: MaskGradientsOptions = {},
): Promise<Map<PartId, number>> {
  requireOptions("maskGradients", options, { loss: true, batchSize: true, runtime: true });
  const { loss = crossEntropy(), batchSize = 8, runtime } = options;
  const { model, feeds } = feedMasks(transformer, { hard: [] });
  const upgraded = upgradeOpset(inFloat32(model)); // the loss is written so
  const g = new GraphBuilder(inferShapes(upgraded).graph, upgraded.info.opsets);
  const { value, targets } = withLoss(g, loss);
  const masks = transformer.blocks.map(({ id }) => `${id}.parts`);
  const gradients = backward(g, value, masks);
  const names = masks.map((mask) => g.output(gradients[mask]!));
  const [input] = transformer.model.graph.inputs.filter((name) =>
    !transformer.model.graph.initializers.has(name)
  );
  const source = lossBatches("weigh parts", data, loss, { batchSize, input: input! });
  const open = feeds(emptyConfiguration(transformer));
  const sums = transformer.blocks.map(({ parts }) => new Float64Array(parts));
  await withRuntime(runtime, async (engine) => {
    const session = await engine.session(upgraded.withGraph(g.graph()));
    try {
      for (let step = 0; step < source.stepsPerEpoch; step++) {
        const batch = await source.batch(0, step);
        const found = await session.run({ ...batchFeeds("evaluate", loss, targets, batch), ...open });
        names.forEach((name, i) => {
          arrayOf(found[name]!).forEach((gradient, part) => sums[i]![part]! += Math.abs(gradient));
        });
      }
    } finally {
      await session.release();
    }
  });
  return new Map(
    transformer.blocks.flatMap(({ kind, layer }, i) =>
      [...sums[i]!].map((sum, part) => [partId(kind, layer, part), sum / source.stepsPerEpoch] as const)
    ),
  );
}
