import assert from "node:assert/strict";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { Model, OPSET, summary } from "../../lib/onnx/model.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

function small(name = "small"): Model {
  const g = new GraphBuilder(name);
  const w = g.parameter("w", float32(new Float32Array(2000), [2, 1000]));
  g.output(g.matMul(g.input("x", "float32", ["N", 2]), w), "y");
  return g.model();
}

Deno.test("the two spellings of ONNX's own domain are one, and a graph alone is of the newest set", () => {
  const { graph } = small();
  assert.deepEqual(new Model(graph).info, { irVersion: 10, metadata: {}, opsets: { "": OPSET } });
  const { opsets } = new Model(graph, { opsets: { "ai.onnx": 13, acme: 1 } }).info;
  assert.deepEqual(opsets, { "": 13, acme: 1 });
});

Deno.test("another graph keeps what the file says, and the bytes are those of a model", () => {
  const model = new Model(small().graph, { metadata: { author: "nobody" }, opsets: { "": 17 } });
  const other = model.withGraph({ ...model.graph, name: "other" });
  assert.deepEqual([other.info, model.graph.name], [model.info, "small"]);
  assert.deepEqual(decodeModel(other.toOnnx()), other);
});

Deno.test("a model in one line: what it takes, gives and holds, without what moves a cursor", () => {
  assert.equal(
    summary(small()),
    "Model small: x: float32[N, 2] → y: float32[N, 1000]; 2 nodes, 2,000 stored numbers",
  );
  assert.equal(Deno.inspect(small("\x1b[2J")), summary(small("\x1b[2J")));
  assert.match(summary(small("\x1b[2J")), /^Model \\x1b\[2J: /);
  assert.match(summary(small("")), /^Model \(unnamed\): /);
});
