import { requireNumbers } from "../../bounds.ts";
import { requireOptions } from "../../options.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import { ctrModel } from "../ctr_model.ts";
import { TABLE } from "../tables/table.ts";
import { trainCtr } from "../train_ctr.ts";
import { modelOptions, type TableMethod, trainingOptions } from "./method.ts";

/** Trains the whole table and keeps this share of its numbers: the largest ones, wherever they stand. */
export function magnitude(options: { share: number }): TableMethod {
  requireOptions("magnitude", options, { share: true }, "{ share: 0.1 }, how much of the table stays");
  const { share } = options;
  requireNumbers("make a table smaller by magnitude", { share }, { above: 0, to: 1 });
  return {
    name: `magnitude(${share})`,
    async choose(task) {
      const model = ctrModel(task.interaction, modelOptions(task));
      const trained = await trainCtr(model, task.log, { ...trainingOptions(task), name: "whole" });
      const table = trained.model.graph.initializers.get(TABLE) as Tensor;
      return { mask: largest(floats(table).map(Math.abs), share) };
    },
  };
}

/** 1 for this share of the values, the largest ones; the first of equal ones. */
function largest(values: Float32Array, share: number): Uint8Array {
  const count = Math.round(share * values.length);
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b);
  const mask = new Uint8Array(values.length);
  for (const i of order.subarray(0, count)) mask[i] = 1;
  return mask;
}
