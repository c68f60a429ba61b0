import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { sharedStep, stepOptions } from "../../lib/runtime/step_sessions.ts";
import { trainingStep } from "../../lib/train/training_step.ts";

Deno.test("a step that trains all weights is spared what finds nothing; what is frozen is inference", () => {
  const model = mlp({ sizes: [2, 3, 4] });
  assert.ok(stepOptions(trainingStep(model).model).extra);
  const [first] = model.graph.initializers.keys();
  assert.deepEqual(stepOptions(trainingStep(model, { freeze: ({ name }) => name === first }).model), {});
});

Deno.test("batch norms and their gradients compute what both need once", () => {
  const step = trainingStep(resnetCifar()).model;
  const means = (model: typeof step) => model.graph.nodes.filter(({ op }) => op === "ReduceMean").length;
  // Mean and variance of 19 batch norms, and the loss.
  assert.ok(means(step) > 39);
  assert.equal(means(sharedStep(step)), 39);
});
