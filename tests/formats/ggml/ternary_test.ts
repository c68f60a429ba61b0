import assert from "node:assert/strict";
import { decodeBlocks } from "../../../lib/formats/ggml/decode_blocks.ts";
import { encodeBlocks } from "../../../lib/formats/ggml/encode_blocks.ts";
import { dataFile } from "../../data.ts";

const path = dataFile("lm/testvectors/ggml_blocks.json");

/** Weights of three values. */
const X = Float32Array.from({ length: 256 }, (_, i) => (5 * i % 3 - 1) * 0.75);

for (const type of ["TQ1_0", "TQ2_0"] as const) {
  Deno.test({
    name: `${type}: weights of three values have the reference quantizer's bytes`,
    ignore: !path,
    fn() {
      const { hex } = JSON.parse(Deno.readTextFileSync(path!)).types[type].ternary;
      assert.equal(encodeBlocks(X, type).toHex(), hex);
    },
  });

  Deno.test(`${type}: weights of three values are kept, others go to the nearest`, () => {
    assert.deepEqual(decodeBlocks(encodeBlocks(X, type), type), X);
    // Halves of the largest go away from zero; a row of zeros stays one.
    const rest = X.with(0, 0.75).with(1, 0.375).with(2, -0.375).with(3, 0.37);
    assert.deepEqual(
      decodeBlocks(encodeBlocks(rest, type), type).slice(0, 4),
      Float32Array.of(0.75, 0.75, -0.75, 0),
    );
    assert.deepEqual(
      decodeBlocks(encodeBlocks(new Float32Array(256), type), type).map(Math.abs),
      new Float32Array(256),
    );
  });
}
