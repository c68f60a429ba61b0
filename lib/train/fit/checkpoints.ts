import { holdAlone } from "../../files/lock.ts";
import { encodeSafetensors } from "../../formats/safetensors.ts";
import type { Session, Tensors } from "../../runtime/runtime.ts";
import type { Batch } from "../batches.ts";
import { type Checkpoint, fingerprint, readCheckpoint, writeCheckpoint } from "../checkpoint.ts";
import { isOutOfPatience } from "./report.ts";
import type { FitSetup } from "./setup.ts";

/**
 * The run as its checkpoint left it, or at its beginning where there is none.
 *
 * @throws TypeError where the checkpoint is of another run
 */
export async function startOrResume(setup: FitSetup): Promise<Checkpoint> {
  const { saving, batches, step } = setup;
  const fresh: Checkpoint = {
    fingerprint: saving ? await fingerprintOf(setup, await batches.batch(0, 0)) : "",
    step: 0,
    running: { loss: 0, examples: 0 },
    unseen: { loss: 0, steps: 0 },
    rates: [],
    history: [],
    state: step.state,
  };
  const found = saving && await readCheckpoint(saving.path);
  if (!found) return fresh;
  const problem = problemOf(found, fresh.fingerprint, setup);
  if (problem === undefined) return found;
  throw new TypeError(
    `Cannot resume from ${saving.path}: ${problem}; use the settings it was begun with, name another file, ` +
      `or delete this one to begin anew`,
  );
}

/** The right to write a run's checkpoint. */
interface HeldCheckpoint extends AsyncDisposable {
  /** Throws an Error that says who has it, where that is somebody else and the run is not at its end. */
  require(run: Checkpoint): void;
}

/** Takes it: two processes that train with one checkpoint would each undo what the other does. */
export async function holdCheckpoint({ saving, steps, options }: FitSetup): Promise<HeldCheckpoint> {
  const [held, refusal] = saving
    ? await holdAlone(saving.path, `train with the checkpoint ${saving.path}`)
      .then((held) => [held, undefined], (error) => [undefined, error])
    : [];
  return {
    require(run) {
      if (refusal && run.step < steps && !isOutOfPatience(options, run)) throw refusal;
    },
    [Symbol.asyncDispose]: async () => await held?.[Symbol.asyncDispose](),
  };
}

/** Why a checkpoint is not one of this run. */
function problemOf(found: Checkpoint, expected: string, { steps, rate }: FitSetup): string | undefined {
  if (found.fingerprint !== expected) {
    return "it is of a run with another model, other data or other settings";
  }
  if (found.rates.some(([index, was]) => rate(index) !== was)) {
    return "the schedule gives other learning rates than the steps it holds were made with";
  }
  return found.step > steps ? `it holds ${found.step} steps, more than the ${steps} asked for` : undefined;
}

/** The first batch stands for the data. */
function fingerprintOf(
  { model, options, step, batches, seed, sparse }: FitSetup,
  { inputs, targets }: Batch,
): Promise<string> {
  return fingerprint(
    [model.toOnnx(), encodeSafetensors(inputs), encodeSafetensors(targets)],
    [
      ...step.describe,
      `seed ${seed}`,
      `steps per epoch ${batches.stepsPerEpoch}`,
      `augment ${options.augment ?? ""}`,
      ...sparse ? [sparse.describe] : [],
    ],
  );
}

/** Saves a run that is at work in a session. */
export interface Saver {
  /** Writes a checkpoint, where there is a place for it. */
  save(): Promise<void>;
  /** Writes one where its options say that so many steps or seconds after the last one is time. */
  saveIfDue(): Promise<void>;
}

/** Writes the checkpoints of a run that takes its steps in a session. */
export function saverOf({ step, rate, sparse, saving }: FitSetup, run: Checkpoint, session: Session): Saver {
  let last = performance.now();
  async function save(): Promise<void> {
    if (!saving) return;
    const state = await session.state();
    requireNumbers(step.weights(state), run.step);
    await writeCheckpoint(saving.path, {
      ...run,
      rates: someRates(run.step, rate),
      state,
      ...sparse && { sparse: sparse.saved() },
    });
    last = performance.now();
  }
  return {
    save,
    async saveIfDue() {
      const { everySteps, everySeconds } = saving ?? {};
      const due = (everySteps !== undefined && run.step % everySteps === 0) ||
        (everySeconds !== undefined && performance.now() - last >= everySeconds * 1000);
      if (due) await save();
    },
  };
}

/** Rates at a handful of the steps done, the last among them. */
function someRates(done: number, rate: (step: number) => number): [step: number, rate: number][] {
  const marks = Array.from({ length: 9 }, (_, i) => Math.floor((done - 1) * i / 8));
  return [...new Set(marks)].filter((index) => index >= 0).map((index) => [index, rate(index)]);
}

/**
 * Throws RangeError where a weight is no number: the last update of all is followed by no loss that would
 * show it.
 */
export function requireNumbers(weights: Tensors, step: number): void {
  for (const [name, { data }] of Object.entries(weights)) {
    if (!(data as Float32Array).some(Number.isNaN)) continue;
    throw new RangeError(
      `Cannot go on training: "${name}" has numbers that are none after ${step} steps; use a lower rate, a warm-up ` +
        `or clip`,
    );
  }
}
