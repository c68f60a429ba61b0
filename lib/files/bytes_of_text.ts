/** Where an ASCII text begins among bytes, from a place on; −1 where it does not. */
export function placeOfText(text: string, bytes: Uint8Array, from = 0): number {
  const wanted = new TextEncoder().encode(text);
  for (let at = bytes.indexOf(wanted[0]!, from); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}
