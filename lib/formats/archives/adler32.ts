/** Sums of so many bytes stay below 2³²: the remainders need not be taken before. */
const AT_ONCE = 3800;

/** The checksum at the end of a zlib stream: RFC 1950, section 8. */
export function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let i = 0; i < bytes.length;) {
    for (const end = Math.min(i + AT_ONCE, bytes.length); i < end; i++) {
      a += bytes[i]!;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}
