const encoder = new TextEncoder();

/** Where an ASCII text begins among bytes, from a place on; −1 where it does not. */
export function placeOfText(text: string, bytes: Uint8Array, from = 0): number {
  const wanted = encoder.encode(text);
  const isAt = (at: number) => {
    for (let i = 1; i < wanted.length; i++) {
      if (bytes[at + i] !== wanted[i]) return false;
    }
    return true;
  };
  for (let at = bytes.indexOf(wanted[0]!, from); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (isAt(at)) return at;
  }
  return -1;
}
