import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { type Build, ones } from "./shape_cases.ts";

/** Graphs that cannot run, and what the error must say. */
const contradictions: Record<string, [Build, RegExp]> = {
  "matrices": [
    (g) => g.matMul(g.input("a", "float32", ["N", 3]), g.input("b", "float32", [4, 5])),
    /MatMul \(output "matmul"\).*\[N, 3\] by \[4, 5\].* 3 and 4$/,
  ],
  "channels": [
    (g) => g.conv(g.input("a", "float32", ["N", 3, 8, 8]), g.parameter("w", ones(4, 2, 3, 3))),
    /Conv .*\[N, 3, 8, 8\] has 3 channels, but weight \[4, 2, 3, 3\].* 2$/,
  ],
  "a single channel": [
    (g) => g.conv(g.input("a", "float32", ["N", 1, 8, 8]), g.parameter("w", ones(4, 2, 3, 3))),
    /Conv .*\[N, 1, 8, 8\] has 1 channel, but weight \[4, 2, 3, 3\].* 2$/,
  ],
  "window too large": [
    (g) => g.maxPool(g.input("a", "float32", ["N", 3, 2, 2]), [3, 3]),
    /MaxPool .*window of 3 .*\[N, 3, 2, 2\]/,
  ],
  "broadcast": [
    (g) => g.add(g.input("a", "float32", ["N", 3]), g.input("b", "float32", [4])),
    /Add .*\[N, 3\] and \[4\] do not broadcast/,
  ],
  "gemm": [
    (g) => g.gemm(g.input("a", "float32", [2, 3]), g.input("b", "float32", [2, 3])),
    /Gemm .*\[2, 3\] by \[2, 3\].* 3 and 2$/,
  ],
  "reshape": [
    (g) => g.reshape(g.input("a", "float32", [2, 3]), [4, -1]),
    /Reshape .*\[2, 3\] the shape \[4, -1\]/,
  ],
  "concat": [
    (g) => g.concat([g.input("a", "float32", [2, 3]), g.input("b", "float32", [2, 4])], 0),
    /Concat .*\[2, 3\] and \[2, 4\] along axis 0/,
  ],
  "axis": [
    (g) => g.softmax(g.reduceSum(g.input("a", "float32", [2, 3]), [2])),
    /ReduceSum .*axis 2 is outside rank 2.*\[2, 3\]/,
  ],
  "channels of a norm": [
    (g) => {
      const c = g.parameter("c", ones(4));
      g.batchNorm(g.input("a", "float32", ["N", 3, 2]), c, c, c, c);
    },
    /BatchNormalization .*\[N, 3, 2\] has 3 channels.*"c" has \[4\]/,
  ],
  "squeeze": [
    (g) => g.squeeze(g.input("a", "float32", [2, 3]), [0]),
    /Squeeze .*axis 0 of \[2, 3\]/,
  ],
};

for (const [name, [build, message]] of Object.entries(contradictions)) {
  Deno.test(`inferShapes: a contradiction names node and shapes: ${name}`, () => {
    assert.throws(() => build(new GraphBuilder("wrong")), (error: Error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /^Cannot infer the shape of /);
      assert.match(error.message, message);
      return true;
    });
  });
}
