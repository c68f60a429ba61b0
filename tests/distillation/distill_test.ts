import assert from "node:assert/strict";
import { answerBatches, type AnswerExample } from "../../lib/distillation/answer_batches.ts";
import { answerCrossEntropy } from "../../lib/distillation/answer_losses.ts";
import { distill } from "../../lib/distillation/distill.ts";
import { distillOnPolicy } from "../../lib/distillation/distill_on_policy.ts";
import { teacherBatches } from "../../lib/distillation/teacher_batches.ts";
import { type LanguageModel, languageModel } from "../../lib/lm/language_model.ts";
import { wholeGraph } from "../../lib/lm/read/load_decoder.ts";
import type { DecoderWeights } from "../../lib/lm/read/weights.ts";
import { decoder } from "../../lib/nn/decoder.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { magnitudeMasks, maskWeights, nonZeroMasks } from "../../lib/sparse/masks.ts";
import { constantRate } from "../../lib/train/schedules.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import type { Vocabulary } from "../../lib/text/vocabulary/vocabulary.ts";

const TOKENS = 12;
const options = { vocabulary: TOKENS, context: 16, layers: 2, hidden: 16, heads: 4, neurons: 24 };

/** Weights of a small decoder, with matrices large enough that it holds something for likelier. */
function drawnWeights(seed: number, scale = 10): DecoderWeights {
  const tensors = Object.fromEntries(
    weightsOf(decoder({ ...options, seed })).map(({ name, role, tensor }) => {
      const numbers = tensor.data as Float32Array;
      const larger = role === "scale" ? 1 : scale;
      return [name, float32(numbers.map((value) => larger * value), tensor.dims)];
    }),
  );
  return { name: `drawn ${seed}`, family: "llama", options, tensors };
}

const vocabulary = {
  name: "made",
  size: TOKENS,
  begin: undefined,
  addBegin: false,
  end: new Set([0]),
  encode: (text: string) => [...text].map(Number),
  bytesOf: (id: number) => new TextEncoder().encode(`${id}`),
  spelling: (id: number) => `${id}`,
} as unknown as Vocabulary;

const open = (weights: DecoderWeights): LanguageModel => languageModel(weights, { vocabulary });

/** Counts on from the last token of the prompt: prompts differ, what is learned is a rule. */
const examples: AnswerExample[] = Array.from({ length: 8 }, (_, i) => ({
  prompt: [11, 1 + i % 4],
  answer: [2 + i % 4, 3 + i % 4, 4 + i % 4, 0].slice(i % 2),
}));

const settings = { epochs: 6, rate: 0.01, batchSize: 4 } as const;

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
  assert.throws(() => answerBatches([]), /from 0 answers: expected at least one/);
});

Deno.test("a teacher's logits are those of its texts, whatever they were filled up with", async () => {
  await using teacher = open(drawnWeights(2));
  const source = teacherBatches(answerBatches(examples, { batchSize: 8 }), teacher);
  const { targets } = await source.batch(0, 0);
  const { data, dims } = targets.teacher!;
  assert.deepEqual(dims, [8, 5, TOKENS]);
  const { prompt, answer } = examples[1]!; // one of the shorter ones
  const alone = await teacher.logits([...prompt, ...answer].slice(0, -1));
  const row = (data as Float32Array).subarray(5 * TOKENS, 5 * TOKENS + alone.length);
  alone.forEach((value, i) => assert.ok(Math.abs(value - row[i]!) < 1e-5));
});

Deno.test("answers are learned, by their tokens alone and with a teacher beside them", async () => {
  await using teacher = open(drawnWeights(2));
  for (const learn of [{}, { teacher, weight: 1, temperature: 2 }]) {
    const { history } = await distill(wholeGraph(drawnWeights(1)), examples, { ...settings, ...learn });
    const losses = history.map(({ loss }) => loss);
    assert.ok(losses.at(-1)! < 0.5 * losses[0]!, losses.join(" "));
  }
  const other = decoder({ ...options, vocabulary: 9 });
  await assert.rejects(distill(other, examples, { teacher }), /it has 12 tokens, the student 9/);
});

