import { withoutUndefined } from "../../options.ts";
import { TypeError } from "../../errors.ts";
import { holdAlone } from "../../files/lock.ts";
import { encodeSafetensors } from "../../formats/safetensors.ts";
import type { Session, Tensors } from "../../runtime/runtime.ts";
import { digestOf } from "../../files/digest.ts";
import { digestData } from "../digest_data.ts";
import { type Checkpoint, fingerprint, readCheckpoint, writeCheckpoint } from "../checkpoint.ts";
import { requireFinite } from "../require_finite.ts";
import { isDone } from "./report.ts";
import type { FitSetup } from "./setup.ts";

/**
 * The run as its checkpoint left it, or at its beginning where there is none.
 *
 * @throws TypeError where the checkpoint is of another run
 */
export async function startOrResume(setup: FitSetup, engine: string): Promise<Checkpoint> {
  const { saving, step } = setup;
  const parts = saving ? await partsOf(setup, engine) : {};
  const fresh: Checkpoint = {
    fingerprint: saving ? digestOf(Object.entries(parts).flat()) : "",
    parts,
    step: 0,
    running: { loss: 0, examples: 0 },
    unseen: { loss: 0, steps: 0 },
    rates: [],
    history: [],
    state: step.state,
  };
  const found = saving && await readCheckpoint(saving.path);
  if (!found) return fresh;
  const problem = await problemOf(found, fresh, setup);
  if (problem === undefined) return { ...found, fingerprint: fresh.fingerprint, parts };
  throw new TypeError(
    `Cannot resume from ${saving.path}: ${problem}; use what it was begun with, name another file, or delete ` +
      `this one to begin anew`,
  );
}

/** The right to write a run's checkpoint. */
interface HeldCheckpoint extends AsyncDisposable {
  /** Throws an Error that says who has it, where that is somebody else and the run is not at its end. */
  require(run: Checkpoint): void;
}

/** Takes it: two processes that train with one checkpoint would each undo what the other does. */
export async function holdCheckpoint(setup: FitSetup): Promise<HeldCheckpoint> {
  const { saving } = setup;
  const [held, refusal] = saving
    ? await holdAlone(saving.path, `train with the checkpoint ${saving.path}`)
      .then((held) => [held, undefined], (error) => [undefined, error])
    : [];
  return {
    require(run) {
      if (refusal && !isDone(setup, run)) throw refusal;
    },
    [Symbol.asyncDispose]: async () => await held?.[Symbol.asyncDispose](),
  };
}

/** Why a checkpoint is not one of this run. */
async function problemOf(
  found: Checkpoint,
  { fingerprint, parts = {} }: Checkpoint,
  setup: FitSetup,
): Promise<string | undefined> {
  const { steps, rate } = setup;
  const finished = isDone(setup, found);
  if (found.parts === undefined) {
    if (found.fingerprint !== await olderFingerprint(setup)) {
      return "it is of a run with another model, other data or other settings";
    }
  } else if (found.fingerprint !== fingerprint) {
    // What is done does not depend on the engine that reads it; older files do not say all.
    const others = Object.keys(parts).filter((part) =>
      found.parts![part] !== undefined && found.parts![part] !== parts[part] && !(finished && part === ENGINE)
    );
    if (others.length > 0) return `it is of a run with ${others.join(" and ")}`;
  }
  if (found.rates.some(([index, was]) => rate(index) !== was)) {
    return "the schedule gives other learning rates than the steps it holds were made with";
  }
  return found.step > steps ? `it holds ${found.step} steps, more than the ${steps} asked for` : undefined;
}

const ENGINE = "another engine";

/** Digests of all that a run's numbers depend on, by what a run with another one is called. */
async function partsOf(setup: FitSetup, engine: string): Promise<Record<string, string>> {
  const { model, data, options: { validation, scoreData } } = setup;
  return withoutUndefined({
    "another model": digestOf([model.toOnnx()]),
    "other data": await digestData(data),
    "other validation data": validation && await digestData(validation),
    "other data to judge by": scoreData && await digestData(scoreData),
    "other settings": digestOf([
      ...settingsOf(setup),
      `batches of ${setup.options.batchSize ?? ""}`,
      validation ? "validation" : "",
    ]),
    [ENGINE]: engine,
  });
}

function settingsOf({ options, step, batches, seed, sparse }: FitSetup): string[] {
  return [
    ...step.describe,
    `seed ${seed}`,
    `steps per epoch ${batches.stepsPerEpoch}`,
    `augment ${options.augment ?? ""}`,
    ...sparse ? [sparse.describe] : [],
  ];
}

/** What older checkpoints hold, for which the first batch stood for the data. */
async function olderFingerprint(setup: FitSetup): Promise<string> {
  const { inputs, targets } = await setup.batches.batch(0, 0);
  const files = [setup.model.toOnnx(), encodeSafetensors(inputs), encodeSafetensors(targets)];
  return await fingerprint(files, settingsOf(setup));
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
    requireTrained(step.weights(state), run.step);
    await writeCheckpoint(saving.path, {
      ...run,
      rates: someRates(run.step, rate),
      state,
      sparse: sparse?.saved(),
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

/** Throws RangeError where a weight is no number: no loss that would show it follows the last update. */
export function requireTrained(weights: Tensors, step: number): void {
  requireFinite(
    Object.entries(weights),
    `go on training after ${step} steps`,
    "use a lower rate, a warm-up or clip",
  );
}
