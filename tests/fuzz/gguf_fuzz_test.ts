import assert from "node:assert/strict";
import { decodeBlocks } from "../../lib/formats/ggml/decode_blocks.ts";
import { GGML_TYPES, type GgmlType } from "../../lib/formats/ggml/types.ts";
import { openGguf } from "../../lib/formats/gguf/open_gguf.ts";
import type { GgufValue } from "../../lib/formats/gguf/values.ts";
import { encodeGguf } from "../../lib/formats/gguf/write_gguf.ts";
import { dice, mutations } from "./mutate.ts";

/** `ESPALIER_FUZZ=100000` tries more. */
const MUTATIONS = Number(Deno.env.get("ESPALIER_FUZZ") ?? 2000);

/** Far above what the seed holds, far below what would hurt. */
const MOST_BYTES = 64 * 2 ** 20;

const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * i * 31 + i * 7) % 251);

/** A file with values of all kinds, and a tensor of each element type. */
const seed = await encodeGguf({
  metadata: new Map<string, GgufValue>([
    ["general.architecture", { type: "string", value: "llama" }],
    ["general.alignment", { type: "uint32", value: 32 }],
    ["llama.block_count", { type: "uint32", value: 2 }],
    ["tokenizer.ggml.tokens", { type: "array", of: "string", value: ["<s>", "a", "b", "ab"] }],
    ["tokenizer.ggml.scores", { type: "array", of: "float32", value: Float32Array.of(0, -1, -2, -3) }],
    ["flag", { type: "bool", value: true }],
    ["large", { type: "uint64", value: 2n ** 40n }],
  ]),
  tensors: (Object.keys(GGML_TYPES) as GgmlType[]).map((type) => ({
    name: `t.${type}`,
    dims: [GGML_TYPES[type].weights],
    type,
    blocks: () => noise(GGML_TYPES[type].bytes),
  })),
});

Deno.test("a damaged GGUF file is read or refused with a sentence, in little memory", async () => {
  let refused = 0;
  for (const { what, bytes } of mutations(seed, MUTATIONS)) {
    try {
      const file = await openGguf(bytes);
      let size = 0;
      for (const name of file.tensors.keys()) size += (await file.read(name)).size;
      assert.ok(size < MOST_BYTES, `${what}: ${size} weights`);
    } catch (error) {
      refused++;
      assert.ok(error instanceof SyntaxError, `${what}: ${(error as Error).stack}`);
      assert.match(error.message, /^Cannot read the given bytes: (expected|found) .*, at byte \d+$/s, what);
    }
  }
  assert.ok(refused > MUTATIONS / 20 && refused < MUTATIONS, `${refused} of ${MUTATIONS} were refused`);
});

Deno.test("blocks of any bytes decode to as many numbers, whatever they are", () => {
  const roll = dice(20);
  for (let i = 0; i < MUTATIONS / 20; i++) {
    for (const type of Object.keys(GGML_TYPES) as GgmlType[]) {
      const { weights, bytes } = GGML_TYPES[type];
      const decoded = decodeBlocks(Uint8Array.from({ length: 2 * bytes }, () => roll(256)), type);
      assert.equal(decoded.length, 2 * weights);
      assert.ok(decoded.every((value) => typeof value === "number"));
    }
  }
});
