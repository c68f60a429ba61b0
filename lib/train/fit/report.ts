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

/** What an epoch changes in a run at its end. */
export type EndedEpoch = Pick<Checkpoint, "running" | "history" | "best">;

/**
 * The history with an epoch's row, and the weights that did best on the validation data so far. The run stays
 * as it is, so that one that is stopped meanwhile is saved as after the last step.
 *
 * @throws RangeError where the validation loss or the score is no number
 */
export async function endEpoch(
  { options, loss, step, batches, rate, sparse }: FitSetup,
  run: Checkpoint,
  { state, runtime }: { state: Tensors; runtime: Runtime },
): Promise<EndedEpoch> {
  const row: EpochRow = {
    epoch: run.step / batches.stepsPerEpoch,
    step: run.step,
    rate: rate(run.step - 1),
    loss: run.running.loss / run.running.examples,
  };
  const ended = { running: { loss: 0, examples: 0 }, history: [...run.history, row], best: run.best };
  if (!options.validation && !options.score) return ended;
  const model = step.withWeights(step.weights(state));
  let score: number | undefined;
  if (options.validation) {
    const found = await evaluate(model, options.validation, {
      loss: lossFor(options.validation, loss),
      runtime,
      signal: options.signal,
      batchSize: "batch" in options.validation ? undefined : options.batchSize,
    });
    requireJudgement(row, "the validation data", found.loss);
    row.validationLoss = found.loss;
    if (found.accuracy !== undefined) row.validationAccuracy = found.accuracy;
    score = scoreOf(found);
  }
  if (options.score) {
    row.score = score = await options.score(model, { runtime, epoch: row.epoch });
    requireJudgement(row, 'the option "score"', score);
  }
  if (score === undefined || sparse && !sparse.masks) return ended;
  if (ended.best && score <= ended.best.score) return ended;
  return { ...ended, best: { epoch: row.epoch, score, weights: step.weights(state) } };
}

/** Refuses what says nothing of an epoch, and could not be saved. */
function requireJudgement({ epoch }: EpochRow, judge: string, value: number): void {
  if (Number.isFinite(value)) return;
  throw new RangeError(
    `Cannot judge epoch ${epoch}: ${judge} gave ${value}, expected a number; look for numbers that are not ` +
      "finite, or far too large, in what it judges by",
  );
}

/** Whether the steps of the last epoch are done, but it was stopped before its end was. */
export function isEpochOpen({ batches }: FitSetup, run: Checkpoint): boolean {
  return run.history.length < Math.floor(run.step / batches.stepsPerEpoch);
}

/** Whether a run has nothing left to do. */
export function isDone(setup: FitSetup, run: Checkpoint): boolean {
  if (isEpochOpen(setup, run)) return false;
  return run.step === setup.steps || isOutOfPatience(setup.options, run);
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
function isOutOfPatience({ patience = Infinity }: FitSetup["options"], run: Checkpoint): boolean {
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
