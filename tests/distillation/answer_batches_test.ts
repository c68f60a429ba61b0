import assert from "node:assert/strict";
import { answerBatches, answerExample } from "../../lib/distillation/answer_batches.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { drawnWeights, examples, open } from "./drawn.ts";

Deno.test("batches hold the next tokens, and which of them are answers; what is filled up does not count", async () => {
  const source = answerBatches([{ prompt: [5, 6], answer: [7, 0] }, { prompt: [8], answer: [9] }], {
    batchSize: 2,
  });
  const { inputs, targets } = await source.batch(0, 0);
  const rows = ({ data }: Tensor) => Array.from(data as Float32Array, Number);
  assert.deepEqual(rows(inputs.input_ids!), [5, 6, 7, 8, 0, 0]);
  assert.deepEqual(rows(targets.tokens!), [6, 7, 0, 9, 0, 0]);
  assert.deepEqual(rows(targets.counts!), [0, 1, 1, 1, 0, 0]);
  const shuffled = answerBatches(examples, { batchSize: 3, shuffleSeed: 1 });
  assert.equal(shuffled.stepsPerEpoch, 3);
  assert.deepEqual(await shuffled.batch(2, 1), await shuffled.batch(2, 1));
  assert.notDeepEqual(await shuffled.batch(2, 1), await shuffled.batch(3, 1));
  const cut = await answerBatches([{ prompt: [5, 6], answer: [7, 8, 9] }], { maxLength: 3 }).batch(0, 0);
  assert.deepEqual([rows(cut.targets.tokens!), rows(cut.targets.counts!)], [[6, 7], [0, 1]]);
  assert.throws(
    () => answerBatches([{ prompt: [1, 2, 3], answer: [4] }], { maxLength: 3 }),
    /a prompt of 1 to 2 tokens/,
  );
  assert.throws(() => answerBatches([]), /of no answers: expected one at least/);
});

Deno.test("an example of texts ends with the token that ends an answer", async () => {
  await using model = open(drawnWeights(1));
  assert.deepEqual(answerExample(model, "56", "78"), { prompt: [5, 6], answer: [7, 8, 0] });
});
