import { COUNT, requireNumbers } from "../../bounds.ts";
import { TypeError } from "../../errors.ts";
import { type OptionNames, requireOptions, withDefaults } from "../../options.ts";
import { readJsonFile, writeJsonFile } from "../../files/json_file.ts";
import { count, fields, list, number, text } from "../../files/schema.ts";
import type { Model } from "../../onnx/model.ts";
import type { Random } from "../../random.ts";
import { float32, type Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import type { Batch } from "../../train/batches.ts";
import { binaryCrossEntropy, type Loss } from "../../train/losses.ts";
import { fingerprint } from "../../train/checkpoint.ts";
import { digestData } from "../../train/digest_data.ts";
import { adam, type Optimizer, sgd } from "../../train/optimizers.ts";
import { type Field, toClickExamples } from "../clicks.ts";
import { ctrModel } from "../ctr_model.ts";
import { type Budget, requireBudget, requireReachable } from "../search/budget.ts";
import {
  SEARCH_STATE,
  searchDimensions,
  type SearchOptions,
  type SearchResult,
  type SearchState,
} from "../search/evolution.ts";
import { sumOf } from "../sum_of.ts";
import { maskOf } from "../tables/masked_table.ts";
import {
  DIMENSIONS,
  learnsDimensions,
  learnsRows,
  SUPERNET_OPTIONS,
  type SupernetMode,
  type SupernetOptions,
  supernetTable,
  THRESHOLDS,
} from "../tables/supernet_table.ts";
import { TABLE } from "../tables/table.ts";
import {
  requireTraining,
  trainCtr,
  type TrainedCtr,
  TRAINING_SETTINGS,
  type TrainingSettings,
} from "../train_ctr.ts";
import { dimensionScorer, dimensionsTensor } from "./dimension_scorer.ts";
import { openEpochNotes } from "./epoch_notes.ts";
import { type CtrTask, modelOptions, type TableMethod, trainingOptions } from "./method.ts";

/** Settings of {@linkcode optEmbed}. */
export interface OptEmbedOptions extends SupernetOptions {
  /** Learning rate of the thresholds, by plain SGD. Default 1e-4. */
  thresholdRate?: number | undefined;
  /** Factor α of Σ e⁻ᵗ, which pushes thresholds up. Default 1e-4. */
  alpha?: number | undefined;
  /** How the supernet is trained, where not as the rest. */
  supernet?: Partial<TrainingSettings> | undefined;
  /** The optimizer of all but the thresholds. Default: Adam with the supernet's L2. */
  optimizer?: Optimizer | undefined;
  /** Preference of the search between area and size. Default: the highest area. */
  budget?: Budget | undefined;
  /**
   * The search; default {@linkcode searchDimensions}, which is kept in the task's folder and goes on from
   * there. Another one begins anew.
   */
  search?: ((options: SearchOptions) => Promise<SearchResult>) | undefined;
  /** Generations of the search. Default 30. */
  generations?: number | undefined;
}

/** Names of {@linkcode OptEmbedOptions}. */
const OPT_EMBED_OPTIONS: OptionNames<OptEmbedOptions> = {
  ...SUPERNET_OPTIONS,
  thresholdRate: true,
  alpha: true,
  supernet: true,
  optimizer: true,
  budget: true,
  search: true,
  generations: true,
};

/** What a mode has no use for. */
const UNUSED: Readonly<Record<SupernetMode, readonly (keyof OptEmbedOptions)[]>> = {
  all: [],
  all2: ["alpha"],
  feature: ["search", "budget", "generations"],
  embed: ["alpha", "thresholdRate", "scope", "norm", "pruned"],
};

/**
 * OptEmbed: a supernet learns which rows count and vectors of all lengths at once, an evolutionary search
 * chooses a length for each field, and what stays is trained again from the first weights. Mode `feature` is
 * OptEmbed-E (rows only), `embed` OptEmbed-D (dimensions only).
 *
 * Source: Lyu and others, "OptEmbed: learning optimal embedding table for click-through rate prediction",
 * CIKM 2022.
 *
 * @throws TypeError where an option is given that the mode has no use for; RangeError where one cannot be
 * meant, or, by `choose`, where nothing fits under a cap
 */
export function optEmbed(options: OptEmbedOptions = {}): TableMethod {
  requireOptions("optEmbed", options, OPT_EMBED_OPTIONS);
  const { mode = "all" } = options;
  requireOptEmbed(options);
  const names = { all: "OptEmbed", all2: "OptEmbed (all2)", feature: "OptEmbed-E", embed: "OptEmbed-D" };
  return {
    name: names[mode],
    async choose(task) {
      if (!learnsRows(mode)) requireReachable(options.budget, 1 / task.features);
      const trained = await trainSupernet(task, options);
      const { fields } = task.log.train;
      const rows = keptRows(trained.model, fields, options);
      const search = learnsDimensions(mode) ? await searchOn(trained.model, rows, task, options) : undefined;
      const sizes = fields.map(({ size }) => size);
      const widths = search?.best.dimensions ?? sizes.map(() => task.features);
      return {
        mask: maskOf(rows, { widths, sizes, features: task.features }),
        pruned: options.pruned === "vector"
          ? maskOf(widths, { widths, sizes: widths.map(() => 1), features: task.features })
          : undefined,
        models: { supernet: trained.model },
        notes: {
          supernet: trained.history,
          supernetAuc: trained.auc,
          thresholds: [...thresholdsOf(trained.model)],
          log: trained.log,
          search: search && { best: search.best, history: search.history, finalists: search.finalists },
        },
      };
    },
  };
}

function requireOptEmbed(options: OptEmbedOptions): void {
  supernetTable(options); // knows its own
  const { mode = "all", budget, supernet = {}, generations = 30, alpha = 0, thresholdRate = 0 } = options;
  const unused = UNUSED[mode].find((name) => options[name] !== undefined);
  if (unused !== undefined) {
    throw new TypeError(
      `Cannot call optEmbed with ${unused} in mode "${mode}", which has no use for it: leave it out, or ` +
        "choose another mode",
    );
  }
  requireNumbers("make a table smaller by OptEmbed", { generations }, COUNT);
  requireNumbers("make a table smaller by OptEmbed", { alpha, thresholdRate }, { from: 0 });
  requireBudget(budget);
  requireOptions("optEmbed with supernet", supernet, TRAINING_SETTINGS);
  requireTraining("train a supernet", supernet);
}

/** Measurements of a supernet after each epoch. */
export interface SupernetRow {
  /** Steps done. */
  step: number;
  /** Thresholds, where there is one for each field. */
  thresholds: number[];
  /** The norm that a tenth, half and nine tenths of all rows are below. */
  norms: [number, number, number];
  /** Rows that stay, of each field. */
  rows: number[];
}

const ROW = fields({ step: count, thresholds: list(number), norms: list(number), rows: list(count) });

/** Trains the supernet of a task, or one further, and keeps the epoch that does best with all dimensions. */
export async function trainSupernet(
  task: CtrTask,
  options: OptEmbedOptions,
  course: { from?: Model; watch?: (model: Model, step: number) => void } = {},
): Promise<TrainedCtr & { log: SupernetRow[] }> {
  requireOptions("trainSupernet", course, { from: true, watch: true });
  const { from, watch } = course;
  const { mode = "all", scope = "field", alpha = 1e-4, thresholdRate = 1e-4, supernet } = options;
  const { fields } = task.log.train;
  const settings = withDefaults(trainingOptions(task), supernet);
  const model = from ??
    ctrModel(task.interaction, { ...modelOptions(task), table: supernetTable(options) });
  const name = `supernet-${mode}-${scope}`;
  const log = await openEpochNotes<SupernetRow>(
    settings.folder && `${settings.folder}/${name}.log.json`,
    ROW,
  );
  const samples = learnsDimensions(mode);
  const trained = await trainCtr(model, task.log, {
    ...settings,
    name,
    loss: learnsRows(mode) ? thresholdLoss(mode === "all2" ? 0 : alpha) : binaryCrossEntropy(),
    optimizer: options.optimizer ?? adam({ weightDecay: settings.weightDecay }),
    groups: ({ name }) =>
      name === THRESHOLDS
        ? { optimizer: sgd({ momentum: 0, nesterov: false }), rateFactor: thresholdRate / settings.rate }
        : {},
    augment: samples
      ? (batch: Batch, random: Random) => withDimensions(batch, fields.length, task.features, random)
      : undefined,
    feeds: samples ? { [DIMENSIONS]: dimensionsTensor(fields.map(() => task.features)) } : undefined,
    async afterEpoch({ step }, model) {
      const now = model();
      await log.add(supernetRow(now, step, fields, options));
      watch?.(now, step);
    },
  });
  return { ...trained, log: log.rows };
}

/** Mean cross entropy of clicks + α Σ e⁻ᵗ over the thresholds. */
function thresholdLoss(alpha: number): Loss {
  const clicks = binaryCrossEntropy();
  return {
    ...clicks,
    name: `${clicks.name} + ${alpha} thresholds`,
    value(g, outputs, targets) {
      const loss = clicks.value(g, outputs, targets);
      if (alpha === 0) return loss;
      const pressure = g.reduceSum(g.exp(g.neg(THRESHOLDS)), undefined, { keepdims: false });
      return g.add(loss, g.mul(pressure, alpha));
    },
  };
}

/** A batch with dimensions drawn for each row and field, evenly from 1 to all. */
function withDimensions(batch: Batch, fields: number, features: number, random: Random): Batch {
  const rows = batch.inputs.ids!.dims[0]!;
  const drawn = new Float32Array(rows * fields);
  for (let i = 0; i < drawn.length; i++) drawn[i] = 1 + random.integer(features);
  return { ...batch, inputs: { ...batch.inputs, [DIMENSIONS]: float32(drawn, [rows, fields]) } };
}

function thresholdsOf(model: Model): Float32Array {
  const tensor = model.graph.initializers.get(THRESHOLDS) as Tensor | undefined;
  return tensor ? floats(tensor) : new Float32Array();
}

/** The norm of each row of the table. */
function normsOf(model: Model, norm: 1 | 2): Float64Array {
  const { data, dims: [rows, features] } = model.graph.initializers.get(TABLE) as Tensor;
  return Float64Array.from({ length: rows! }, (_, row) => {
    let sum = 0;
    for (let i = row * features!; i < (row + 1) * features!; i++) {
      sum += norm === 1 ? Math.abs(Number(data[i]!)) : Number(data[i]!) ** 2;
    }
    return norm === 1 ? sum : Math.sqrt(sum);
  });
}

/** Which rows a supernet keeps: those whose norm is above their threshold. */
export function keptRows(model: Model, fields: readonly Field[], options: SupernetOptions): Uint8Array {
  const { mode = "all", norm = 1, scope = "field" } = options;
  const norms = normsOf(model, norm);
  if (!learnsRows(mode)) return new Uint8Array(norms.length).fill(1);
  const thresholds = thresholdsOf(model);
  const fieldOf = fields.flatMap(({ size }, field) => Array.from({ length: size }, () => field));
  return Uint8Array.from(
    norms,
    (length, row) => length > thresholds[scope === "field" ? fieldOf[row]! : row]! ? 1 : 0,
  );
}

function supernetRow(
  model: Model,
  step: number,
  fields: readonly Field[],
  options: SupernetOptions,
): SupernetRow {
  const norms = normsOf(model, options.norm ?? 1).sort();
  const kept = keptRows(model, fields, options);
  let row = 0;
  return {
    step,
    thresholds: (options.scope ?? "field") === "field" ? [...thresholdsOf(model)] : [],
    norms: [0.1, 0.5, 0.9].map((part) =>
      norms[Math.floor(part * (norms.length - 1))]!
    ) as SupernetRow["norms"],
    rows: fields.map(({ size }) => sumOf(kept.subarray(row, row += size))),
  };
}

/** The search on a supernet, which goes on where it was stopped. */
async function searchOn(
  supernet: Model,
  rows: Uint8Array,
  task: CtrTask,
  { search = searchDimensions, budget, generations = 30, mode = "all" }: OptEmbedOptions,
): Promise<SearchResult> {
  // What another search does, and whether it is the same one again, nobody knows.
  const path = search === searchDimensions && task.folder ? `${task.folder}/search-${mode}.json` : undefined;
  const key = path && await fingerprint(
    [supernet.toOnnx(), rows],
    [
      JSON.stringify(budget ?? null),
      `seed ${task.seed}`,
      await digestData(toClickExamples(task.log.validation)),
    ],
  );
  const kept = path ? await readJsonFile<KeptSearch>(path, KEPT_SEARCH) : undefined;
  const scorer = await dimensionScorer(supernet, rows, { task, clicks: task.log.validation });
  try {
    return await search({
      fields: task.log.train.fields.length,
      features: task.features,
      score: scorer.score,
      rescore: scorer.rescore,
      seed: task.seed,
      budget,
      generations,
      // Scores of another supernet, or a path that another budget took, are of no use.
      from: kept && kept.key === key ? kept.state : undefined,
      keep: path ? (state: SearchState) => writeJsonFile(path, { key, state }, "search") : undefined,
    });
  } finally {
    await scorer.release();
  }
}

/** A search as it lies in a file. */
interface KeptSearch {
  /** Which search it is. */
  key: string;
  state: SearchState;
}

const KEPT_SEARCH = fields({ key: text, state: SEARCH_STATE });
