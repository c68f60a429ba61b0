import assert from "node:assert/strict";
import { linearLayers, readMatrix, writeMatrix } from "../../lib/compress/linear_layers.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";

const numbers = (...dims: number[]) =>
  float32(Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => i), dims);

function model() {
  const g = new GraphBuilder("layers");
  const x = g.input("x", "float32", ["N", 4, 5, 5]);
  const y = g.conv(x, g.parameter("conv", numbers(6, 2, 3, 3)), undefined, { group: 2 });
  const flat = g.reshape(y, [0, -1]);
  const u = g.matMul(flat, g.parameter("product", numbers(54, 3)));
  const v = g.gemm(flat, g.parameter("gemm", numbers(3, 54)), undefined, { transB: 1 });
  const shared = g.parameter("shared", numbers(3, 3));
  g.output(g.add(g.matMul(u, shared), g.matMul(v, shared)), "y");
  return g.model();
}

Deno.test("layers are found with how they lie; a weight that two of them read is none's", () => {
  const found = linearLayers(model()).map(({ weight, op, rows, columns, groups, window, transposed }) => [
    ...[weight, op, rows, columns, groups, window, transposed],
  ]);
  assert.deepEqual(found, [
    ["conv", "Conv", 6, 18, 2, [3, 3], false],
    ["product", "MatMul", 3, 54, 1, [], true],
    ["gemm", "Gemm", 3, 54, 1, [], false],
  ]);
});

Deno.test("layers that multiply the same numbers share them, whatever they are made of", () => {
  const [conv, product, gemm] = linearLayers(model());
  assert.equal(product!.shares, gemm!.shares);
  assert.notEqual(conv!.shares, product!.shares);
});

Deno.test("a matrix is read with a row for each output, and written back as it lay", () => {
  const { graph } = model();
  for (const layer of linearLayers(model())) {
    const stored = graph.initializers.get(layer.weight) as Tensor;
    const matrix = readMatrix(layer, stored);
    assert.deepEqual(writeMatrix(layer, matrix, stored), stored);
    if (layer.weight === "product") assert.deepEqual([matrix[0], matrix[1], matrix[54]], [0, 3, 1]);
  }
});

Deno.test("a layer's block is its name up to the first part that is a number, not one within a word", () => {
  const blocks = {
    "model.layers.3.mlp.up_proj.weight": "model.layers.3",
    "model.layers.12.mlp.up_proj.weight": "model.layers.12",
    "0.weight": "0",
    "/encoder/layer.0/query/weight": "/encoder/layer.0",
    "wav2vec2.encoder.layers.11.attention.k_proj.weight": "wav2vec2.encoder.layers.11",
    "mobilenet_v2.features.2.conv.weight": "mobilenet_v2.features.2",
    "wav2vec2.feature_projection.weight": "wav2vec2.feature_projection.weight",
    "onnx::MatMul_1234": "onnx::MatMul_1234",
  };
  const g = new GraphBuilder("named");
  const x = g.input("x", "float32", ["N", 3]);
  const values = Object.keys(blocks).map((name) => g.matMul(x, g.parameter(name, numbers(3, 3))));
  g.output(g.concat(values, 1), "y");
  const found = linearLayers(g.model()).map(({ weight, block }) => [weight, block]);
  assert.deepEqual(Object.fromEntries(found), blocks);
});
