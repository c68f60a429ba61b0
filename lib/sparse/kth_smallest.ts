/** Bits of a float32 that hold its magnitude: among floats without sign, the larger one has the larger bits. */
const MAGNITUDE = 0x7fffffff;

/** How the 31 bits are looked at, from the top: three histograms find any rank in three passes. */
const DIGITS = [{ shift: 20, bits: 11 }, { shift: 10, bits: 10 }, { shift: 0, bits: 10 }] as const;

const counts = new Uint32Array(2 ** 11);

/**
 * The magnitude that stands at place `k`, from 0, when magnitudes are sorted upwards, and how many are smaller. Exact,
 * in linear time, and without a copy: a radix selection on the bits. What is not a number counts as largest.
 */
export function kthSmallest(
  weights: Float32Array,
  k: number,
): { magnitude: number; smaller: number } {
  if (!(k >= 0 && k < weights.length)) {
    throw new RangeError(`Cannot find place ${k} among ${weights.length} weights: expected 0 to one less`);
  }
  const bits = bitsOf(weights);
  let [prefix, smaller] = [0, 0];
  for (const { shift, bits: width } of DIGITS) {
    const above = shift + width;
    counts.fill(0, 0, 2 ** width);
    const last = 2 ** width - 1;
    for (let i = 0; i < bits.length; i++) {
      const magnitude = bits[i]! & MAGNITUDE;
      if (above === 31 || magnitude >>> above === prefix) counts[(magnitude >>> shift) & last]!++;
    }
    let digit = 0;
    while (smaller + counts[digit]! <= k) smaller += counts[digit++]!;
    prefix = (prefix << width) | digit;
  }
  return { magnitude: new Float32Array(Uint32Array.of(prefix).buffer)[0]!, smaller };
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}
