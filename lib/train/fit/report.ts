import { percent } from "../../amounts.ts";
import { withoutUndefined } from "../../options.ts";
import { RangeError } from "../../errors.ts";
import type { Runtime, Tensors } from "../../runtime/runtime.ts";
import type { TrainingData } from "../batches.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { evaluate, type Evaluation } from "../evaluate.ts";
import type { EpochRow } from "../history.ts";
import { crossEntropy, type Loss } from "../losses.ts";
import { megabytes, type StepMemory } from "../memory/memory_budget.ts";
import type { FitResult } from "./options.ts";
import type { FitSetup } from "./setup.ts";

/**
 * Adds an epoch's row to the history, and keeps the weights where they did better than ever on the validation
 * data.
 */
export async function endEpoch(
  { options, loss, step, batches, rate, sparse }: FitSetup,
  run: Checkpoint,
  { state, runtime }: { state: Tensors; runtime: Runtime },
): Promise<void> {
  const row: EpochRow = {
    epoch: run.step / batches.stepsPerEpoch,
    step: run.step,
    rate: rate(run.step - 1),
    loss: run.running.loss / run.running.examples,
  };
  run.running = { loss: 0, examples: 0 };
  run.history = [...run.history, row];
  if (!options.validation && !options.score) return;
  const model = step.withWeights(step.weights(state));
  let score: number | undefined;
  if (options.validation) {
    const found = await evaluate(model, options.validation, {
      loss: lossFor(options.validation, loss),
      runtime,
      signal: options.signal,
      batchSize: options.batchSize,
    });
    row.validationLoss = found.loss;
    if (found.accuracy !== undefined) row.validationAccuracy = found.accuracy;
    score = scoreOf(found);
  }
  if (options.score) {
    row.score = score = await options.score(model, { runtime, epoch: row.epoch });
    if (!Number.isFinite(score)) {
      throw new RangeError(
        `Cannot judge epoch ${row.epoch}: the option "score" gave ${score}, expected a number`,
      );
    }
  }
  if (score === undefined || sparse && !sparse.masks) return;
  if (!run.best || score > run.best.score) {
    run.best = { epoch: row.epoch, score, weights: step.weights(state) };
  }
}

/**
 * The training loss, or what it is for examples that are not mixed; plain cross entropy where the validation
 * data have labels but not all it needs.
 */
export function lossFor(data: TrainingData, loss: Loss): Loss {
  if (loss.unmixed) return loss.unmixed;
  if (!("targets" in data) || "data" in data.targets) return loss;
  const { targets } = data;
  const complete = Object.keys(loss.targets).every((name) => Object.hasOwn(targets, name));
  return complete || !("labels" in targets) ? loss : crossEntropy();
}

/** Whether more than `patience` epochs in a row were no better than the best one. */
export function isOutOfPatience({ patience = Infinity }: FitSetup["options"], run: Checkpoint): boolean {
  return run.best !== undefined && (run.history.at(-1)?.epoch ?? 0) - run.best.epoch > patience;
}

/** Higher is better. */
function scoreOf({ loss, accuracy }: Evaluation): number {
  return accuracy ?? -loss;
}

/** How a run goes, in words: its last epoch, and the loss of the step at hand. */
export function noteOf(
  loss: number | undefined,
  row: Omit<EpochRow, "step" | "rate"> | undefined,
): string {
  const parts = row ? [`epoch ${row.epoch}: loss ${row.loss.toFixed(3)}`] : [];
  if (row?.validationAccuracy !== undefined) {
    parts.push(`${percent(row.validationAccuracy)} right`);
  } else if (row?.score !== undefined) {
    parts.push(`score ${row.score.toFixed(4)}`);
  } else if (row?.validationLoss !== undefined) {
    parts.push(`validation loss ${row.validationLoss.toFixed(3)}`);
  }
  if (loss !== undefined) parts.push(`now ${loss.toFixed(3)}`);
  return parts.join(", ");
}

/**
 * What a step takes and does for that, in words: `memory 310 MB in place of 480 MB, 62 % of the forward pass
 * twice`.
 */
export function memoryNote({ bytes, whole, again }: StepMemory): string {
  const kept = `memory ${megabytes(bytes)}`;
  if (again === 0) return `${kept}, nothing computed twice`;
  return `${kept} in place of ${megabytes(whole)}, ${(100 * again).toFixed(0)} % of the forward pass twice`;
}

/** Result of `fit` after the last step, with this state. */
export function resultOf(
  { step, sparse }: FitSetup,
  { best, history }: Checkpoint,
  state: Tensors,
): FitResult {
  return withoutUndefined({
    model: step.withWeights(step.weights(state)),
    history,
    masks: sparse?.masks,
    best: best && { epoch: best.epoch, score: best.score, model: step.withWeights(best.weights) },
  });
}
