import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import type { Runtime, Session, Tensors } from "../../lib/runtime/runtime.ts";
import { sparseMethod, type SparseRules } from "../../lib/sparse/method.ts";
import { sparsifier } from "../../lib/sparse/sparsifier.ts";
import { trainingStep } from "../../lib/train/training_step.ts";

const model = mlp({ sizes: [2, 2] });
const step = trainingStep(model, { ema: 0.5, usesPerWeightDecay: ({ role }) => role === "weight" });
const run = { model, step, steps: 4, rate: (at: number) => 0.1 * (at + 1), seed: 7 };
const runtime = {} as Runtime;

/** A session whose weights are these, and their averages twice as much. */
function sessionOf(
  weights: number[],
): { session: Session; weights: () => number[]; averages: () => number[] } {
  const average = Object.keys(step.state).find((name) => name.startsWith("average.0.weight"))!;
  const carried: Tensors = {
    ...step.state,
    "0.weight": float32(weights, [2, 2]),
    [average]: float32(weights.map((w) => 2 * w), [2, 2]),
  };
  const numbers = (name: string) => () => [...carried[name]!.data as Float32Array];
  return {
    session: { carried: () => carried } as unknown as Session,
    weights: numbers("0.weight"),
    averages: numbers(average),
  };
}

/** Says what it is asked, keeps the first and the last weight, and decays by the step's number. */
function telling(said: string[]): SparseRules<string> {
  return {
    name: "told",
    usesPerWeightDecay: true,
    pruningSteps: () => 2,
    before: (layers, { step, rate, highestRate, seed }) =>
      `${layers[0]!.name}, ${step}, ${rate} to ${highestRate}, ${seed}`,
    beforeStep: ([layer], { step }, plan) => {
      said.push(`before ${step}: ${plan}`);
      layer!.decay.fill(step);
      layer!.marks[0] = step;
    },
    afterStep: ([layer], { step, rate }) => {
      said.push(`after ${step}, ${rate}`);
      layer!.weights[1]! += 10;
    },
    freeze: ([layer]) => {
      said.push("freeze");
      return { [layer!.name]: { dims: layer!.dims, bits: Uint8Array.of(0b1001) } };
    },
  };
}

Deno.test("a method is asked at each step until its masks are there, and they hold from then on", async () => {
  const said: string[] = [];
  const at = sparsifier(sparseMethod(telling(said)), run);
  const { session, weights, averages } = sessionOf([1, 2, 3, 4]);
  await at.begin(runtime, session, 0, undefined);
  await at.beforeStep(session, 1);
  assert.deepEqual(Object.entries(at.feeds).map(([name, { data }]) => [name, ...data as Float32Array]), [
    [step.decayInputs["0.weight"], 1, 1, 1, 1],
  ]);
  await at.afterStep(session, 1);
  assert.deepEqual([weights(), at.masks], [[1, 12, 3, 4], undefined]);
  await at.beforeStep(session, 2);
  await at.afterStep(session, 2);
  assert.deepEqual([weights(), averages()], [[1, 0, 0, 4], [2, 0, 0, 8]]);
  assert.deepEqual(
    [...Object.values(at.feeds)[0]!.data as Float32Array],
    [0, 0, 0, 0],
    "nothing decays any more",
  );
  // An optimizer that knows of no masks moves all weights.
  (session.carried()["0.weight"]!.data as Float32Array).set([5, 6, 7, 8]);
  await at.beforeStep(session, 3);
  await at.afterStep(session, 3);
  assert.deepEqual(weights(), [5, 0, 0, 8]);
  const plan = "0.weight, 0, 0.1 to 0.2, 7";
  assert.deepEqual(said, [
    `before 1: ${plan}`,
    "after 1, 0.1",
    `before 2: ${plan}`,
    "after 2, 0.2",
    "freeze",
  ]);
  at.release();
});

Deno.test("what is saved is taken up: decay and marks before the decision, masks after it", async () => {
  const first = sparsifier(sparseMethod(telling([])), run);
  const { session } = sessionOf([1, 2, 3, 4]);
  await first.begin(runtime, session, 0, undefined);
  await first.beforeStep(session, 1);
  const early = first.saved();
  const second = sparsifier(sparseMethod(telling([])), run);
  await second.begin(runtime, session, 1, early);
  assert.deepEqual(
    Object.entries(second.saved()).map(([name, { data }]) => [name, ...data as Uint8Array]),
    [["decay/0.weight", 1, 1, 1, 1], ["marks/0.weight", 1, 0, 0, 0]],
  );
  await first.afterStep(session, 2);
  const said: string[] = [];
  const third = sparsifier(sparseMethod(telling(said)), run);
  await third.begin(runtime, session, 2, first.saved());
  assert.deepEqual([third.masks, said], [first.masks, []]);
});

Deno.test("structure learning takes a whole number of steps, as many as the run has at most", () => {
  for (const steps of [2.5, -1, NaN, 5]) {
    assert.throws(() => sparsifier(sparseMethod({ ...telling([]), pruningSteps: () => steps }), run), {
      name: "RangeError",
      message:
        /^Cannot prune by told(?: with pruningSteps .*: expected a whole number from 0|: .* takes 5 steps.*)$/,
    });
  }
});

Deno.test("a method without steps of structure learning decides before the first step", async () => {
  const at = sparsifier(sparseMethod({ ...telling([]), pruningSteps: () => 0 }), run);
  const { session, weights } = sessionOf([1, 2, 3, 4]);
  await at.begin(runtime, session, 0, undefined);
  assert.deepEqual(weights(), [1, 0, 0, 4]);
});
