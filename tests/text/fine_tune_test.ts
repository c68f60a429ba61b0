import assert from "node:assert/strict";
import { bert } from "../../lib/nn/bert.ts";
import { fineTune, type FineTuneOptions } from "../../lib/text/fine_tune.ts";
import { predictionsOf, scorePredictions } from "../../lib/text/metrics.ts";
import { predictTexts } from "../../lib/text/predict.ts";
import type { TextExample } from "../../lib/text/text_set.ts";
import { constantRate } from "../../lib/train/schedules.ts";
import { tokenizerOf } from "./fixture_tokenizer.ts";

const tokenizer = await tokenizerOf("WordPiece, uncased");

const NOUNS = ["movie", "music", "film", "tower", "emoji", "university", "text", "actors"];
const PRAISE = ["charming", "gentle", "funny", "good"];

/** Praise, or not: what is said of which noun, in texts of several lengths; a quarter is held out. */
const all: TextExample[] = NOUNS.flatMap((noun, i) =>
  PRAISE.flatMap((word, j) =>
    [0, 1].map((label): TextExample => {
      const text = `the ${noun} was ${label === 1 ? "" : "not "}${word}`;
      return (i + j) % 2 === 0 ? { text, label } : { text: `${text} , and the music played again`, label };
    })
  )
);
const held = (i: number) => Math.floor(i / 2) % 4 === 1;
const [train, test] = [all.filter((_, i) => !held(i)), all.filter((_, i) => held(i))];

const sizes = {
  vocabulary: tokenizer.vocabulary,
  positions: 32,
  layers: 1,
  hidden: 32,
  heads: 4,
  dropout: 0,
};

Deno.test("one call fine-tunes an encoder, which then tells texts apart that it has not seen", async () => {
  const before = bert({ ...sizes, classes: 2, seed: 1 });
  const labels = ["no", "yes"];
  const { model, history } = await fineTune(before, tokenizer, { train, validation: test, labels }, {
    epochs: 12,
    rate: 3e-3,
    warmUp: 0.1,
    batchSize: 8,
  });
  assert.equal(history.length, 12);
  const truth = test.map(({ label }) => label!);
  const [first, last] = await Promise.all(
    [before, model].map(async (model) =>
      scorePredictions("accuracy", predictionsOf(await predictTexts(model, tokenizer, test)), truth, {
        classes: 2,
      })
    ),
  );
  assert.ok(first!.value < 0.8, `${first!.value}`);
  assert.equal(last!.value, 1);
  assert.equal(history.at(-1)!.validationAccuracy, 1);
});

Deno.test("scores are learned as numbers", async () => {
  // What is praised scores 1, what is not 0: whoever says one number always errs by 0.25.
  const model = bert({ ...sizes, classes: 1, seed: 2 });
  const { history } = await fineTune(model, tokenizer, { train, labels: [] }, {
    epochs: 15,
    rate: 3e-3,
    warmUp: 0.1,
    batchSize: 8,
  });
  assert.ok(history.at(-1)!.loss < 0.05, history.map(({ loss }) => loss).join());
});

Deno.test("a task and a model that do not fit together are errors", async () => {
  const model = bert({ ...sizes, classes: 3, weights: "zeros" });
  await assert.rejects(
    fineTune(model, tokenizer, { train, labels: ["no", "yes"] }),
    /3 outputs on a task with 2 classes/,
  );
  const two = bert({ ...sizes, classes: 2, weights: "zeros" });
  await assert.rejects(
    fineTune(two, tokenizer, { train: [{ text: "good" }], labels: ["no", "yes"] }),
    /text 0 has the label undefined, expected a class from 0 to 1/,
  );
});

Deno.test("a rate beside a schedule is refused, as the schedule has its own", async () => {
  const model = bert({ ...sizes, classes: 2, weights: "zeros" });
  const tune = (options: FineTuneOptions) =>
    fineTune(model, tokenizer, { train: train.slice(0, 4), labels: ["no", "yes"] }, {
      epochs: 1,
      ...options,
    });
  const schedule = constantRate(1e-3);
  const { history } = await tune({ schedule });
  assert.equal(history.length, 1);
  for (const option of [{ rate: 1e-4 }, { warmUp: 0.1 }]) {
    await assert.rejects(
      tune({ schedule, ...option }),
      /^TypeError: Cannot fine-tune with (rate 0.0001|warmUp 0.1) and a schedule: expected one of them/,
    );
  }
});
