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
