import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { addRow } from "../../../lib/onnx/operators/table.ts";
import {
  type ComposedOf,
  composeOperators,
  compositions,
} from "../../../lib/onnx/passes/compose_operators.ts";
import { float32, numbersOf } from "../../../lib/tensor/tensor.ts";
import { runNative } from "../run_native.ts";

const square: ComposedOf = (g, { inputs: [x] }) => [g.mul(x!, x!)];

Deno.test("an operator that no engine has is written as what it is composed of, while it is registered", async () => {
  const g = new GraphBuilder("composed", { "": 20, "com.acme": 1 });
  const [y] = g.node("Square", [g.input("x", "float32", [3])], {}, { domain: "com.acme" });
  g.declare(y!, { type: "float32", shape: [3] });
  g.output(g.add(y!, 1), "y");
  const model = g.model();
  assert.equal(composeOperators(model), model, "nobody says what it is composed of");
  const takeBack = addRow(compositions, "com.acme:Square", square);
  try {
    const { y } = await runNative(composeOperators(model), { x: float32([1, -2, 3]) });
    assert.deepEqual(numbersOf(y!), [2, 5, 10]);
  } finally {
    takeBack();
  }
  assert.equal(composeOperators(model), model);
});
