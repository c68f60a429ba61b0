import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { sortGraph } from "../../lib/onnx/topology.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { changeInput, producerOf } from "../../lib/transformer/change_input.ts";

Deno.test("one input of one node is changed; others that read the same value go on to", async () => {
  const g = new GraphBuilder("graph");
  const x = g.input("x", "float32", ["N"]);
  const difference = g.sub(x, x);
  g.output(difference, "difference");
  g.output(g.add(x, x), "sum");
  assert.equal(producerOf(g, difference).op, "Sub");
  changeInput(g, difference, 1, (value) => g.mul(value, 3));
  const model = g.model();
  const outputs = await runModel(model.withGraph(sortGraph(model.graph)), { x: float32([1, 2]) });
  assert.deepEqual([outputs.difference!.data, outputs.sum!.data], [
    Float32Array.of(-2, -4),
    Float32Array.of(2, 4),
  ]);
});
