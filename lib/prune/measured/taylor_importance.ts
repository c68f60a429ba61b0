import { GraphBuilder } from "../../onnx/builder.ts";
import { gradients } from "../../onnx/gradients.ts";
import { isDifferentiable } from "../../onnx/gradients/call.ts";
import { inferShapes } from "../../onnx/infer_shapes.ts";
import type { Model } from "../../onnx/model.ts";
import { float32, type Tensor } from "../../tensor/tensor.ts";
import { arrayOf } from "../../tensor/arrays.ts";
import { upgradeOpset } from "../../onnx/upgrade.ts";
import type { TrainingData } from "../../train/batches.ts";
import type { EvaluateOptions } from "../../train/evaluate.ts";
import { cutFor } from "../../train/fixed_batch_size.ts";
import { lossBatches } from "../../train/loss_batches.ts";
import { crossEntropy, requireLoss } from "../../train/losses.ts";
import { batchFeeds, withLoss } from "../../train/with_loss.ts";
import { withRuntime } from "../../train/with_runtime.ts";
import { channelGroups } from "../channel_groups.ts";
import type { PrunableKind } from "../kinds.ts";
import { unitsOf } from "../criteria/units.ts";
import type { Criterion } from "../criteria/criterion.ts";
import { taylor } from "../criteria/taylor.ts";
import { stopSignal } from "../../stop.ts";

/**
 * The criterion "taylor" for a model and data: runs the data through the model once, adds up the gradients of
 * the loss, and gives them to {@linkcode taylor}. `planPruning` does this where it is given data.
 *
 * @throws TypeError where an operator between a weight and the loss has no gradient rule
 */
export async function taylorImportance(
  model: Model,
  data: TrainingData,
  { loss = crossEntropy(), batchSize, runtime, signal: own, kinds }: EvaluateOptions & {
    kinds?: readonly PrunableKind[] | undefined;
  } = {},
): Promise<Criterion> {
  const signal = stopSignal(own);
  requireLoss("weigh channels", loss);
  const groups = channelGroups(model, kinds);
  const { initializers } = groups.model.graph;
  const slots = groups.prunable.flatMap((group) => unitsOf(group, groups) ?? [group])
    .flatMap((unit) => unit.slots);
  const names = [
    ...new Set(
      slots.filter(({ role }) => role === "out" || role === "scale" || role === "bias")
        .map(({ tensor }) => tensor)
        .filter((name) => isDifferentiable(initializers.get(name)!.type)), // codes have no gradient
    ),
  ];
  if (names.length === 0) return taylor({}); // which says so of the group that it is asked about
  const base = inferShapes(upgradeOpset(groups.model));
  const g = new GraphBuilder(base.graph, base.info.opsets);
  const inputs = g.fedInputs;
  const { value, targets } = withLoss(g, loss);
  g.output(value);
  const step = gradients(base.withGraph(g.graph()), value, names);
  const batches = lossBatches("weigh channels", data, loss, {
    ...cutFor("weigh channels", model, data, batchSize),
    input: inputs[0]!,
  });
  return await withRuntime(runtime, async (engine) => {
    const session = await engine.session(step.model);
    const sums = new Map<string, Float32Array>();
    try {
      for (let at = 0; at < batches.stepsPerEpoch; at++) {
        signal?.throwIfAborted();
        const batch = await batches.batch(0, at);
        const result = await session.run(batchFeeds("weigh channels", loss, targets, batch));
        // The loss is a mean over the batch, and the last batch may be shorter.
        const rows = Object.values(batch.inputs)[0]!.dims[0]!;
        for (const name of names) add(sums, name, result[step.gradients[name]!]!, rows);
      }
    } finally {
      await session.release();
    }
    return taylor(Object.fromEntries([...sums].map(([name, sum]) => [
      name,
      float32(sum, initializers.get(name)!.dims),
    ])));
  });
}

function add(sums: Map<string, Float32Array>, name: string, gradient: Tensor, times: number) {
  const values = arrayOf(gradient);
  const sum = sums.get(name) ?? new Float32Array(values.length);
  values.forEach((value, i) => sum[i]! += times * value);
  sums.set(name, sum);
}
