import { COUNT, requireNumbers } from "../../bounds.ts";
import type { OptionNames } from "../../options.ts";
import type { Model } from "../../onnx/model.ts";
import type { Random } from "../../random.ts";
import { float32, type Tensor } from "../../tensor/tensor.ts";
import type { Batch } from "../../train/batches.ts";
import { ctrModel } from "../ctr_model.ts";
import { GATE_NOISE, gatedTable, GATES } from "../tables/gated_table.ts";
import { maskOf } from "../tables/masked_table.ts";
import { trainCtr } from "../train_ctr.ts";
import { type CtrTask, modelOptions, type TableChoice, trainingOptions } from "./method.ts";

/** Settings of methods that choose by gates. */
export interface GateOptions {
  /** Passes over the training rows, each followed by one over the validation rows. Default 5. */
  rounds?: number | undefined;
  /** Temperature of the softmax. Default 1. */
  temperature?: number | undefined;
  /** Learning rate of the gates over that of all else. Default 10. */
  rateFactor?: number | undefined;
}

/** Names of {@linkcode GateOptions}. */
export const GATE_OPTIONS: OptionNames<GateOptions> = { rounds: true, temperature: true, rateFactor: true };

/** Throws RangeError where a setting cannot be meant. */
export function requireGates(
  method: string,
  { rounds = 5, temperature = 1, rateFactor = 10 }: GateOptions,
): void {
  requireNumbers(`choose by ${method}`, { rounds }, COUNT);
  requireNumbers(`choose by ${method}`, { temperature }, { above: 0 });
  requireNumbers(`choose by ${method}`, { rateFactor }, { from: 0 });
}

/**
 * Chooses a number of coordinates for each field by gates: weights learn on the training rows and gates on
 * the validation rows, in turns of one pass each, and the largest gate of each field decides.
 */
export async function chooseByGates(
  task: CtrTask,
  widths: readonly number[],
  { rounds = 5, temperature = 1, rateFactor = 10 }: GateOptions,
): Promise<TableChoice> {
  const { fields } = task.log.train;
  const table = gatedTable({ widths, temperature });
  let model = ctrModel(task.interaction, { ...modelOptions(task), table });
  const choices = fields.length * widths.length;
  const feeds = { [GATE_NOISE]: float32(new Float32Array(choices), [1, fields.length, widths.length]) };
  const augment = (batch: Batch, random: Random): Batch => {
    const noise = Float32Array.from({ length: choices }, () => -Math.log(-Math.log(1 - random.uniform())));
    return {
      ...batch,
      inputs: { ...batch.inputs, [GATE_NOISE]: float32(noise, [1, fields.length, widths.length]) },
    };
  };
  const { validation } = task.log;
  for (let round = 0; round < rounds; round++) {
    const options = {
      ...trainingOptions(task),
      epochs: 1,
      patience: 1,
      seed: task.seed + round,
      feeds,
      augment,
    };
    const weights = await trainCtr(model, task.log, {
      ...options,
      name: `gates-${round}-weights`,
      freeze: (name) => name === GATES,
    });
    const gates = await trainCtr(weights.model, { train: validation, validation }, {
      ...options,
      name: `gates-${round}`,
      weightDecay: 0,
      groups: () => ({ rateFactor }),
      freeze: (name) => name !== GATES,
    });
    model = gates.model;
  }
  const chosen = largestGates(model, widths);
  const sizes = fields.map(({ size }) => size);
  const rows = sizes.flatMap((size, f) => Array.from({ length: size }, () => chosen[f]! > 0));
  return {
    mask: maskOf(rows, { widths: chosen, sizes, features: task.features }),
    notes: { widths: chosen },
  };
}

/** The width of each field's largest gate; of equal ones the larger width. */
function largestGates(model: Model, widths: readonly number[]): number[] {
  const { data, dims: [fields, choices] } = model.graph.initializers.get(GATES) as Tensor;
  return Array.from({ length: fields! }, (_, f) => {
    const own = Array.from({ length: choices! }, (_, k) => Number(data[f * choices! + k]!));
    const highest = Math.max(...own);
    return Math.max(...widths.filter((_, k) => own[k] === highest));
  });
}
