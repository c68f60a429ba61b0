/**
 * Declares `divide(a, b)`, the correctly rounded quotient of float32 numbers, where WGSL's own may be off in
 * the last bits: by long division of the significands. Both are 0 or more, b is normal, and the quotient must
 * not overflow; what would be below the normal numbers, and what a subnormal number gives, is 0.
 */
export const DIVIDE = `
fn divide(a: f32, b: f32) -> f32 {
  let x = bitcast<u32>(a);
  let y = bitcast<u32>(b);
  if (x < 0x800000u) { return 0.0; }
  var rest = (x & 0x7fffffu) | 0x800000u;
  let divisor = (y & 0x7fffffu) | 0x800000u;
  var exponent = i32(x >> 23u) - i32(y >> 23u) + 127;
  if (rest < divisor) { rest <<= 1u; exponent -= 1; }
  var quotient = 0u; // 24 bits and one more to round by
  for (var i = 0u; i < 25u; i++) {
    quotient <<= 1u;
    if (rest >= divisor) { rest -= divisor; quotient |= 1u; }
    rest <<= 1u;
  }
  let up = (quotient & 1u) == 1u && (rest != 0u || (quotient & 2u) == 2u);
  quotient = (quotient >> 1u) + u32(up);
  if (quotient == 0x1000000u) { quotient >>= 1u; exponent += 1; }
  if (exponent <= 0) { return 0.0; }
  return bitcast<f32>((u32(exponent) << 23u) | (quotient & 0x7fffffu));
}`;

/**
 * Division of float32 numbers on the CPU, as the shader has it: a quotient in float64, rounded to float32, is
 * the correctly rounded one.
 */
export function divide(a: number, b: number): number {
  const quotient = Math.fround(a / b);
  return quotient < 2 ** -126 || a < 2 ** -126 ? 0 : quotient;
}
