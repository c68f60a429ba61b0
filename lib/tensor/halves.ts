/** The number of a half float's bits. */
function floatOf(half: number): number {
  const [exponent, fraction] = [half >> 10 & 31, half & 0x3ff];
  const magnitude = exponent === 31
    ? fraction ? NaN : Infinity
    : exponent === 0
    ? fraction * 2 ** -24
    : (1024 + fraction) * 2 ** (exponent - 25);
  return half & 0x8000 ? -magnitude : magnitude;
}

let table: Float32Array | undefined;

/** The numbers of all half floats, by their bits: for arrays of them. */
export function halfTable(): Float32Array {
  return table ??= Float32Array.from({ length: 65_536 }, (_, half) => floatOf(half));
}

/** The numbers of half floats, from their bits. */
export function halvesToFloats(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const numbers = halfTable();
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = numbers[halves[i]!]!;
  return floats;
}

/** The numbers of bfloat16s, from their bytes: each has the bits of a float32 whose lower half is zero. */
export function bfloat16sToFloats(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(bytes.length >> 1);
  for (let i = 0; i < words.length; i++) words[i] = (bytes[2 * i]! | bytes[2 * i + 1]! << 8) << 16;
  return new Float32Array(words.buffer);
}

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The bits of the half float nearest to a float32, of two the even one. */
export function halfOf(value: number): number {
  float[0] = value;
  const sign = word[0]! >>> 16 & 0x8000;
  const magnitude = word[0]! & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | roundEven(Math.abs(float[0]) * 2 ** 24);
  return sign | (magnitude + 0xfff + (magnitude >>> 13 & 1) - 0x38000000) >>> 13;
}

/**
 * The nearest whole number, of two the even one, as WGSL's `round`: adding 1.5 · 2⁵² leaves no room for
 * fractions.
 */
export function roundEven(x: number): number {
  return x + 6755399441055744 - 6755399441055744;
}
