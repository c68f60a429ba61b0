import { emptyGrid, fitGroup } from "../numeric/grid.ts";
import type { Method } from "./method.ts";

/** Rounds of the search for levels, which ends before where nothing moves. */
const ROUNDS = 100;

/**
 * ANY4 with 4 bits, ANY3 with 3: each row has levels of its own, 2ᵇ numbers that are learned. Groups are
 * brought to one range first; then levels move, from equal distances on, to where the squared error is least,
 * weighted by the mean square of what each weight is multiplied with. Source: M. Elhoushi, J. Johnson, "any4:
 * Learned 4-bit Numeric Representation for LLMs", 2025.
 */
export const anyk: Method = {
  does: ["bits"],
  calibrated: true,
  run({ weight, rows, columns, inputs }, { bits, groupSize, symmetric }) {
    const { gram, tokens } = inputs!;
    const squares = Float64Array.from({ length: columns }, (_, j) => gram[j * columns + j]! / tokens);
    const grid = emptyGrid(rows, columns, { bits: bits!, groupSize, symmetric });
    const result = new Float64Array(weight.length);
    const [scaled, weights] = [new Float64Array(columns), new Float64Array(columns)];
    for (let row = 0; row < rows; row++) {
      for (let j = 0; j < columns; j++) {
        const at = row * grid.groups + Math.floor(j / grid.groupSize);
        if (j % grid.groupSize === 0) {
          const from = row * columns + j;
          fitGroup(grid, at, weight, {
            from,
            to: Math.min(from + grid.groupSize, (row + 1) * columns),
            symmetric,
          });
        }
        scaled[j] = weight[row * columns + j]! / grid.scales[at]! + grid.zeros[at]!;
        weights[j] = squares[j]! * grid.scales[at]! ** 2;
      }
      const levels = learnedLevels(scaled, weights, 2 ** bits!);
      for (let j = 0; j < columns; j++) {
        const at = row * grid.groups + Math.floor(j / grid.groupSize);
        result[row * columns + j] = (levels[nearest(levels, scaled[j]!)]! - grid.zeros[at]!) *
          grid.scales[at]!;
      }
    }
    return { weight: result };
  },
};

/** k-means of numbers, from 0, 1, …, k − 1 on, with weights: each round lessens the error. */
export function learnedLevels(values: Float64Array, weights: Float64Array, k: number): Float64Array {
  const levels = Float64Array.from({ length: k }, (_, i) => i);
  for (let round = 0; round < ROUNDS; round++) {
    const [sums, counts] = [new Float64Array(k), new Float64Array(k)];
    values.forEach((value, j) => {
      const at = nearest(levels, value);
      sums[at]! += weights[j]! * value;
      counts[at]! += weights[j]!;
    });
    let moved = false;
    for (let i = 0; i < k; i++) {
      if (counts[i] === 0) continue; // a level that none is near stays
      const mean = sums[i]! / counts[i]!;
      moved ||= Math.abs(mean - levels[i]!) > 1e-9;
      levels[i] = mean;
    }
    levels.sort();
    if (!moved) break;
  }
  return levels;
}

/** The place of the level nearest to a number, of two as near the lower; levels ascend. */
function nearest(levels: Float64Array, value: number): number {
  let [low, high] = [0, levels.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value > (levels[middle]! + levels[middle + 1]!) / 2) low = middle + 1;
    else high = middle;
  }
  return low;
}
