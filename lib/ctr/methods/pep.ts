import { requireNumbers } from "../../bounds.ts";
import { RangeError } from "../../errors.ts";
import { count, fields, number } from "../../files/schema.ts";
import { type OptionNames, requireOptions } from "../../options.ts";
import { logistic } from "../../statistics/logistic.ts";
import type { Model } from "../../onnx/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { ctrModel } from "../ctr_model.ts";
import type { TableMask } from "../tables/masked_table.ts";
import {
  SOFT_THRESHOLD_OPTIONS,
  SOFT_THRESHOLDS,
  type SoftThresholdOptions,
  softThresholdTable,
} from "../tables/soft_threshold_table.ts";
import { TABLE } from "../tables/table.ts";
import { sumOf } from "../sum_of.ts";
import { trainCtr } from "../train_ctr.ts";
import { openEpochNotes } from "./epoch_notes.ts";
import { modelOptions, type TableMethod, trainingOptions } from "./method.ts";

/** Settings of {@linkcode pep}. */
export interface PepOptions extends SoftThresholdOptions {
  /** The mask is read at the first epoch that leaves no more than this share of the numbers. */
  share: number;
  /** Learning rate of the thresholds over that of all else. Default 10. */
  rateFactor?: number | undefined;
}

/** Names of {@linkcode PepOptions}. */
const PEP_OPTIONS: OptionNames<PepOptions> = { ...SOFT_THRESHOLD_OPTIONS, share: true, rateFactor: true };

/**
 * PEP: numbers within a learned threshold are zero; once little enough is left, what is left is trained again
 * from the first weights.
 *
 * Published runs begin with thresholds of −150 before the sigmoid, where it has no gradient in float32: then
 * only L2 moves them, by a learning rate at each step.
 *
 * Source: Liu and others, "Learnable embedding sizes for recommender systems", ICLR 2021.
 */
export function pep(options: PepOptions): TableMethod {
  requireOptions("pep", options, PEP_OPTIONS, "{ share: 0.1 }, how much of the table stays");
  const { share, start = -8, rateFactor = 10 } = options;
  requireNumbers("make a table smaller by PEP", { share }, { above: 0, to: 1 });
  requireNumbers("make a table smaller by PEP", { start }, {});
  requireNumbers("make a table smaller by PEP", { rateFactor }, { from: 0 });
  return {
    name: `PEP(${share})`,
    async choose(task) {
      const table = softThresholdTable(options);
      const model = ctrModel(task.interaction, { ...modelOptions(task), table });
      const name = `soft-thresholds-${share}`;
      const seen = await openEpochNotes<ShareRow>(task.folder && `${task.folder}/${name}.log.json`, ROW);
      let mask: TableMask | undefined;
      const reached = new AbortController();
      await trainCtr(model, task.log, {
        ...trainingOptions(task),
        patience: task.training.epochs,
        name,
        groups: ({ name }) => name === SOFT_THRESHOLDS ? { rateFactor, weightDecay: 0 } : {},
        signal: reached.signal,
        async afterEpoch({ step }, now) {
          mask = maskWithin(now());
          const left = sumOf(mask) / mask.length;
          await seen.add({ step, share: left });
          if (left > share) return;
          reached.abort(reached);
          // Thrown, so that the checkpoint is of an epoch whose end is to come: what goes on from it is here
          // again.
          throw reached;
        },
      }).catch((error) => {
        if (error !== reached) throw error;
      });
      if (mask === undefined || !reached.signal.aborted) {
        throw new RangeError(
          `Cannot make a table smaller by PEP to a share of ${share}: after ${seen.rows.length} epochs ${
            seen.rows.at(-1)?.share.toPrecision(3) ?? "all"
          } of it is left; give it more epochs, a higher start or a higher rateFactor`,
        );
      }
      return { mask, notes: { shares: seen.rows } };
    },
  };
}

/** What is left after an epoch. */
interface ShareRow {
  /** Steps done. */
  step: number;
  /** Share of the numbers that are larger than their threshold. */
  share: number;
}

const ROW = fields({ step: count, share: number });

/** Numbers that are larger than their threshold. */
function maskWithin({ graph: { initializers } }: Model): TableMask {
  const { data, dims: [rows, features] } = initializers.get(TABLE) as Tensor;
  const thresholds = initializers.get(SOFT_THRESHOLDS) as Tensor;
  const [down, across] = thresholds.dims as [number, number];
  return Uint8Array.from({ length: rows! * features! }, (_, i) => {
    const [row, column] = [Math.floor(i / features!), i % features!];
    const s = Number(thresholds.data[(down === 1 ? 0 : row) * across + (across === 1 ? 0 : column)]!);
    return Math.abs(Number(data[i]!)) > logistic(s) ? 1 : 0;
  });
}
