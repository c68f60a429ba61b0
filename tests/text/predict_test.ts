import assert from "node:assert/strict";
import { bert } from "../../lib/nn/bert.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { int64, numbersOf } from "../../lib/tensor/tensor.ts";
import { embedTexts, predictTexts } from "../../lib/text/predict.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { tokenizerOf } from "./fixture_tokenizer.ts";

const tokenizer = await tokenizerOf("WordPiece, uncased");
const sizes = {
  vocabulary: tokenizer.vocabulary,
  positions: 32,
  layers: 1,
  hidden: 32,
  heads: 4,
  dropout: 0,
};

/** Texts of several lengths, in no order of them. */
const all = Array.from(
  { length: 64 },
  (_, i) => ({ text: "the movie was not charming ".repeat(1 + (i * 7) % 5) }),
);

Deno.test("predictions are in the order of the texts, whatever the batches", async () => {
  const model = bert({ ...sizes, pooling: "mean", classes: 3, seed: 5 });
  const [together, alone] = [
    await predictTexts(model, tokenizer, all, { batchSize: 7 }),
    await predictTexts(model, tokenizer, all, { batchSize: 1 }),
  ];
  assert.deepEqual(together.dims, [64, 3]);
  assertClose(together.data as Float32Array, alone.data as Float32Array, REORDERED_FLOAT32);
});

Deno.test("a text is embedded as the mean of its tokens' states, of length 1, whatever stands beside it", async () => {
  const model = bert({ ...sizes, head: "none", seed: 3 });
  const texts = ["the movie", "the music was charming , and the movie played again"];
  const together = await embedTexts(model, tokenizer, texts);
  assert.deepEqual(together.dims, [2, 32]);
  const { ids, types } = tokenizer.encode(texts[0]!);
  const row = (values: number[]) => int64(values, [1, ids.length]);
  const inputs = { input_ids: row(ids), attention_mask: row(ids.map(() => 1)), token_type_ids: row(types) };
  const states = numbersOf(Object.values(await runModel(model, inputs))[0]!);
  const sums = Array.from({ length: 32 }, (_, j) => ids.reduce((sum, _, t) => sum + states[32 * t + j]!, 0));
  const expected = sums.map((sum) => sum / Math.hypot(...sums));
  assertClose((together.data as Float32Array).subarray(0, 32), expected, REORDERED_FLOAT32);
  await assert.rejects(embedTexts(bert({ ...sizes, classes: 2 }), tokenizer, texts), {
    name: "TypeError",
    message: /has the shape \[2, 2\]; expected \[texts, length, hidden\]: load the encoder with head "none"$/,
  });
});

Deno.test("what is no text is told with what was expected", async () => {
  const fitting = bert({ ...sizes, weights: "zeros" });
  const predict = (examples: unknown) =>
    predictTexts(fitting, tokenizer, examples as Parameters<typeof predictTexts>[2]);
  const expected = "expected { text } or { text, pair }, of strings";
  for (
    const [examples, message] of [
      [["a text"], `Cannot encode text 0: ${expected}; found "a text"`],
      [[{ text: "a" }, { sentence: "b" }], `Cannot encode text 1: ${expected}; found {"sentence":"b"}`],
      [[{ text: "a", pair: 3 }], `Cannot encode text 0: ${expected}; found {"text":"a","pair":3}`],
      [[undefined], `Cannot encode text 0: ${expected}; found undefined`],
      ["a text", `Cannot encode texts: ${expected}, in a list; found "a text"`],
    ] as const
  ) {
    await assert.rejects(predict(examples), { name: "TypeError", message });
  }
  await assert.rejects(embedTexts(fitting, tokenizer, [{ text: "a" }] as unknown as string[]), {
    name: "TypeError",
    message: 'Cannot embed text 0: expected a string, found {"text":"a"}',
  });
});
