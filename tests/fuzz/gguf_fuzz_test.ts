import assert from "node:assert/strict";
import { decodeBlocks } from "../../lib/formats/ggml/decode_blocks.ts";
import { GGML_TYPES, type GgmlType } from "../../lib/formats/ggml/types.ts";
import { dice } from "./mutate.ts";

Deno.test("blocks of any bytes decode to as many numbers, whatever they are", () => {
  const roll = dice(20);
  for (let i = 0; i < 100; i++) {
    for (const type of Object.keys(GGML_TYPES) as GgmlType[]) {
      const { weights, bytes } = GGML_TYPES[type];
      const decoded = decodeBlocks(Uint8Array.from({ length: 2 * bytes }, () => roll(256)), type);
      assert.equal(decoded.length, 2 * weights);
      assert.ok(decoded.every((value) => typeof value === "number"));
    }
  }
});