Deno.test("settings that would do nothing are refused", async () => {
  await using teacher = open(drawnWeights(2));
  const student = wholeGraph(drawnWeights(1));
  const own = { loss: answerCrossEntropy(), schedule: constantRate(0.01) };
  for (
    const [given, sentence] of [
      [{ temperature: 2 }, /Cannot distil with temperature without a teacher: it would do nothing/],
      [{ weight: 1 }, /Cannot distil with weight without a teacher/],
      [{ teacher, loss: own.loss, temperature: 2 }, /with temperature beside a loss of your own/],
      [{ teacher, loss: own.loss, weight: 1 }, /with weight beside a loss of your own/],
      [{ rate: 0.1, schedule: own.schedule }, /with rate beside a schedule of your own/],
    ] as const
  ) {
    await assert.rejects(
      distill(student, examples, given),
      (error: Error) => error instanceof TypeError && sentence.test(error.message),
    );
  }
  assert.equal((await distill(student, examples, { ...own, teacher })).history.length, 1);
});

/** Places and values of all zeros of a model's matrices. */
const zerosOf = (model: Model, names: readonly string[]) =>
  names.map((name) => {
    const weight = weightsOf(model).find((one) => one.name === name)!;
    return Array.from(weight.tensor.data as Float32Array, (value) => value === 0);
  });

Deno.test("a pruned model recovers towards the dense one, and its zeros stay zeros exactly", async () => {
  const dense = drawnWeights(2);
  await using teacher = open(dense);
  const graph = wholeGraph(dense);
  const cut = magnitudeMasks(graph, 0.5);
  const pruned = maskWeights(graph, cut);
  const masks = nonZeroMasks(pruned);
  assert.deepEqual(Object.keys(masks).sort(), Object.keys(cut).sort());
  for (const [name, { bits }] of Object.entries(masks)) assert.deepEqual(bits, cut[name]!.bits, name);
  assert.deepEqual(nonZeroMasks(graph), {});
  const { model, history } = await distill(pruned, examples, { ...settings, teacher, weight: 1, masks });
  const names = Object.keys(masks);
  assert.deepEqual(zerosOf(model, names), zerosOf(pruned, names));
  assert.ok(history.at(-1)!.loss < 0.5 * history[0]!.loss, history.map(({ loss }) => loss).join(" "));
  // Without masks they would not have stayed.
  const free = await distill(pruned, examples, { ...settings, teacher, weight: 1 });
  assert.notDeepEqual(zerosOf(free.model, names), zerosOf(pruned, names));
});

Deno.test("on its own answers a student comes nearer to its teacher, round by round, and the same each time", async () => {
  await using teacher = open(drawnWeights(2));
  const student = drawnWeights(1);
  const prompts = Array.from({ length: 12 }, (_, i) => [11, 1 + i % 9]);
  const rounds = { rounds: 5, maxTokens: 6, rate: 0.01, batchSize: 4 };
  const { weights, divergences } = await distillOnPolicy(student, teacher, prompts, rounds);
  assert.equal(divergences.length, 5);
  assert.ok(divergences.at(-1)! < 0.5 * divergences[0]!, divergences.join(" "));
  const again = await distillOnPolicy(student, teacher, prompts, { ...rounds, rounds: 1 });
  assert.deepEqual(again.divergences, divergences.slice(0, 1));
  assert.notDeepEqual(weights.tensors["lm_head.weight"], student.tensors["lm_head.weight"]);
  assert.deepEqual(Object.keys(weights.tensors), Object.keys(student.tensors));
  for (const none of [0, NaN, -1, 1.5]) {
    await assert.rejects(
      distillOnPolicy(student, teacher, prompts, { rounds: none }),
      /Cannot distil in .* rounds: expected a whole number from 1/,
    );
  }
});
