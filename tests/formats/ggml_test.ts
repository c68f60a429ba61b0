import assert from "node:assert/strict";
import { decodeBlocks } from "../../lib/formats/ggml/decode_blocks.ts";
import { encodeBlocks, isWritable } from "../../lib/formats/ggml/encode_blocks.ts";
import { GGML_TYPES, type GgmlType } from "../../lib/formats/ggml/types.ts";
import { dataFile } from "../data.ts";

interface Vector {
  hex: string;
  deq16: number[];
  sum: number;
  sumsq: number;
}
interface Entry {
  ggml_type: number;
  block: number;
  bytes: number;
  plain?: Vector;
  imatrix?: Vector;
  ternary?: { hex: string };
}

/** What ggml's reference quantizer made of one block of numbers, for 21 types. */
const path = dataFile("lm/testvectors/ggml_blocks.json");
const vectors: Record<string, Entry> = path ? JSON.parse(Deno.readTextFileSync(path)).types : {};
const X = Float32Array.from({ length: 256 }, (_, i) => ((i * 37 + 11) % 101 - 50) / 64);
const IMPORTANCE = Float32Array.from({ length: 256 }, (_, i) => 1 + i % 7);
const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));

Deno.test({
  name: "blocks of the reference quantizer decode bit for bit",
  ignore: !path,
  fn() {
    for (const [name, { ggml_type, block, bytes, plain, imatrix }] of Object.entries(vectors)) {
      const type = name as GgmlType;
      assert.deepEqual(GGML_TYPES[type], { id: ggml_type, weights: block, bytes });
      for (const vector of [plain, imatrix]) {
        if (!vector) continue;
        const decoded = decodeBlocks(fromHex(vector.hex), type);
        assert.deepEqual([...decoded.subarray(0, 16)], vector.deq16, name);
        assert.equal(decoded.reduce((sum, value) => sum + value, 0), vector.sum, name);
        const squares = decoded.reduce((sum, value) => sum + value * value, 0);
        assert.ok(Math.abs(squares - vector.sumsq) < 1e-9 * squares, name);
      }
    }
  },
});

Deno.test({
  name: "weights are encoded to the bytes of the reference quantizer, with and without an importance",
  ignore: !path,
  fn() {
    let compared = 0;
    for (const [name, { plain, imatrix }] of Object.entries(vectors)) {
      const type = name as GgmlType;
      if (!isWritable(type)) continue;
      compared++;
      assert.equal(encodeBlocks(X, type).toHex(), plain!.hex, name);
      assert.equal(
        encodeBlocks(X, type, { importance: IMPORTANCE }).toHex(),
        imatrix!.hex,
        `${name}, imatrix`,
      );
    }
    assert.equal(compared, 13);
  },
});
