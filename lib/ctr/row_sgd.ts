import type { RowOptimizer } from "./row_adam.ts";

/**
 * Plain gradient descent on the rows of a table that are looked up: no other row has a gradient, so this is
 * what {@linkcode sgd} without momentum and L2 does to all of it.
 *
 * @param values the table, [rows, features]; changed in place
 */
export function rowSgd(values: Float32Array, { features }: { features: number }): RowOptimizer {
  let step = 0;
  return {
    get step() {
      return step;
    },
    settle() {},
    update(rows, gradients, rate) {
      for (let i = 0; i < rows.length; i++) {
        const to = rows[i]! * features, from = i * features;
        for (let j = 0; j < features; j++) values[to + j]! -= rate * gradients[from + j]!;
      }
      step++;
    },
  };
}
