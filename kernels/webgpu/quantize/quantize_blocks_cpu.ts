import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import type { QuantizedLayout } from "./quantize_blocks.ts";
import { roundEven } from "../../../lib/tensor/halves.ts";
import { divide } from "../core/divide.ts";
import { floatsOf } from "../core/tensors.ts";

/** Magnitudes that have a grid: scales, and what one divides by them, are then normal numbers. */
export const SMALLEST = 2 ** -100;
export const LARGEST = 2 ** 100;

/** Codes of a group: from `low` to `high` around the code of zero. */
interface Grid {
  scale: number;
  zero: number;
  low: number;
  high: number;
}

export function quantizeTwin(
  weight: Tensor,
  layout: QuantizedLayout & { symmetric: boolean },
): { codes: Tensor; scales: Tensor; zeros?: Tensor } {
  const { bits, group, line, perLine, lines, perWord, words, symmetric } = layout;
  const w = floatsOf(weight);
  const codes = new Uint32Array(sizeOf(layout.codes));
  const scales = new Float32Array(sizeOf(layout.scales));
  const zeros = new Uint8Array(symmetric ? 0 : scales.length);
  const radix = bits === "ternary" ? 3 : 2 ** bits;
  for (let g = 0; g < lines * perLine; g++) {
    const first = Math.floor(g / perLine) * line + g % perLine * group;
    const size = Math.min(group, line - g % perLine * group);
    const { scale, zero, low, high } = gridOf(w, first, size, layout);
    scales[g] = scale;
    if (!symmetric) zeros[g] = zero;
    if (Number.isNaN(scale)) continue;
    const inverse = scale === 0 ? 0 : divide(1, scale);
    for (let at = 0; at < size; at += perWord) {
      let word = 0;
      for (let j = Math.min(at + perWord, size) - 1; j >= at; j--) {
        const step = roundEven(Math.fround(w[first + j]! * inverse));
        word = word * radix + Math.min(Math.max(step + zero, low), high);
      }
      codes[g * words + at / perWord] = word;
    }
  }
  return {
    codes: new Tensor("uint32", codes, layout.codes),
    scales: new Tensor("float32", scales, layout.scales),
    ...!symmetric && { zeros: new Tensor("uint8", zeros, layout.scales) },
  };
}

function gridOf(
  w: Float32Array | Float16Array,
  first: number,
  size: number,
  { bits, symmetric }: QuantizedLayout & { symmetric: boolean },
): Grid {
  let [low, high, sum] = [0, 0, 0];
  let largest = 0;
  for (let i = first; i < first + size; i++) {
    const x = w[i]!;
    low = Math.min(low, x);
    high = Math.max(high, x);
    sum = Math.fround(sum + Math.abs(x));
    largest = Math.max(largest, Math.abs(x)); // NaN stays NaN
  }
  const grid = bits === "ternary"
    ? { zero: 1, low: 0, high: 2 }
    : symmetric
    ? { zero: 2 ** (bits - 1), low: 1, high: 2 ** bits - 1 }
    : { zero: 0, low: 0, high: 2 ** bits - 1 };
  if (!(largest <= LARGEST)) return { ...grid, scale: NaN };
  if (largest < SMALLEST) return { ...grid, scale: 0 };
  if (bits === "ternary") return { ...grid, scale: divide(sum, size) };
  if (symmetric) return { ...grid, scale: divide(largest, 2 ** (bits - 1) - 1) };
  const scale = divide(Math.fround(high - low), grid.high);
  const zero = Math.min(roundEven(Math.fround(-low * divide(1, scale))), grid.high);
  return { ...grid, scale, zero };
}

export function dequantizeTwin(
  codes: Tensor,
  scales: Tensor,
  zeros: Tensor | undefined,
  { bits, group, line, perLine, lines, perWord, words, dims }: QuantizedLayout & { dims: readonly number[] },
): Tensor {
  const [packed, s, z] = [codes.data as Uint32Array, scales.data as Float32Array, zeros?.data as Uint8Array];
  const weight = new Float32Array(sizeOf(dims));
  const radix = bits === "ternary" ? 3 : 2 ** bits;
  const middle = bits === "ternary" ? 1 : 2 ** (bits - 1);
  for (let g = 0; g < lines * perLine; g++) {
    const first = Math.floor(g / perLine) * line + g % perLine * group;
    const size = Math.min(group, line - g % perLine * group);
    const zero = z ? z[g]! : middle;
    for (let at = 0; at < size; at += perWord) {
      let word = packed[g * words + at / perWord]!;
      for (let j = at; j < Math.min(at + perWord, size); j++) {
        weight[first + j] = (word % radix - zero) * s[g]!;
        word = Math.floor(word / radix);
      }
    }
  }
  return new Tensor("float32", weight, dims);
}
