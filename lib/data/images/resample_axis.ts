import { toByte } from "../../formats/image.ts";

/** How one axis is resampled: for each output, which inputs it is the weighted sum of. */
export interface AxisWeights {
  /** Number of inputs. */
  from: number;
  /** Number of outputs. */
  length: number;
  /** Inputs per output. */
  taps: number;
  /** Inputs of each output, [length, taps]: output j reads inputs `indices[j · taps …]`. */
  indices: Int32Array;
  /** Weight of each input in an output, [length, taps], in the order of `indices`. */
  weights: Float64Array;
}

/** Resamples the middle axis of [outer, from, inner]. */
export function resampleAxis(
  source: Uint8Array | Float32Array | Float64Array,
  { outer, inner }: { outer: number; inner: number },
  { from, length, taps, indices, weights }: AxisWeights,
): Float64Array {
  const target = new Float64Array(outer * length * inner);
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < length; j++) {
      const to = (o * length + j) * inner;
      for (let t = j * taps; t < (j + 1) * taps; t++) {
        const weight = weights[t]!;
        if (weight === 0) continue;
        const at = (o * from + indices[t]!) * inner;
        for (let i = 0; i < inner; i++) target[to + i]! += weight * source[at + i]!;
      }
    }
  }
  return target;
}

/** The nearest bytes, halves rounded up; a loop, because `Uint8Array.from` takes many times as long. */
export function toBytes(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) bytes[i] = toByte(values[i]!);
  return bytes;
}
