import type { Threshold } from "../../kernels/webgpu/select/float_order.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { floats } from "./case.ts";

/** How magnitudes are ordered: NaN last. */
export function compareMagnitudes(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  const [left, right] = [Math.abs(a), Math.abs(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Positions by magnitude upwards, equal ones as they stand: by sorting. */
export function orderOf(values: readonly number[]): number[] {
  return values.map((_, i) => i).sort((i, j) => compareMagnitudes(values[i]!, values[j]!) || i - j);
}

/** The threshold under which the k smallest of tensors together lie. */
export function thresholdOf(tensors: readonly Tensor[], k: number): Threshold {
  if (k === 0) return { value: 0, tiesBefore: 0 };
  const all = tensors.flatMap(numbers);
  const order = orderOf(all);
  const last = order[k - 1]!;
  const more = k < all.length && compareMagnitudes(all[order[k]!]!, all[last]!) === 0;
  return { value: Math.abs(all[last]!), tiesBefore: more ? last + 1 : Infinity };
}

/** Which elements of tensors together are the k smallest, for each tensor. */
export function smallest(tensors: readonly Tensor[], k: number): boolean[][] {
  const low = new Set(orderOf(tensors.flatMap(numbers)).slice(0, k));
  let at = 0;
  return tensors.map((tensor) => numbers(tensor).map(() => low.has(at++)));
}

export function numbers(tensor: Tensor): number[] {
  return Array.from(tensor.data as Float32Array);
}

/** Seven values, so that there are many ties. */
export function fewValues(seed: string, size: number, type: "float32" | "float16" = "float32"): Tensor {
  const random = seededRandom(0, "few", seed);
  return floats(Array.from({ length: size }, () => (random.integer(7) - 3) / 4), [size], type);
}

/** Float32 numbers of bits. */
export function fromBits(bits: readonly number[]): Tensor {
  return floats(new Float32Array(Uint32Array.from(bits).buffer));
}

/** Fails at the first number that is another one; zeros of both signs are two numbers. */
export function assertSame(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} numbers, expected ${expected.length}`);
  }
  for (let i = 0; i < actual.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    throw new Error(`${what}: element ${i} is ${actual[i]}, expected ${expected[i]}`);
  }
}
