import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { backward } from "../../../lib/onnx/gradients.ts";
import { constantOf, isDifferentiable, madeOf } from "../../../lib/onnx/gradients/call.ts";
import { gradientRules } from "../../../lib/onnx/gradients/table.ts";
import { addRow } from "../../../lib/onnx/operators/table.ts";
import { numbersOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { run } from "./check.ts";

Deno.test("the gradient of an operator that is made of others is theirs, and of no input that is not asked for", async () => {
  // f(x, y) = x² · y: d f / d x = 2 x y.
  const rule = madeOf(({ g }, [x, y]) => [g.mul(g.mul(x!, x!), y!)]);
  const takeBack = addRow(gradientRules, "com.acme:F", rule);
  try {
    const g = new GraphBuilder("made", { "": 20, "com.acme": 1 });
    const [x, y] = [g.input("x", "float64", []), g.input("y", "float64", [])];
    const [f] = g.node("F", [x, y], {}, { domain: "com.acme" });
    g.declare(f!, { type: "float64", shape: [] });
    const found = backward(g, f!, [x]);
    g.output(found[x]!, "dx");
    assert.ok(!g.nodes.some(({ op, inputs }) => op === "Identity" && inputs[0] === y), "y is not copied");
    const nodes = g.graph().nodes.filter(({ domain }) => domain !== "com.acme");
    const one = (value: number) => new Tensor("float64", Float64Array.of(value), []);
    const model = g.model().withGraph({ ...g.graph(), nodes, outputs: ["dx"] });
    const { dx } = await run(model, { x: one(3), y: one(-5) });
    assert.deepEqual(numbersOf(dx!), [-30]);
  } finally {
    takeBack();
  }
});

Deno.test("constants have the type that is asked for, and gradients flow through floats", () => {
  const g = new GraphBuilder("constants");
  for (const type of ["float32", "float64", "float16", "bfloat16"] as const) {
    assert.deepEqual(g.info(constantOf(g, type, 0.5)), { type, shape: [] });
    assert.ok(isDifferentiable(type));
  }
  assert.equal(g.info(constantOf(g, undefined, 0.5)).type, "float32");
  assert.ok(isDifferentiable(undefined));
  for (const type of ["int64", "bool", "string", "uint8"] as const) assert.ok(!isDifferentiable(type), type);
});
