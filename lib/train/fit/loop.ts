import { RangeError } from "../../errors.ts";
import { silent } from "../../progress.ts";
import { emptyRecord } from "../../own.ts";
import { seededRandom } from "../../random.ts";
import type { Runtime, Session, Tensors } from "../../runtime/runtime.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { batchFeeds } from "../with_loss.ts";
import { requireTrained, type Saver, saverOf } from "./checkpoints.ts";
import type { FitResult } from "./options.ts";
import { endEpoch, isDone, isEpochOpen, memoryNote, noteOf, resultOf } from "./report.ts";
import { requireSeveral } from "./require_several.ts";
import type { FitSetup } from "./setup.ts";
import { openStep } from "./step_session.ts";
import { stopSignal } from "../../stop.ts";

/** Takes the steps that a run still lacks, from where it is, and changes it with each. */
export async function trainToEnd(setup: FitSetup, run: Checkpoint, runtime: Runtime): Promise<FitResult> {
  const { model, options, step, steps, rows, sparse } = setup;
  const { progress = silent } = options;
  const signal = stopSignal(options.signal);
  const session = await openStep(runtime, step, rows);
  const saver = saverOf(setup, run, session);
  await progress.start(`Training ${model.graph.name}`, steps);
  try {
    await session.setState(run.state);
    await sparse?.begin(runtime, session, run.step, run.sparse);
    if (step.memory) await progress.step(run.step, memoryNote(step.memory));
    if (run.step > 0) {
      const from = run.withoutChecksum ? " from a file without a checksum" : "";
      await progress.step(run.step, `resumed${from}`);
    }
    const tools = { session, runtime, saver, signal };
    if (isEpochOpen(setup, run)) await endOpenEpoch(setup, run, tools);
    while (!isDone(setup, run)) {
      if (signal?.aborted) {
        await saver.save();
        signal.throwIfAborted();
      }
      const loss = await takeStep(setup, run, session);
      await letLook(setup, run, session);
      if (isEpochOpen(setup, run)) await endOpenEpoch(setup, run, tools);
      else await saver.saveIfDue();
      await progress.step(run.step, noteOf(loss, run.history.at(-1)));
    }
    return resultOf(setup, run, await session.state());
  } finally {
    await progress.close(noteOf(undefined, run.history.at(-1)));
    sparse?.release();
    await session.release();
  }
}

/**
 * The end of an epoch whose steps are done. Where it is stopped meanwhile, the run is saved as after the last
 * step: what goes on from there begins with this.
 */
async function endOpenEpoch(
  setup: FitSetup,
  run: Checkpoint,
  { session, runtime, saver, signal }: {
    session: Session;
    runtime: Runtime;
    saver: Saver;
    signal: AbortSignal | undefined;
  },
): Promise<void> {
  const { options, step } = setup;
  const state = await session.state();
  requireTrained(step.weights(state), run.step);
  try {
    const ended = await endEpoch(setup, run, { state, runtime });
    await options.afterEpoch?.(ended.history.at(-1)!, () => step.withWeights(step.weights(state)));
    Object.assign(run, ended);
  } catch (error) {
    if (signal?.aborted) await saver.save();
    throw error;
  }
  await saver.save();
}

/** One step with all that belongs to it. Returns its loss. */
async function takeStep(setup: FitSetup, run: Checkpoint, session: Session): Promise<number> {
  const { sparse } = setup;
  await sparse?.beforeStep(session, run.step + 1);
  const { loss, rows } = await lossOfStep(setup, run.step, session);
  run.running.loss += rows * loss;
  run.running.examples += rows;
  run.unseen.loss += loss;
  run.unseen.steps++;
  run.step++;
  await sparse?.afterStep(session, run.step);
  return loss;
}

/** Runs the step of this number, from 0, on its batch: the loss, a mean over so many rows. */
async function lossOfStep(
  setup: FitSetup,
  index: number,
  session: Session,
): Promise<{ loss: number; rows: number }> {
  const { options: { augment }, loss, step, seed, batches, rate, sparse } = setup;
  const epoch = Math.floor(index / batches.stepsPerEpoch);
  const place = index % batches.stepsPerEpoch;
  let batch = await batches.batch(epoch, place);
  if (augment) batch = await augment(batch, seededRandom(seed, "augment", epoch, place));
  const feeds: Tensors = Object.assign(
    emptyRecord(),
    step.scalarFeeds(index, rate(index)),
    sparse?.feeds,
    batchFeeds("train", loss, step.targets, batch),
  );
  loss.check?.(batch.targets, step.outputShape);
  const rows = Object.values(batch.inputs)[0]!.dims[0]!;
  requireSeveral(setup, rows);
  const value = Number((await session.run(feeds))[step.loss]!.data[0]);
  if (!Number.isFinite(value)) throw noLoss(setup, value, index);
  return { loss: value, rows };
}

function noLoss({ model, batches, rate }: FitSetup, loss: number, index: number): RangeError {
  return new RangeError(
    index === 0
      ? `Cannot train "${model.graph.name}": the loss is ${loss} before the first update; look for numbers ` +
        `that are not finite, or far too large, in the inputs, the targets and the model's weights`
      : `Cannot go on training "${model.graph.name}": the loss became ${loss} at step ${index} (epoch ` +
        `${Math.floor(index / batches.stepsPerEpoch) + 1}, learning rate ${
          rate(index)
        }); use a lower rate, a ` +
        `warm-up or clip`,
  );
}

/** Shows `options.watch` the run when it is time, with the mean of the losses since it looked last. */
async function letLook(
  { options: { watch }, step, sparse }: FitSetup,
  run: Checkpoint,
  session: Session,
): Promise<void> {
  if (!watch || run.step % watch.everySteps !== 0) return;
  const model = step.withWeights(step.weights(await session.state()));
  const loss = run.unseen.loss / run.unseen.steps;
  run.unseen = { loss: 0, steps: 0 };
  await watch.look({ step: run.step, loss, model, masks: sparse?.masks });
}
