import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { foldMixed } from "../../../lib/onnx/passes/fold_mixed.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { runNative } from "../run_native.ts";

Deno.test("what computed weights share is folded for each, and nothing else is kept", async () => {
  const g = new GraphBuilder("shared");
  const x = g.input("x", "float32", [2, 4]);
  const w = g.parameter("w", float32(Array.from({ length: 16 }, (_, i) => Math.sin(i)), [4, 4]));
  const mean = g.reduceMean(w, [0]);
  const centred = g.sub(w, mean);
  const square = g.reduceMean(g.mul(centred, centred), [0]);
  const scaled = g.node("Div", [centred, g.node("Sqrt", [square])[0]!])[0]!;
  g.output(g.add(g.matMul(g.matMul(x, centred), scaled), mean), "y");
  const model = g.model();
  const folded = foldMixed(model);
  assert.deepEqual(folded.graph.nodes.map(({ op }) => op), ["MatMul", "MatMul", "Add", "Identity"]);
  assert.deepEqual([...folded.graph.initializers.keys()].sort(), [mean, centred, scaled].sort());
  const feeds = { x: float32([1, -2, 3, 0.5, 0, 1, 2, -1], [2, 4]) };
  const [given, expected] = [await runNative(folded, feeds), await runNative(model, feeds)];
  assertClose(given["y"]!.data as Float32Array, expected["y"]!.data as Float32Array, REORDERED_FLOAT32, "y");
});
