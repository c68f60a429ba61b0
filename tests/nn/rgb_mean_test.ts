import assert from "node:assert/strict";
import { addMean, subtractMean } from "../../lib/nn/rgb_mean.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, numbersOf } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";

Deno.test("the mean of DIV2K is taken off each colour and put back on; luma has none", async () => {
  const g = new GraphBuilder("mean");
  const x = g.input("x", "float32", [1, 3, 1, 2]);
  const less = subtractMean(g, x, 3);
  g.output(less, "less");
  g.output(addMean(g, less, 3), "again");
  const given = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
  const outputs = await runNative(g.model(), { x: float32(given, [1, 3, 1, 2]) });
  // The published means of red, green and blue.
  const mean = [0.4488, 0.4371, 0.4040];
  assertClose(numbersOf(outputs.less!), given.map((value, i) => value - mean[i >> 1]!), REORDERED_FLOAT32);
  assertClose(numbersOf(outputs.again!), given, REORDERED_FLOAT32);
  assert.deepEqual([subtractMean(g, x, 1), addMean(g, x, 1)], [x, x]);
});
