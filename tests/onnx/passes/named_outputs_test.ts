import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { nameOutputs } from "../../../lib/onnx/passes/named_outputs.ts";
import { float32, numbersOf } from "../../../lib/tensor/tensor.ts";
import { openNative } from "../../../lib/runtime/native.ts";

Deno.test("outputs are named where they are made; values that are fed or given out twice keep their copies", async () => {
  const g = new GraphBuilder("names");
  const x = g.input("x", "float32", [2]);
  const twice = g.mul(x, 2);
  g.output(g.add(twice, 1), "more");
  g.output(twice, "twice");
  g.output(twice, "again");
  g.output(x, "same");
  const model = g.model();
  const named = nameOutputs(model);
  assert.deepEqual(named.graph.outputs, model.graph.outputs);
  assert.deepEqual(named.graph.nodes.map(({ op, inputs, outputs }) => [op, inputs[0], outputs[0]]), [
    ["Mul", "x", "twice"],
    ["Add", "twice", "more"],
    ["Identity", "twice", "again"],
    ["Identity", "x", "same"],
  ]);
  const runtime = await openNative();
  const results = await (await runtime.session(named.toOnnx())).run({ x: float32([1, 5]) });
  await runtime.close();
  const found = Object.fromEntries(Object.entries(results).map(([name, value]) => [name, numbersOf(value)]));
  assert.deepEqual(found, { more: [3, 11], twice: [2, 10], again: [2, 10], same: [1, 5] });
});
