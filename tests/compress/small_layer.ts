/** Layers with inputs whose columns are of different sizes, to compress. */
import type { Matrix, Target } from "../../lib/compress/methods/method.ts";
import { seededRandom } from "../../lib/random.ts";

export const COLUMNS = 48;

/** A layer with inputs that hang together, some of them large, and weights that are not all alike. */
export function layer(seed: number, rows = 10): Matrix {
  const random = seededRandom(seed, "layer");
  const gram = new Float64Array(COLUMNS * COLUMNS);
  const absolute = new Float64Array(COLUMNS);
  const sizes = Array.from({ length: COLUMNS }, () => Math.exp(random.normal(0, 1.2)));
  const tokens = 200;
  for (let t = 0; t < tokens; t++) {
    let last = 0;
    const x = sizes.map((size) => size * (last = 0.7 * last + random.normal()));
    for (let i = 0; i < COLUMNS; i++) {
      absolute[i]! += Math.abs(x[i]!);
      for (let j = 0; j < COLUMNS; j++) gram[i * COLUMNS + j]! += x[i]! * x[j]!;
    }
  }
  const weight = Float64Array.from({ length: rows * COLUMNS }, () => random.normal() ** 3);
  return {
    name: "up.weight",
    weight,
    rows,
    columns: COLUMNS,
    inputs: { gram, absolute, cross: gram, tokens, sequences: 4 },
  };
}

export const target = (settings: Partial<Target>): Target => ({
  sparsity: 0,
  pattern: undefined,
  bits: undefined,
  groupSize: undefined,
  symmetric: false,
  damping: 0.01,
  blockSize: 16,
  referenceCompatible: false,
  ...settings,
});
