import assert from "node:assert/strict";
import { trainingOf } from "../../../lib/papers/meta_pruning/recipe.ts";
import type { Runtime } from "../../../lib/runtime/runtime.ts";

const recipe = { epochs: 10, rate: 0.1, milestones: [0.5, 0.8], batchSize: 32 };
const data = { augment: <T>(batch: T) => batch };
const runtime = {} as Runtime;

Deno.test("the rate is divided by ten at each milestone, and examples are changed only where that is asked for", () => {
  const plain = trainingOf(recipe, { data, seed: 3, runtime });
  const rates = [0, 49, 50, 79, 80, 99].map((step) => plain.schedule!(step, 100));
  assert.deepEqual(rates.map((rate) => Math.round(1e9 * rate) / 1e9), [0.1, 0.1, 0.01, 0.01, 0.001, 0.001]);
  assert.deepEqual([plain.epochs, plain.batchSize, plain.accumulate, plain.seed, plain.augment], [
    10,
    32,
    1,
    3,
    undefined,
  ]);
  const changed = trainingOf({ ...recipe, augment: true, accumulate: 4 }, { data, seed: 3, runtime });
  assert.deepEqual([changed.augment, changed.accumulate], [data.augment, 4]);
});
