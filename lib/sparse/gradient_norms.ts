import type { Tensor } from "../tensor/tensor.ts";
import { weightsOf } from "../nn/weights.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { backward } from "../onnx/gradients.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import type { Model } from "../onnx/model.ts";
import { upgradeOpset } from "../onnx/upgrade.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Batch } from "../train/batches.ts";
import { lowerTrainingBatchNorms } from "../train/norms/batch_norm.ts";
import { crossEntropy, type Loss } from "../train/losses.ts";
import { toTrainingMode } from "../train/training_mode.ts";
import { batchFeeds, withLoss } from "../train/with_loss.ts";
import { isPrunable } from "./is_prunable.ts";

/** Asks models of one shape for the size of their gradients. */
export interface GradientProbe {
  /** Euclidean norm of the gradient of each prunable weight, on a batch. */
  norms(model: Model, batch: Batch): Promise<Record<string, number>>;
  /** Frees what the engine holds. */
  release(): Promise<void>;
}

/**
 * Loads the gradient of a model's loss into an engine, to be asked again and again while the model trains:
 * what trainability is judged by in studies of pruning.
 *
 * @throws TypeError where an operator has no gradient
 */
export async function gradientProbe(
  original: Model,
  { runtime, loss = crossEntropy() }: { runtime: Runtime; loss?: Loss },
): Promise<GradientProbe> {
  const model = constantsToInitializers(original);
  const learned = weightsOf(model);
  const names = learned.filter(isPrunable).map(({ name }) => name);
  const training = toTrainingMode(upgradeOpset(model), {
    frozen: new Set(model.graph.initializers.keys()),
  });
  const g = new GraphBuilder(training.model.graph, training.model.info.opsets);
  const { value, targets } = withLoss(g, loss, training.outputs);
  const found = backward(g, value, names);
  lowerTrainingBatchNorms(g);
  const squares = names.map((name) => g.reduceSumSquare(found[name]!, undefined, { keepdims: false }));
  for (const square of squares) g.output(square);
  // All that is learned becomes inputs, so that one session serves all models of this shape.
  for (const { name } of learned) g.toInput(name);
  const session = await runtime.session(training.model.withGraph(g.graph()));
  return {
    async norms(now, batch) {
      const fed = batchFeeds("take gradients", loss, targets, batch);
      const { initializers } = constantsToInitializers(now).graph;
      for (const { name } of learned) fed[name] = initializers.get(name) as Tensor;
      const outputs = await session.run(fed);
      return Object.fromEntries(
        names.map((name, i) => [name, Math.sqrt(Number(outputs[squares[i]!]!.data[0]))]),
      );
    },
    release: () => session.release(),
  };
}
