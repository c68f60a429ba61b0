import assert from "node:assert/strict";
import { largestOf, quantizable } from "../../lib/compress/quantizable.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";

Deno.test("the largest whole number leaves zero in the middle", () => {
  assert.deepEqual([2, 4, 8, 16].map((bits) => largestOf({ bits })), [1, 7, 127, 32767]);
  for (const bits of [1, 17, 7.5, NaN]) assert.throws(() => largestOf({ bits }), /whole number from 2 to 16/);
});

Deno.test("scales lie along the outputs of a product, and along the rows of a table", () => {
  const ones = (...dims: number[]) => float32(new Float32Array(dims.reduce((a, b) => a * b)).fill(1), dims);
  const g = new GraphBuilder("weights");
  const x = g.gather(g.parameter("table", ones(7, 4)), g.input("ids", "int64", ["N"]));
  const turned = g.matMul(x, g.transpose(g.parameter("turned", ones(5, 4)), [1, 0]));
  const y = g.gemm(turned, g.parameter("gemm", ones(5, 3)), g.parameter("bias", ones(3)));
  g.output(g.gather(y, g.constant(int64([0]))), "y");
  const found = (per: "tensor" | "row") =>
    quantizable(g.model(), { per }).map(({ name, axis }) => [name, axis]);
  assert.deepEqual(found("row"), [["table", 0], ["turned", 0], ["gemm", 1]]);
  assert.deepEqual(found("tensor"), [["table", undefined], ["turned", undefined], ["gemm", undefined]]);
});
