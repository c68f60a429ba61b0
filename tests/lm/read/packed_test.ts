import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { decodeBlocks } from "../../../lib/formats/ggml/decode_blocks.ts";
import { encodeBlocks } from "../../../lib/formats/ggml/encode_blocks.ts";
import { openLanguageModel } from "../../../lib/lm/language_model.ts";
import { packedMatrix, packedSource } from "../../../lib/lm/read/packed.ts";
import { readDecoder } from "../../../lib/lm/read/load_decoder.ts";
import { writeLanguageModel } from "../../../lib/lm/write/write_language_model.ts";
import { seededRandom } from "../../../lib/random.ts";
import { STORIES } from "../stories.ts";

for (const type of ["Q4_0", "Q4_1", "Q4_K", "Q8_0"] as const) {
  Deno.test(`packed: codes around the one in the middle stand for the weights of ${type}`, () => {
    const random = seededRandom(3, type);
    const weights = Float32Array.from({ length: 3 * 512 }, () => random.normal());
    const blocks = encodeBlocks(weights, type, { row: 512 });
    const expected = decodeBlocks(blocks, type);
    const { codes, bits, scales, offsets, rows, columns } = packedMatrix(blocks, type, [3, 512])!;
    assert.deepEqual([rows, columns, bits], [3, 512, type === "Q8_0" ? 8 : 4]);
    const codeAt = (i: number) => bits === 8 ? codes[i]! - 128 : (codes[i >> 1]! >> 4 * (i & 1) & 15) - 8;
    expected.forEach((value, i) => {
      const block = Math.floor(i / 32);
      const sum = scales[block]! * codeAt(i) + (offsets?.[block] ?? 0);
      assert.ok(Math.abs(sum - value) <= 1e-6, `${i}: ${sum} for ${value}`);
    });
  });
}

Deno.test("packed: pieces are the rows of the whole, in multiples of those that belong together", () => {
  const [rows, columns, together] = [24, 2 ** 17, 3];
  const blocks = Uint8Array.from(
    { length: rows * columns / 32 * 20 },
    (_, i) => Math.imul(i, 2_654_435_761) >>> 24,
  );
  const width = blocks.length / rows;
  const source = packedSource(
    (from, to) => blocks.slice(from * width, to * width),
    "Q4_1",
    [rows, columns],
    together,
  )!;
  const whole = source.read();
  const found = [...source.pieces()];
  assert.deepEqual(found.map(({ from, matrix }) => [from, matrix.rows]), [[0, 9], [9, 9], [18, 6]]);
  for (const { from, matrix: { rows, codes, scales, offsets } } of found) {
    const [first, last] = [from, from + rows].map((row) => row * columns / 32) as [number, number];
    assert.deepEqual(codes, whole.codes.subarray(16 * first, 16 * last));
    assert.deepEqual(scales, whole.scales.subarray(first, last));
    assert.deepEqual(offsets, whole.offsets!.subarray(first, last));
  }
});

Deno.test({
  name: "packed: a Buffer that is given stays its owner's",
  ignore: !STORIES,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/m.gguf`;
      await writeLanguageModel(path, await readDecoder(STORIES!), { mix: "Q8_0" });
      const bytes = Buffer.from(await Deno.readFile(path));
      const { length } = bytes;
      await using given = await openLanguageModel(bytes, { packed: true });
      await using read = await openLanguageModel(path, { packed: true });
      assert.deepEqual(await given.logits([1, 2, 3]), await read.logits([1, 2, 3]));
      assert.equal(bytes.length, length);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("packed: types that codes of 4 or 8 bits do not express stay numbers", () => {
  assert.equal(packedMatrix(new Uint8Array(210), "Q6_K", [1, 256]), undefined);
});
