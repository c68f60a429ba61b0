import assert from "node:assert/strict";
import { answerCrossEntropy } from "../../lib/distillation/answer_losses.ts";
import { distill } from "../../lib/distillation/distill.ts";
import { wholeGraph } from "../../lib/lm/read/load_decoder.ts";
import { decoder } from "../../lib/nn/decoder.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { magnitudeMasks, maskWeights, nonZeroMasks } from "../../lib/sparse/masks.ts";
import { constantRate } from "../../lib/train/schedules.ts";
import { drawnWeights, examples, open, options } from "./drawn.ts";

const settings = { epochs: 6, rate: 0.01, batchSize: 4 } as const;

Deno.test("answers are learned, by their tokens alone and with a teacher beside them", async () => {
  await using teacher = open(drawnWeights(2));
  for (const learn of [{}, { teacher, weight: 1, temperature: 2 }, { teacher, weight: 1, top: 4 }]) {
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
      [{ top: 4 }, /Cannot distil with top without a teacher/],
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
