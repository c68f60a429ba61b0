import assert from "node:assert/strict";
import { bert } from "../../lib/nn/bert.ts";
import { encodeTexts, textBatches } from "../../lib/text/batches.ts";
import { taskBatches } from "../../lib/text/task_batches.ts";
import { tokenizerOf } from "./fixture_tokenizer.ts";

const tokenizer = await tokenizerOf("WordPiece, uncased");
const sizes = { vocabulary: tokenizer.vocabulary, positions: 16, layers: 1, hidden: 4, heads: 1 } as const;
const model = bert({ ...sizes, classes: 2, weights: "zeros" });
const examples = ["good", "the movie was not good", "the music", "funny"].map((text, i) => ({
  text,
  label: i % 2,
}));

Deno.test("a task's batches are those of its texts' tokens, filled up with the tokenizer's padding", async () => {
  const how = { batchSize: 3, shuffleSeed: 5 };
  const [task, texts] = [
    taskBatches(model, tokenizer, { examples, labels: ["no", "yes"] }, { ...how, maxLength: 4 }),
    textBatches(model, {
      texts: encodeTexts(model, tokenizer, examples, 4),
      labels: examples.map(({ label }) => label),
      classes: 2,
    }, { ...how, padding: tokenizer.padding }),
  ];
  assert.equal(task.stepsPerEpoch, 2);
  for (const step of [0, 1]) assert.deepEqual(await task.batch(3, step), await texts.batch(3, step));
});

Deno.test("a task without classes has scores for targets, and with them no label beyond", async () => {
  const { targets } = await taskBatches(model, tokenizer, { examples, labels: [] }).batch(0, 0);
  assert.deepEqual(Object.keys(targets), ["expected"]);
  const labelled = { examples: [{ text: "good", label: 2 }], labels: ["no", "yes"] };
  assert.throws(() => taskBatches(model, tokenizer, labelled), /label 2, expected a class from 0 to 1/);
});

Deno.test("what is forgotten, or not awaited, is told in a sentence", () => {
  const call = (...given: unknown[]) => () => (taskBatches as (...given: unknown[]) => unknown)(...given);
  const task = { examples, labels: ["no", "yes"] };
  assert.throws(
    call(model, tokenizer, { examples }),
    /^TypeError: .* with labels nothing: expected a list of the/,
  );
  assert.throws(
    call(model, tokenizer),
    /^TypeError: Cannot make batches of nothing: expected \{ examples, labels \}/,
  );
  assert.throws(
    call(model, tokenizer, Promise.resolve(task)),
    /batches of a promise, which has to be awaited/,
  );
  assert.throws(
    call(model, tokenizer, { labels: [] }),
    /^TypeError: Cannot encode texts: expected \{ text \}/,
  );
  assert.throws(
    call(model, undefined, task),
    /^TypeError: Cannot encode texts with nothing: expected a tokenizer, as await/,
  );
  assert.throws(
    call(model, Promise.resolve(tokenizer), task),
    /with a promise, which has to be awaited first: expected a tokenizer/,
  );
  assert.throws(call(undefined, tokenizer, task), /^TypeError: Cannot use undefined as a model/);
  assert.throws(
    call(model, tokenizer, { examples: [], labels: [] }),
    /^RangeError: Cannot make batches of no texts/,
  );
});
