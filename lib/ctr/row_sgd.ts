import type { RowOptimizer } from "./row_adam.ts";
import { bringRows, type RowMemory, rowMemory } from "./row_memory.ts";

/**
 * Plain gradient descent on the rows of a table that are looked up: no other row has a gradient, so this is
 * what {@linkcode sgd} without momentum and L2 does to all of it, rounded in float32 as there.
 *
 * @param values the table, [rows, features]; changed in place
 */
export function rowSgd(values: Float32Array, { features }: { features: number }): RowOptimizer {
  return rowSgdWithin(rowMemory(features), () => values);
}

/** `rowSgd` in a memory that the table may lie in. */
export function rowSgdWithin(memory: RowMemory, values: () => Float32Array): RowOptimizer {
  let step = 0;
  return {
    get step() {
      return step;
    },
    settle() {},
    update(rows, gradients, rate) {
      step++;
      if (rows.length === 0) return;
      const from = memory.put("gradients", gradients);
      const { arrays: [to], rows: at, putBack } = bringRows(memory, () => [values()], rows);
      memory.set([rate]);
      memory.kernels.descend(to!, from, at, rows.length);
      putBack();
    },
  };
}
