/** The rule of soft shrinkage as plainly as it can be said, in float64: what the library's is compared with. */
import type { Random } from "../../lib/random.ts";

/** Places of the low set: sorted by magnitude, equal ones by place, the first ones. */
export function lowSet(weights: ArrayLike<number>, sparsity: number): number[] {
  const n = weights.length;
  const count = Math.min(Math.ceil(sparsity * n), Math.floor(0.995 * n));
  const order = Array.from({ length: n }, (_, i) => i)
    .sort((a, b) => Math.abs(weights[a]!) - Math.abs(weights[b]!) || a - b);
  return order.slice(0, count).sort((a, b) => a - b);
}

/** Weights with everything that is awkward about floats: ties, zeros of both signs, subnormals, infinities. */
export function awkward(random: Random, length: number): Float32Array {
  const special = [0, -0, 1e-42, -1e-42, 0.5, -0.5, Infinity, -Infinity, 3.4e38];
  return Float32Array.from(
    { length },
    () => random.uniform() < 0.4 ? special[random.integer(special.length)]! : random.normal(0, 0.1),
  );
}
