import assert from "node:assert/strict";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { manyFieldsOnnx } from "./targets/seeds.ts";

/** What every failure must say: which file, what is wrong, and where. */
const CLEAR = /^Cannot read damaged\.onnx: .+/s;

Deno.test("every truncation of a model is refused, or ends at the end of a field", () => {
  const bytes = manyFieldsOnnx();
  for (let length = 0; length < bytes.length; length++) {
    try {
      decodeModel(bytes.subarray(0, length), { file: "damaged.onnx" });
    } catch (error) {
      assert.ok(error instanceof SyntaxError && CLEAR.test(error.message), `${length}: ${error}`);
    }
  }
});
