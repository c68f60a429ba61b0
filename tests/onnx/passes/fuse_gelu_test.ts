import assert from "node:assert/strict";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { fuseGelu } from "../../../lib/onnx/passes/fuse_gelu.ts";
import { float32, numbersOf } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { runNative } from "../run_native.ts";

function network(write: (g: GraphBuilder, x: Value) => Value): Model {
  const g = new GraphBuilder();
  g.output(g.tanh(write(g, g.input("x", "float32", [7]))));
  return g.model();
}

const WRITTEN: Record<string, (g: GraphBuilder, x: Value) => Value> = {
  "as PyTorch exports it": (g, x) => g.mul(g.mul(x, g.add(g.erf(g.div(x, Math.SQRT2)), 1)), 0.5),
  "the half first": (g, x) => g.mul(g.add(1, g.erf(g.mul(Math.SQRT1_2, x))), g.mul(0.5, x)),
};

for (const [name, write] of Object.entries(WRITTEN)) {
  Deno.test(`a GELU of five nodes becomes one: ${name}`, async () => {
    const model = network(write);
    const fused = fuseGelu(model);
    assert.deepEqual(fused.graph.nodes.map(({ op }) => op), ["Gelu", "Tanh"]);
    const x = float32([-3, -1, -0.1, 0, 0.5, 2, 9]);
    const [before, after] = [await runNative(model, { x }), await runNative(fused, { x })];
    const [y] = model.graph.outputs;
    assertClose(numbersOf(after[y!]!), numbersOf(before[y!]!), REORDERED_FLOAT32);
  });
}

Deno.test("what is no GELU, or is read in between, stays", () => {
  const others: ((g: GraphBuilder, x: Value) => Value)[] = [
    (g, x) => g.mul(g.mul(x, g.add(g.erf(g.div(x, 1.5)), 1)), 0.5),
    (g, x) => g.mul(g.mul(g.neg(x), g.add(g.erf(g.div(x, Math.SQRT2)), 1)), 0.5),
    (g, x) => g.mul(g.mul(x, g.add(g.erf(g.div(x, Math.SQRT2)), 2)), 0.5),
    (g, x) => {
      const erf = g.erf(g.div(x, Math.SQRT2));
      return g.add(erf, g.mul(g.mul(x, g.add(erf, 1)), 0.5));
    },
  ];
  for (const write of others) {
    const model = network(write);
    assert.equal(fuseGelu(model), model);
  }
});
