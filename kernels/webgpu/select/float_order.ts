import { RangeError, TypeError } from "../../../lib/errors.ts";
import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import type { Gpu } from "../core/gpu.ts";
import { gpuOf, requireType } from "../core/tensors.ts";

/** Element types whose magnitudes are compared. */
export type FloatType = "float32" | "float16";

/**
 * Which elements are the small ones: those with |w| < `value`, and of those with |w| = `value` the ones that
 * lie before position `tiesBefore`. Positions count through all tensors that share a threshold, in storage
 * order, from 0.
 *
 * `{ value: 0.1, tiesBefore: 0 }` means |w| < 0.1, and `{ value: 0.1, tiesBefore: Infinity }` |w| ≤ 0.1.
 */
export interface Threshold {
  /** A magnitude, 0 or more. NaN stands above infinity: all that is not NaN is then under it. */
  value: number;
  /** Position, 0 to `Infinity`. */
  tiesBefore: number;
}

/**
 * How a magnitude is compared: as its bits without the sign, its *key*. Floats that are not negative are in
 * the order of their bits, subnormal ones too, and a GPU compares whole numbers exactly. All NaN have one
 * key, above infinity's.
 */
export const KEYS = {
  float32: { bits: 31, infinity: 0x7f800000 },
  float16: { bits: 15, infinity: 0x7c00 },
} as const;

/** Words whose lower bits, without the sign, are keys. */
export type Bits = Uint32Array | Uint16Array;

/** The bits of a float tensor on the CPU. */
export function bitsOf({ type, data, dims }: Tensor): Bits {
  const { buffer, byteOffset } = data as Float32Array<ArrayBuffer>;
  const Bits = type === "float16" ? Uint16Array : Uint32Array;
  return new Bits(buffer, byteOffset, sizeOf(dims));
}

/** Constants by which {@linkcode sortableBits} makes a key. */
export function sortableRule(type: FloatType): { mask: number; nan: number } {
  const { bits, infinity } = KEYS[type];
  return { mask: 2 ** bits - 1, nan: infinity + 1 };
}

/** The key of an element's bits. */
export function sortableBits(bits: number, mask: number, nan: number): number {
  const key = bits & mask;
  return key > nan ? nan : key; // Math.min would go by way of float64.
}

/** The magnitude that has a key. */
export function valueOf(type: FloatType, key: number): number {
  const { infinity } = KEYS[type];
  if (key > infinity) return NaN;
  if (type === "float32") return new Float32Array(Uint32Array.of(key).buffer)[0]!;
  if (key === infinity) return Infinity;
  const [exponent, fraction] = [key >> 10, key & 0x3ff];
  return exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
}

/** A threshold for one tensor, in keys: what has a smaller key is under it, and equal ones before `ties`. */
export interface Cutoff {
  /** The key of the threshold. */
  key: number;
  /** Position in the tensor, below 2³². */
  ties: number;
}

/** Everything is at or above this cut. */
const NOTHING: Cutoff = { key: 0, ties: 0 };

/**
 * The cuts that one threshold over all tensors, or one for each, makes in the tensors.
 *
 * @throws RangeError where a threshold is none; TypeError where there are not as many as tensors
 */
export function cutoffsOf(
  kernel: string,
  tensors: readonly Tensor[],
  thresholds: Threshold | readonly Threshold[],
): Cutoff[] {
  const each = "value" in thresholds ? tensors.map(() => thresholds) : thresholds;
  if (each.length !== tensors.length) {
    throw new TypeError(
      `Cannot run ${kernel}: ${each.length} thresholds for ${tensors.length} tensors; give one for each, or one for all`,
    );
  }
  let start = 0;
  return tensors.map(({ type, dims }, i) => {
    const { value, tiesBefore } = each[i]!;
    if (value < 0 || !(tiesBefore >= 0)) {
      throw new RangeError(
        `Cannot run ${kernel}: the threshold { value: ${value}, tiesBefore: ${tiesBefore} } is none, expected a ` +
          "magnitude and a position, both 0 or more",
      );
    }
    const size = sizeOf(dims);
    const cut = size === 0 ? NOTHING : cutoffOf(type as FloatType, value, tiesBefore - start, size);
    if ("value" in thresholds) start += size;
    return cut;
  });
}

/**
 * The smallest key whose magnitude is not below the value; only where it is the value itself can there be
 * ties.
 */
function cutoffOf(type: FloatType, value: number, tiesBefore: number, size: number): Cutoff {
  const { infinity } = KEYS[type];
  if (Number.isNaN(value)) return { key: infinity + 1, ties: clamp(tiesBefore, size) };
  let [low, high]: [number, number] = [0, infinity];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (valueOf(type, middle) < value) low = middle + 1;
    else high = middle;
  }
  return { key: low, ties: valueOf(type, low) === value ? clamp(tiesBefore, size) : 0 };
}

function clamp(position: number, size: number): number {
  return Math.min(Math.max(Math.ceil(position), 0), size);
}

/**
 * Checks tensors whose magnitudes are compared with each other.
 *
 * @returns the GPU on which they lie, `undefined` for the CPU, and their type
 * @throws TypeError where they are no list, or lie at different places, or are not float32 or float16
 * throughout
 */
export function requireFloats(
  kernel: string,
  tensors: readonly Tensor[],
): { gpu: Gpu | undefined; type: FloatType } {
  if (!Array.isArray(tensors)) {
    throw new TypeError(`Cannot run ${kernel}: expected a list of tensors, but got ${typeof tensors}`);
  }
  const gpu = gpuOf(kernel, Object.fromEntries(tensors.map((tensor, i) => [`tensor ${i}`, tensor])));
  const type = (tensors[0]?.type ?? "float32") as FloatType;
  tensors.forEach((tensor, i) => {
    requireType(tensor.type, ["float32", "float16"], kernel, `tensor ${i}`);
    if (tensor.type === type) return;
    throw new TypeError(`Cannot run ${kernel}: tensor ${i} is ${tensor.type}, but tensor 0 is ${type}`);
  });
  return { gpu, type };
}

/** Declares a storage buffer of floats as `name`, and `key_name(i)`, the key of element i. */
export function keyBuffer(name: string, binding: number, type: FloatType): string {
  const bits = type === "float32"
    ? `${name}[i] & 0x7fffffffu`
    : `(${name}[i / 2u] >> (16u * (i % 2u))) & 0x7fffu`;
  return `
@group(0) @binding(${binding}) var<storage, read> ${name}: array<u32>;
fn key_${name}(i: u32) -> u32 { return min(${bits}, ${KEYS[type].infinity + 1}u); }`;
}

/**
 * Declares `under(key, i)`: whether element `i` of a tensor lies under the cut of the parameters `cut` and
 * `ties`.
 */
export const UNDER = `
fn under(key: u32, i: u32) -> bool { return key < p.cut || (key == p.cut && i < p.ties); }`;
