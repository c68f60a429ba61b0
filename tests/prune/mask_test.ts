import { deepEqual } from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { mask } from "../../lib/prune/mask.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";

Deno.test("a mask is zero in what makes a channel and what reads it, and leaves statistics alone", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["N", 2]);
  const vector = (name: string, numbers: number[]) => g.parameter(name, float32(numbers));
  const made = g.matMul(x, g.parameter("made", float32([1, 2, 3, 4, 5, 6], [2, 3])));
  const normed = g.node("BatchNormalization", [
    made,
    vector("scale", [3, 1, 2]),
    vector("shift", [1, 1, 1.5]),
    vector("mean", [7, 8, 9]),
    vector("variance", [1, 2, 3]),
  ])[0]!;
  g.output(g.matMul(normed, g.parameter("read", float32([1, 2, 3], [3, 1]))), "y");
  const model = g.model();
  const { graph } = mask(model, planPruning(model, { target: { parameters: 0.7 }, criterion: "bn-scale" }));
  const numbers = (name: string) => Array.from((graph.initializers.get(name) as Tensor).data as Float32Array);
  deepEqual(numbers("made"), [1, 0, 3, 4, 0, 6]);
  deepEqual([numbers("scale"), numbers("shift"), numbers("read")], [[3, 0, 2], [1, 0, 1.5], [1, 0, 3]]);
  deepEqual([numbers("mean"), numbers("variance")], [[7, 8, 9], [1, 2, 3]]);
});
