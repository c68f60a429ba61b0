import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { encodeModel } from "../../lib/onnx/codec/encode.ts";
import { Model } from "../../lib/onnx/model.ts";
import { float32, Tensor } from "../../lib/tensor/tensor.ts";
import { mutations } from "./mutate.ts";

/** A small model with most kinds of field: typed tensors, subgraphs, strings, symbolic shapes, metadata. */
function smallModel(): Uint8Array {
  const inner = new GraphBuilder("then");
  inner.output(inner.constant(float32([1, 2])), "chosen");
  const g = new GraphBuilder("small");
  const x = g.input("x", "float32", ["N", 2]);
  const w = g.parameter("w", float32([1, 2, 3, 4], [2, 2]));
  const y = g.relu(g.gemm(x, w));
  g.output(g.reshape(y, [-1]), "y");
  g.parameter("words", new Tensor("string", ["a", "héllo"], [2]));
  g.parameter("odd", { type: "bfloat16", dims: [3], bytes: new Uint8Array(6) });
  g.place({
    op: "If",
    inputs: ["condition"],
    outputs: ["z"],
    attributes: {
      then_branch: { type: "graph", value: inner.graph() },
      else_branch: { type: "graph", value: inner.graph() },
      names: { type: "strings", value: ["p", "q"] },
      scales: { type: "floats", value: [1, 2.5] },
    },
  });
  g.parameter("condition", new Tensor("bool", Uint8Array.of(1), []));
  const { graph, info } = g.model();
  return encodeModel(new Model(graph, { ...info, metadata: { author: "nobody" } }));
}

/** What every failure must say: which file, what is wrong, and where. */
const CLEAR = /^Cannot read damaged\.onnx: .+/s;

for (const seed of [1, 2, 3]) {
  Deno.test(`1,000 damaged models each end in a clear error or a whole model (seed ${seed})`, () => {
    const bytes = smallModel();
    let refused = 0;
    for (const { what, bytes: damaged } of mutations(bytes, 1000, seed)) {
      try {
        const model = decodeModel(damaged, { file: "damaged.onnx" });
        assert.deepEqual(decodeModel(encodeModel(model)), model, what);
      } catch (error) {
        assert.ok(error instanceof SyntaxError, `${what}: ${(error as Error).stack}`);
        assert.match(error.message, CLEAR, what);
        refused++;
      }
    }
    // Where nothing is refused, or everything, the damage tests nothing.
    assert.ok(refused > 100 && refused < 1000, `${refused} of 1000 refused`);
  });
}

Deno.test("every truncation of a model is refused, or ends at the end of a field", () => {
  const bytes = smallModel();
  for (let length = 0; length < bytes.length; length++) {
    try {
      decodeModel(bytes.subarray(0, length), { file: "damaged.onnx" });
    } catch (error) {
      assert.ok(error instanceof SyntaxError && CLEAR.test(error.message), `${length}: ${error}`);
    }
  }
});
