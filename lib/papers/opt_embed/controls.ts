import { withDefaults } from "../../options.ts";
import { keptRows, type OptEmbedOptions, trainSupernet } from "../../ctr/methods/opt_embed.ts";
import type { CtrTask } from "../../ctr/methods/method.ts";
import type { Model } from "../../onnx/model.ts";
import type { Workplace } from "../../ctr/train_ctr.ts";
import { sumOf } from "../../ctr/sum_of.ts";
import { scoreClicks } from "../../ctr/predict.ts";
import { DIMENSIONS } from "../../ctr/tables/supernet_table.ts";
import type { SyntheticLog } from "../../ctr/synthetic_log.ts";
import { seededRandom } from "../../random.ts";
import { float32 } from "../../tensor/tensor.ts";
import { countTruth, type TruthCounts } from "./data.ts";
import { lazyAdam } from "./lazy_adam.ts";
import { optEmbedOptions } from "./methods.ts";
import { type BaseSpec, taskOf } from "./run.ts";

/** A supernet with one thing changed. */
export type ControlName = "no threshold term" | "no L2" | "lazy L2" | "labels shuffled";

/** A control on one log. */
export interface ControlSpec extends BaseSpec {
  /** Setting that is changed. */
  control: ControlName;
  /** Seed of the log and of the weights. */
  seed: number;
}

/** Result of a control. */
export interface ControlRow {
  /** Setting that was changed. */
  control: ControlName;
  /** Seed of the log and of the weights. */
  seed: number;
  /** The supernet's area on the test rows, with all dimensions. */
  auc: number;
  /** Rows that stay, of so many. */
  rows: { kept: number; count: number };
  /** Rows that stay, by what is true of them. */
  truth: TruthCounts;
}

/** Changes that the controls make. */
const CHANGES: Readonly<Record<ControlName, (options: OptEmbedOptions) => OptEmbedOptions>> = {
  "no threshold term": (options) => ({ ...options, alpha: 0 }),
  "no L2": (options) => ({ ...options, supernet: { ...options.supernet, weightDecay: 0 } }),
  "lazy L2": (options) => ({
    ...options,
    optimizer: lazyAdam({ weightDecay: options.supernet?.weightDecay ?? 0 }),
  }),
  "labels shuffled": (options) => options,
};

/** Trains a supernet with one thing changed, and counts the rows that it keeps. */
export async function runControl(
  spec: ControlSpec,
  log: SyntheticLog,
  place: Workplace,
): Promise<ControlRow> {
  const { control, seed, features } = spec;
  const shuffled = control === "labels shuffled" ? { ...log, train: shuffleLabels(log.train, seed) } : log;
  const options = CHANGES[control](optEmbedOptions(spec));
  const model = control === "labels shuffled"
    ? await lastEpoch(taskOf(spec, shuffled, { ...place, folder: undefined }), options)
    : (await trainSupernet(taskOf(spec, shuffled, place), options)).model;
  const kept = keptRows(model, log.train.fields, options);
  const all = float32(log.train.fields.map(() => features), [1, log.train.fields.length]);
  const { auc } = await scoreClicks(model, log.test, { ...place, feeds: { [DIMENSIONS]: all } });
  return {
    control,
    seed,
    auc,
    rows: { kept: sumOf(kept), count: kept.length },
    truth: countTruth(log.truth, kept),
  };
}

/**
 * Where there is nothing to learn, which epoch does best is chance: the last one of all is taken. It is in
 * no checkpoint, so that the task has to have no folder.
 */
async function lastEpoch(task: CtrTask, options: OptEmbedOptions): Promise<Model> {
  const { epochs } = withDefaults(task.training, options.supernet);
  let last: Model | undefined;
  const supernet = { ...options.supernet, patience: epochs };
  await trainSupernet(task, { ...options, supernet }, { watch: (now) => void (last = now) });
  return last!; // of one epoch at least
}

function shuffleLabels(clicks: SyntheticLog["train"], seed: number): SyntheticLog["train"] {
  const order = seededRandom(seed, "shuffled labels").permutation(clicks.labels.length);
  return { ...clicks, labels: Uint8Array.from(order, (row) => clicks.labels[row]!) };
}
