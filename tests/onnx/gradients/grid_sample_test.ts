import assert from "node:assert/strict";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import { backward } from "../../../lib/onnx/gradients.ts";
import { checkGradient, numbers } from "./check.ts";

const x = numbers([1, 2, 3, 4]);
const grid = numbers([1, 2, 3, 2], { low: -1.2, high: 1.2, seed: 5 });
const declared = { x: ["N", "C", "H", "W"], grid: ["N", "A", "B", 2] };

for (const padding_mode of ["zeros", "border", "reflection"]) {
  Deno.test(`gradients of GridSample, ${padding_mode}, of images whose size is known or not`, async () => {
    for (const align_corners of [0, 1]) {
      const build = (g: GraphBuilder, ...inputs: Value[]) =>
        g.node("GridSample", inputs, { padding_mode, align_corners })[0]!;
      await checkGradient(build, { x, grid });
      await checkGradient(build, { x, grid }, { declared });
    }
  });
}

Deno.test("GridSample by cubes has no gradient, and says so", () => {
  const g = new GraphBuilder();
  const inputs = [g.input("x", "float32", [1, 2, 3, 4]), g.input("grid", "float32", [1, 2, 3, 2])];
  const [y] = g.node("GridSample", inputs, { mode: "cubic" });
  assert.throws(() => backward(g, g.reduceSum(y!, undefined, { keepdims: false }), ["x"]), /found "cubic"/);
});
