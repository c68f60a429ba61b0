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

Deno.test("along a cosine the rate rises and falls between epochs, and batches are mixed after crops", () => {
  const cosine = { last: 0.001, warmUp: 0.2, first: 0.01 };
  const mix = { mixUp: 0.2, cutMix: 0.5 };
  const { milestones: _, ...plain } = recipe;
  const training = trainingOf(
    { ...plain, cosine, optimizer: "adamW", weightDecay: 0.01, clip: 1, labelSmoothing: 0.1, mix },
    { data, seed: 3, runtime },
  );
  const rates = Array.from({ length: 20 }, (_, step) => training.schedule!(step, 20));
  const falling = Array.from({ length: 8 }, (_, i) => 0.001 + 0.099 * (1 + Math.cos(Math.PI * i / 8)) / 2);
  const expected = [0.001, 0.0505, ...falling].flatMap((rate) => [rate, rate]);
  assert.deepEqual(rates.map((rate) => rate.toFixed(12)), expected.map((rate) => rate.toFixed(12)));
  assert.equal(training.clip, 1);
  assert.equal(training.optimizer!.name, "adamW(0.9, 0.999, 1e-8, 0.01)");
  assert.equal(training.loss!.name, "mixedCrossEntropy(0.1)");
  assert.equal(`${training.augment}`, "oneOf(mixUp(0.2), cutMix(0.5))");
  const both = trainingOf({ ...recipe, mix, augment: true }, { data, seed: 3, runtime });
  assert.equal(`${both.augment}`, `inTurn(${data.augment}, oneOf(mixUp(0.2), cutMix(0.5)))`);
});
