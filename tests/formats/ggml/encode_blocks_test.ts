import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { decodeBlocks } from "../../../lib/formats/ggml/decode_blocks.ts";
import { encodeBlocks, isWritable, WRITABLE_TYPES } from "../../../lib/formats/ggml/encode_blocks.ts";
import { GGML_TYPES, type GgmlType } from "../../../lib/formats/ggml/types.ts";

const weights = Float32Array.from({ length: 512 }, (_, i) => Math.sin(i * i));

Deno.test("what is written in a type is read again, nearer where there are more bits", () => {
  const errors = WRITABLE_TYPES.map((type) => {
    const bytes = encodeBlocks(weights, type, { row: 256 });
    const { weights: size, bytes: each } = GGML_TYPES[type];
    assert.equal(bytes.length, 512 / size * each, type);
    const read = decodeBlocks(bytes, type);
    const squares = weights.reduce((sum, value, i) => sum + (value - read[i]!) ** 2, 0);
    return [type, Math.sqrt(squares / weights.length)] as const;
  });
  const of = Object.fromEntries(errors);
  assert.equal(of.F32, 0);
  const order = ["F16", "BF16", "Q8_0", "Q6_K", "Q5_K", "Q4_K", "Q3_K", "Q2_K"] as const;
  for (const [i, type] of order.slice(1).entries()) assert.ok(of[type]! > of[order[i]!]!, type);
  assert.ok(of.Q2_K! < 0.3);
});

Deno.test("an importance draws the errors away from where they count", () => {
  const first = Array.from({ length: 256 }, (_, i) => i < 128 ? 1000 : 1);
  const errorOf = (importance?: number[]) => {
    const read = decodeBlocks(
      encodeBlocks(weights, "Q4_K", { row: 256, ...importance && { importance } }),
      "Q4_K",
    );
    return weights.reduce((sum, value, i) => sum + first[i % 256]! * (value - read[i]!) ** 2, 0);
  };
  assert.ok(errorOf(first) < errorOf(), "by what counts, it is better");
});

/**
 * The first 16 digits of SHA-256 of what ggml 0.10.1 (`ggml_quantize_chunk`, compiled without fused products)
 * makes of 16 rows of 512 numbers: as they are, and by an importance.
 */
const GGML_DIGESTS: Readonly<Partial<Record<GgmlType, readonly [plain: string, weighed: string]>>> = {
  F16: ["5e2499b275cf099f", "5e2499b275cf099f"],
  BF16: ["211ac1f2207dddfa", "211ac1f2207dddfa"],
  Q4_0: ["684ccd45f886ed48", "a28cbbe9ef6832ac"],
  Q4_1: ["c2bed2426bf68787", "2cb6e9a82feeeda1"],
  Q5_0: ["9333c8bae61b4dd5", "260c3851c42acf0b"],
  Q5_1: ["f6cd93f7b195db97", "2024951fc356ffba"],
  Q8_0: ["f1cf98ace7f811e4", "f1cf98ace7f811e4"],
  Q2_K: ["731ff3608052e70c", "18bcc4d42bdc6e4d"],
  Q3_K: ["50b4c86fb6351135", "2b9345b68a22ee17"],
  Q4_K: ["c0de66992e76406c", "bfa8b8916da8a7fc"],
  Q5_K: ["6307e13f47c430e8", "0b08520566fdccd2"],
  Q6_K: ["d8da57d3ac978bf2", "a43a16647a302023"],
  IQ4_NL: ["f467c944d00c2b08", "ca11171563ebdac0"],
  TQ1_0: ["44e146cdc62baa21", "44e146cdc62baa21"],
  TQ2_0: ["94f5f99feb7ee823", "94f5f99feb7ee823"],
};

Deno.test("many blocks are encoded to ggml's bytes, as they are and by an importance", () => {
  const x = Float32Array.from({ length: 16 * 512 }, (_, i) => ((i * i * 37 + 11 * i) % 1009 - 504) / 1024);
  const importance = Float32Array.from({ length: 512 }, (_, i) => 1 + i * i % 13);
  assert.deepEqual(Object.keys(GGML_DIGESTS).length, WRITABLE_TYPES.length - 1);
  for (const [name, digests] of Object.entries(GGML_DIGESTS)) {
    const found = [{ row: 512 }, { row: 512, importance }].map((options) =>
      createHash("sha256").update(encodeBlocks(x, name as GgmlType, options)).digest("hex").slice(0, 16)
    );
    assert.deepEqual(found, digests, name);
  }
});

Deno.test("what cannot be encoded is an error that says what is expected", () => {
  const bad = weights.with(7, NaN);
  const cases: [() => unknown, RegExp][] = [
    [() => encodeBlocks(weights, "IQ3_S"), /as IQ3_S, which is only read here: take one of F32, F16, BF16/],
    [
      () => encodeBlocks(weights, "Q4_K", { row: 128 }),
      /512 weights in rows of 128 as Q4_K: expected whole rows of whole/,
    ],
    [() => encodeBlocks(weights, "Q8_0", { row: 96 }), /in rows of 96 as Q8_0/],
    ...[0, -256, 2.5, NaN].map((row): [() => unknown, RegExp] => [
      () => encodeBlocks(weights, "Q8_0", { row }),
      /^RangeError: Cannot encode weights with row .*: expected a whole number from 1$/,
    ]),
    [() => encodeBlocks(bad, "Q8_0"), /encode weight 7, which is NaN: expected finite numbers/],
    [
      () => encodeBlocks(weights, "Q8_0", { row: 256, importance: [1] }),
      /importance of 1 numbers: expected 256, none below/,
    ],
    [
      () => encodeBlocks(weights, "Q8_0", { importance: weights }),
      /importance of 512 numbers: expected 512, none below 0/,
    ],
  ];
  for (const [encode, message] of cases) assert.throws(encode, message);
  assert.ok(isWritable("Q4_0") && !isWritable("IQ1_S"));
});

Deno.test("weights are encoded as finite numbers, or refused by their block", () => {
  for (const type of WRITABLE_TYPES) {
    const { weights: size } = GGML_TYPES[type];
    for (const most of [6e4, 1e5, 1e6, 1e7, 1e9, 3.4e38]) {
      const large = weights.with(300, most);
      const first = 300 - 300 % size;
      try {
        const read = decodeBlocks(encodeBlocks(large, type, { row: 256 }), type);
        assert.ok(read.every(Number.isFinite), `${type}, ${most}`);
      } catch (error) {
        const expected = `Cannot encode weights ${first} to ${first + size - 1} as ${type}, whose numbers`;
        assert.ok(most > 65504 && `${error}`.startsWith(`RangeError: ${expected}`), `${error}`);
      }
    }
  }
  assert.throws(() => encodeBlocks(weights.with(300, 1e7), "Q8_0"), /largest magnitude, 10000000: take F32/);
});
