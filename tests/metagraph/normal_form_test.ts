import assert from "node:assert/strict";
import { normalForm } from "../../lib/metagraph/normal_form.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

Deno.test("a model in normal form is itself; constants become stored tensors, equal zeros one for each reader", () => {
  const plain = mlp({ sizes: [2, 3, 2] });
  assert.equal(normalForm(plain), plain);
  const g = new GraphBuilder("exported");
  const [w] = g.node("Constant", [], { value: float32([1, 2, 3, 4], [2, 2]) }, { name: "w" });
  const zeros = g.parameter("zeros", float32([0, 0]));
  let x = g.input("x", "float32", [1, 2]);
  for (let i = 0; i < 2; i++) x = g.add(g.matMul(x, w!), zeros);
  g.output(x, "y");
  const { nodes, initializers } = normalForm(g.model()).graph;
  assert.ok(!nodes.some(({ op }) => op === "Constant"));
  assert.deepEqual([...initializers.keys()].sort(), ["w", "zeros", "zeros.1"]);
  const adds = nodes.filter(({ op }) => op === "Add").map(({ inputs }) => inputs[1]);
  assert.deepEqual(adds, ["zeros", "zeros.1"]);
});
