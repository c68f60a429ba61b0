import { withoutUndefined } from "../../options.ts";
import { logistic } from "../../statistics/logistic.ts";
import { type CompactCtr, compactModel, type CtrBytes } from "../../ctr/compact_model.ts";
import { countRows } from "../../ctr/clicks.ts";
import { ctrModel } from "../../ctr/ctr_model.ts";
import { ctrBytes } from "../../ctr/compact_model.ts";
import { trainChoice } from "../../ctr/fit_ctr.ts";
import { type InteractionName, INTERACTIONS } from "../../ctr/interactions/table.ts";
import { type CtrTask, modelOptions, type TableChoice } from "../../ctr/methods/method.ts";
import type { SupernetRow } from "../../ctr/methods/opt_embed.ts";
import { predict, scoreLogits } from "../../ctr/predict.ts";
import type { Scored } from "../../ctr/search/budget.ts";
import type { SearchState } from "../../ctr/search/evolution.ts";
import { aliveRows } from "../../ctr/tables/masked_table.ts";
import type { TrainedCtr, TrainingSettings, Workplace } from "../../ctr/train_ctr.ts";
import { sumOf } from "../../ctr/sum_of.ts";
import type { Model } from "../../onnx/model.ts";
import type { SyntheticLog } from "../../ctr/synthetic_log.ts";
import { int64 } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import {
  bayesScore,
  countTruth,
  type DataSpec,
  type FrequencyBin,
  keptByFrequency,
  type TruthCounts,
} from "./data.ts";
import { type MethodName, METHODS } from "./methods.ts";

/** Settings that all runs of a preset have in common. */
export interface BaseSpec {
  /** The log. */
  data: DataSpec;
  /** How vectors become logits. */
  network: InteractionName;
  /** Widths of the hidden layers, where there are any. */
  hidden: readonly number[];
  /** Coordinates of a full vector. */
  features: number;
  /** How models are trained, and trained again. */
  training: TrainingSettings;
  /** How the supernet is trained where not like the rest, and searched. */
  supernet: {
    /** L2 of the supernet. */
    weightDecay: number;
    /** Epochs of the supernet at most. */
    epochs: number;
    /** Learning rate of the thresholds. */
    thresholdRate: number;
    /** Factor of Σ e⁻ᵗ. */
    alpha: number;
    /** Generations of the search. */
    generations: number;
  };
}

/** One method on one log. */
export interface RunSpec extends BaseSpec {
  /** The method. */
  method: MethodName;
  /** Seed of the log, of first weights and of all that is drawn. */
  seed: number;
}

/** One field of a run. */
export interface FieldRow {
  /** Name of the field. */
  name: string;
  /** Ids that it has. */
  size: number;
  /** Rows that stay. */
  rows: number;
  /** Coordinates that stay. */
  width: number;
}

/** Result of a run. */
export interface RunRow extends Pick<RunSpec, "method" | "seed" | "network"> {
  /** Area on the test rows, after training again. */
  auc: number;
  /** Log loss on the test rows. */
  logLoss: number;
  /** Score of the true probabilities on the test rows. */
  bayes: { auc: number; logLoss: number };
  /** Share of the table's numbers that is gone. */
  sparsity: number;
  /** Rows of the table that stay, of so many. */
  rows: { kept: number; count: number };
  /** The fields. */
  fields: FieldRow[];
  /** Rows that stay, by what is true of them. */
  truth: TruthCounts;
  /** Rows that stay, by how often they are looked up. */
  byFrequency: FrequencyBin[];
  /** Bytes of the file with the smaller table. */
  bytes: CtrBytes;
  /** Bytes of the file with the whole table. */
  wholeBytes: CtrBytes;
  /** Largest differences between the small file and the masked model, on the test rows. */
  difference: { probability: number; logit: number };
  /** Epochs of the last training. */
  epochs: number;
  /** Thresholds and norms of a supernet, epoch by epoch, where one was trained. */
  supernet?: { log: SupernetRow[]; best: number };
  /** Best vector and history of a search, where dimensions were searched. */
  search?: { best: Scored; history: SearchState["history"] };
  /** Time that all of it took. */
  seconds: number;
}

/** A run's row and the models it made. */
export interface Ran {
  /** The row. */
  row: RunRow;
  /** The small model. */
  compact: Model;
  /** The supernet, where there is one. */
  supernet: Model | undefined;
}

