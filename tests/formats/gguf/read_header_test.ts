import assert from "node:assert/strict";
import { openGguf } from "../../../lib/formats/gguf/open_gguf.ts";

/** Little-endian pieces of a header. */
const u32 = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);
const u64 = (value: bigint | number) => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
const text = (value: string) => [u64(value.length), new TextEncoder().encode(value)];
const file = async (...pieces: (Uint8Array | Uint8Array[])[]) =>
  await new Blob(pieces.flat().map((piece) => piece.slice())).bytes();
const head = (tensors: bigint | number, keys: bigint | number, version = 3) => [
  new TextEncoder().encode("GGUF"),
  u32(version),
  u64(tensors),
  u64(keys),
];
const tensorInfo = (name: string, dims: (bigint | number)[], type: number, offset: bigint | number) => [
  ...text(name),
  u32(dims.length),
  ...dims.map(u64),
  u32(type),
  u64(offset),
];
const padding = new Uint8Array(256);

const HOSTILE: [what: string, pieces: (Uint8Array | Uint8Array[])[], message: RegExp][] = [
  ["no GGUF", [padding], /expected a GGUF file/],
  ["version 1", [head(0, 0, 1)], /expected version 2 or 3 of the format, found 1; convert/],
  ["big-endian", [head(0, 0, 0x03000000)], /big-endian/],
  ["2⁶³ tensors", [head(2n ** 63n, 0), padding], /as many tensors as the rest of the file can hold/],
  ["2⁶⁴ − 1 keys", [head(0, 2n ** 64n - 1n), padding], /as many keys as the rest of the file/],
  ["a key of 2⁶³ bytes", [head(0, 1), u64(2n ** 63n), padding], /expected a key of at most/],
  ["a text longer than the file", [head(0, 1), text("k"), u32(8), u64(1e6), padding], /text of "k"/],
  ["an unknown type", [head(0, 1), text("k"), u32(13), padding], /type of "k" to be a number from 0 to 12/],
  ["a bool of 2", [head(0, 1), text("k"), u32(7), Uint8Array.of(2), padding], /"k" to be 0 or 1, found 2/],
  [
    "an array longer than the file",
    [head(0, 1), text("k"), u32(9), u32(10), u64(2n ** 61n), padding],
    /as many elements of "k" as the rest of the file can hold, found 2305843009213693952/,
  ],
  [
    "arrays in arrays without end",
    [head(0, 1), text("k"), u32(9), ...Array.from({ length: 9 }, () => [u32(9), u64(1)]).flat(), padding],
    /nest at most 4/,
  ],
  [
    "a key twice",
    [head(0, 2), text("k"), u32(0), Uint8Array.of(1), text("k"), u32(0), Uint8Array.of(1), padding],
    /the key "k" twice/,
  ],
  [
    "an alignment of 24",
    [head(0, 1), text("general.alignment"), u32(4), u32(24), padding],
    /power of two from 8, uint32, found uint32 24/,
  ],
  [
    "an alignment of 0",
    [head(0, 1), text("general.alignment"), u32(4), u32(0), padding],
    /power of two from 8/,
  ],
  ["five axes", [head(1, 0), tensorInfo("t", [1, 1, 1, 1, 1], 0, 0), padding], /1 to 4 axes, found 5/],
  ["exabytes", [head(1, 0), tensorInfo("t", [2n ** 60n], 0, 0), padding], /fewer than 2⁵³ weights/],
  [
    "sizes whose product overflows",
    [head(1, 0), tensorInfo("t", [2n ** 32n, 2n ** 32n], 0, 0), padding],
    /fewer than 2⁵³ weights/,
  ],
  [
    "a petabyte",
    [head(1, 0), tensorInfo("t", [2n ** 48n], 0, 0), padding],
    /expected \d+ bytes of tensor "t"/,
  ],
  ["a negative type", [head(1, 0), tensorInfo("t", [32], 0xffffffff, 0), padding], /found -1/],
  ["a type that was removed", [head(1, 0), tensorInfo("t", [32], 4, 0), padding], /0 \(F32\).*found 4/],
  ["half a block", [head(1, 0), tensorInfo("t", [16], 8, 0), padding], /whole blocks of 32 \(Q8_0\)/],
  ["an odd place", [head(1, 0), tensorInfo("t", [4], 0, 4), padding], /at a multiple of 32/],
  ["a place behind the end", [head(1, 0), tensorInfo("t", [4], 0, 2n ** 63n), padding], /within the file/],
  [
    "two tensors of one name",
    [head(2, 0), tensorInfo("t", [4], 0, 0), tensorInfo("t", [4], 0, 32), padding],
    /two tensors called "t"/,
  ],
  [
    "two tensors at one place",
    [head(2, 0), tensorInfo("t", [4], 0, 0), tensorInfo("u", [4], 0, 0), padding],
    /"u" to overlap "t"/,
  ],
];

for (const [what, pieces, message] of HOSTILE) {
  Deno.test(`a header is refused with a sentence: ${what}`, async () => {
    await assert.rejects(openGguf(await file(...pieces)), { name: "SyntaxError", message });
  });
}
