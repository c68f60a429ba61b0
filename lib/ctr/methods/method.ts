import type { Model } from "../../onnx/model.ts";
import type { ClickLog } from "../clicks.ts";
import type { CtrModelOptions } from "../ctr_model.ts";
import type { Interaction } from "../interactions/interaction.ts";
import type { EmbeddingTable } from "../tables/table.ts";
import type { TableMask } from "../tables/masked_table.ts";
import type { TrainCtrOptions, TrainingSettings, Workplace } from "../train_ctr.ts";

/** Everything that a method which makes tables smaller works on. */
export interface CtrTask extends Workplace {
  /** How vectors become logits. */
  interaction: Interaction;
  /** Rows to train on and to decide by. */
  log: Pick<ClickLog, "train" | "validation">;
  /** Coordinates of a full vector. */
  features: number;
  /** First-order weights at the start. */
  firstOrder: "normal" | "zeros";
  /** Settings of all trainings, also of a smaller table's. */
  training: TrainingSettings;
  /** Seed of all that is drawn: the same one gives the same first weights to every method. */
  seed: number;
}

/** Rows and dimensions that a method chose, and how. */
export interface TableChoice {
  /** Numbers of the table that stay, [ids of all fields, features]. */
  mask: TableMask;
  /**
   * Where pruned rows give a trained vector of their field: which of its numbers stay, [fields, features].
   * Default: they give zeros.
   */
  pruned?: TableMask | undefined;
  /** A table of another make, which holds so many {@linkcode TableChoice.numbers}: then nothing is masked. */
  table?: EmbeddingTable;
  /** Numbers of the table of another make. */
  numbers?: number;
  /** Models that were trained on the way, by name. */
  models?: Record<string, Model>;
  /** Observations on the way, for figures and reports: plain JSON. */
  notes?: Record<string, unknown>;
}

/**
 * A way to a smaller table: a file each, on this one interface, so that a rival of one's own is an object. It
 * chooses which numbers stay; training them, judging them and making the table really smaller is the same for
 * all.
 */
export interface TableMethod {
  /** Name of the method, with settings: `OptEmbed`. */
  name: string;
  /** Decides, by training what it needs to. */
  choose(task: CtrTask): Promise<TableChoice>;
}

/** Options that all models of a task have. */
export function modelOptions({ log, features, firstOrder, seed }: CtrTask): CtrModelOptions {
  return { fields: log.train.fields, features, firstOrder, seed };
}

/** How a task is trained, beside what one training has of its own. */
export function trainingOptions(
  { training, seed, runtime, progress, folder }: CtrTask,
): TrainingSettings & Workplace & Pick<TrainCtrOptions, "seed"> {
  return { ...training, seed, runtime, progress, folder };
}