/** The task of a spec on its log. */
export function taskOf(
  spec: Omit<RunSpec, "method" | "data">,
  log: CtrTask["log"],
  place: Workplace,
): CtrTask {
  const { network, hidden, features, training, seed } = spec;
  return {
    interaction: INTERACTIONS[network]({ hidden }),
    log,
    features,
    firstOrder: "zeros",
    training,
    seed,
    ...place,
  };
}

/** A table that a method made smaller, and its model. */
export interface SmallTable {
  /** What the method chose. */
  choice: TableChoice;
  /** What is left, trained again. */
  trained: TrainedCtr;
  /** What was trained, cut. */
  compact: CompactCtr;
  /** Rows of which something is left. */
  alive: Uint8Array;
  /** What rows of all experiments say of it. */
  size: Pick<RunRow, "sparsity" | "rows">;
}

/** Chooses a table by a method, trains what is left, and cuts it. */
export async function makeSmall(
  spec: Pick<RunSpec, "method" | "supernet">,
  task: CtrTask,
  kept: Pick<RunRow, "rows" | "sparsity"> | undefined,
): Promise<SmallTable> {
  const { interaction, log: { train: { fields } }, features } = task;
  const method = METHODS[spec.method](spec, {
    rows: kept?.rows.kept ?? countRows(fields),
    share: kept ? 1 - kept.sparsity : 1,
  });
  const choice = await method.choose(task);
  const trained = await trainChoice(task, choice);
  const compact = compactModel(interaction, trained.model, { fields, features, choice });
  const alive = aliveRows(choice.mask, features);
  const sparsity = 1 - (choice.numbers ?? sumOf(choice.mask)) / choice.mask.length;
  const rows = { kept: sumOf(alive), count: alive.length };
  return { choice, trained, compact, alive, size: { sparsity, rows } };
}

/** Makes a table small by a method, and judges what is left. */
export async function runMethod(
  spec: RunSpec,
  log: SyntheticLog,
  place: Workplace,
  kept?: Pick<RunRow, "rows" | "sparsity">,
): Promise<Ran> {
  const start = performance.now();
  const task = taskOf(spec, log, place);
  const { fields } = log.train;
  const { choice, trained, compact, alive, size } = await makeSmall(spec, task, kept);
  const { model: masked, history } = trained;
  const logits = await logitsOf(masked, log, place);
  const small = await smallLogits(compact.model, log, place);
  const notes = choice.notes as {
    supernet?: { score: number; step: number }[];
    log?: SupernetRow[];
    search?: RunRow["search"];
  } | undefined;
  const best = notes?.supernet?.reduce((a, b) => b.score > a.score ? b : a);
  const whole = ctrModel(task.interaction, modelOptions(task));
  const row: RunRow = withoutUndefined({
    method: spec.method,
    seed: spec.seed,
    network: spec.network,
    ...scoreLogits(logits, log.test.labels),
    bayes: bayesScore(log),
    ...size,
    fields: compact.tables.map(({ field, rows, width }, f) => ({
      name: field,
      size: fields[f]!.size,
      rows,
      width,
    })),
    truth: countTruth(log.truth, alive),
    byFrequency: keptByFrequency(log, log.truth, alive),
    bytes: compact.bytes,
    wholeBytes: ctrBytes(whole),
    difference: {
      probability: largestDifference(logits.map(logistic), small.map(logistic)),
      logit: largestDifference(logits, small),
    },
    epochs: history.length,
    supernet: best && { log: notes!.log!, best: best.step },
    search: notes?.search,
    seconds: (performance.now() - start) / 1000,
  });
  return { row, compact: compact.model, supernet: choice.models?.supernet };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

async function logitsOf(model: Model, { test }: SyntheticLog, { runtime }: Workplace): Promise<Float32Array> {
  const session = await runtime.session(model);
  try {
    return await predict(session, test);
  } finally {
    await session.release();
  }
}

/** The small model is fed as whoever serves it would. */
async function smallLogits(
  model: Model,
  { test }: SyntheticLog,
  { runtime }: Workplace,
): Promise<Float32Array> {
  const session = await runtime.session(model);
  try {
    const ids = int64(Array.from(test.ids, BigInt), [test.labels.length, test.fields.length]);
    return floats((await session.run({ ids })).logit!);
  } finally {
    await session.release();
  }
}
