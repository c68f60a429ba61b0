/** Remainders of all bytes, divided by the polynomial 0xEDB88320. */
const table = Int32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
  return byte;
});

/** CRC-32 by its table. */
export function plainCrc32(data: Uint8Array | string, before = 0): number {
  let crc = ~before;
  for (const byte of typeof data === "string" ? new TextEncoder().encode(data) : data) {
    crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
