import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { sharedStep, stepOptions } from "../../lib/runtime/step_sessions.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { trainingStep } from "../../lib/train/training_step.ts";

Deno.test("a step that trains all weights is spared what finds nothing; what is frozen is inference", () => {
  const model = mlp({ sizes: [40, 30, 4] });
  assert.ok(stepOptions(trainingStep(model).model).extra);
  const [first] = model.graph.initializers.keys();
  assert.deepEqual(stepOptions(trainingStep(model, { freeze: ({ name }) => name === first }).model), {});
});

Deno.test("tables in gradients of depthwise convolutions are no weights", () => {
  const g = new GraphBuilder();
  const w = g.parameter("w", float32(new Array(16 * 9).fill(0.1), [16, 1, 3, 3]));
  const x = g.conv(g.input("x", "float32", [4, 16, 6, 6]), w, undefined, { group: 16 });
  g.output(g.flatten(g.globalAveragePool(x)), "logits");
  const { model } = trainingStep(g.model());
  assert.ok(
    model.graph.nodes.some(({ op, inputs }) => op === "MatMul" && model.graph.initializers.has(inputs[1]!)),
  );
  assert.ok(stepOptions(model).extra);
});

Deno.test("batch norms and their gradients compute what both need once", () => {
  const step = trainingStep(resnetCifar()).model;
  const means = (model: typeof step) => model.graph.nodes.filter(({ op }) => op === "ReduceMean").length;
  // Mean and variance of 19 batch norms, and the loss.
  assert.ok(means(step) > 39);
  assert.equal(means(sharedStep(step)), 39);
});
