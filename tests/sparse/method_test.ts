import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { pruningStepsOf, sparseMethod, type SparseRules } from "../../lib/sparse/method.ts";
import { trainingStep } from "../../lib/train/training_step.ts";

const rules: SparseRules = { name: "nothing", pruningSteps: () => 3, freeze: () => ({}) };
const model = mlp({ sizes: [2, 4, 2] });
const run = { model, step: trainingStep(model), steps: 10, rate: () => 0.1, seed: 0 };

Deno.test("a method prunes all weights of products, or what its rules say", () => {
  const found = (method: SparseRules) => sparseMethod(method).sparsifier(run).describe;
  assert.equal(found(rules), "sparsify nothing, 3 steps, 0.weight 2.weight");
  assert.equal(
    found({ ...rules, prunable: ({ name }) => name.startsWith("2") }),
    "sparsify nothing, 3 steps, 2.weight 2.bias",
  );
});

Deno.test("a copy of a method with one rule changed follows that rule", () => {
  const copy = { ...sparseMethod(rules), pruningSteps: () => 5 };
  assert.equal(copy.sparsifier(run).describe, "sparsify nothing, 5 steps, 0.weight 2.weight");
});

Deno.test("structure learning lasts 70 % of the run, rounded, or as many steps as asked", () => {
  assert.deepEqual([0, 1, 2, 10, 15].map(pruningStepsOf(undefined)), [0, 1, 1, 7, 11]);
  assert.deepEqual([0, 10].map(pruningStepsOf(4)), [4, 4]);
  for (const steps of [-1, 0.5, NaN]) {
    assert.throws(() => pruningStepsOf(steps), {
      name: "RangeError",
      message: /expected a whole number from 0$/,
    });
  }
});
