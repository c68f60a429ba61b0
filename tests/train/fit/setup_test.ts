import assert from "node:assert/strict";
import { inferShapes } from "../../../lib/onnx/infer_shapes.ts";
import type { Sparsify } from "../../../lib/train/sparsifier.ts";
import { setUp } from "../../../lib/train/fit/setup.ts";
import { moons, network } from "../moons.ts";

Deno.test("a run has as many steps as its epochs have batches", () => {
  const stepsOf = (batchSize?: number) =>
    setUp(network(), moons(20, 1), { epochs: 3, ...batchSize !== undefined && { batchSize } }).steps;
  assert.deepEqual([stepsOf(), stepsOf(8), stepsOf(1)], [3, 9, 60]);
  const fixed = inferShapes(network(), { inputShapes: { input: [8, 2] } });
  for (const batchSize of [undefined, 8]) {
    const { steps } = setUp(fixed, moons(20, 1), { epochs: 3, batchSize });
    assert.equal(steps, 6, "a fixed batch size leaves out what is too small for it");
  }
});

Deno.test("a path is a checkpoint's shortest option", () => {
  const savingOf = (checkpoint: string | { path: string }) =>
    setUp(network(), moons(4, 1), { epochs: 1, checkpoint }).saving;
  assert.deepEqual(savingOf("run"), savingOf({ path: "run" }));
  assert.equal(setUp(network(), moons(4, 1), { epochs: 1 }).saving, undefined);
});

Deno.test("what sparsifies is told of the run, and its weights get inputs for decay", () => {
  const told: unknown[] = [];
  const sparsify: Sparsify = {
    prunable: ({ name }) => name === "2.weight",
    usesPerWeightDecay: true,
    sparsifier: ({ steps, seed, rate }) => (told.push(steps, seed, rate(1)), undefined as never),
  };
  const { step } = setUp(network(), moons(20, 1), {
    epochs: 2,
    batchSize: 10,
    seed: 5,
    sparsify,
    schedule: (at, of) => at / of,
  });
  assert.deepEqual([told, Object.keys(step.decayInputs)], [[4, 5, 0.25], ["2.weight"]]);
});

Deno.test("options that cannot be are refused", () => {
  const refused: [object, RegExp][] = [
    [{ epochs: 1.5 }, /^Cannot train for 1.5 epochs: expected a whole number, as in /],
    [{ epochs: -1 }, /^Cannot train for -1 epochs/],
    [{ epochs: 1, schedule: 0.1 }, /^Cannot train with schedule 0.1: expected a function/],
    [
      { epochs: 1, sparsify: { freeze: () => ({}) } },
      /^Cannot train with what was given as sparsify.*sparseMethod/,
    ],
    [
      { epochs: 1, watch: { everySteps: 0, look: () => {} } },
      /^Cannot watch training with everySteps 0: expected a whole number from 1$/,
    ],
    [
      { epochs: 1, checkpoint: { path: "run", everySteps: 0 } },
      /^Cannot save a checkpoint with everySteps 0/,
    ],
    [
      { epochs: 1, checkpoint: { path: "run", everySeconds: NaN } },
      /checkpoint with everySeconds NaN: .* above 0$/,
    ],
  ];
  for (const [options, message] of refused) {
    assert.throws(() => setUp(network(), moons(4, 1), options as { epochs: number }), { message });
  }
});
