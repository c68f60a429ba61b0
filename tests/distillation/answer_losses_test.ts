import assert from "node:assert/strict";
import {
  answerCrossEntropy,
  answerDistillation,
  reverseDivergence,
} from "../../lib/distillation/answer_losses.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { gradients } from "../../lib/onnx/gradients.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import type { Tensors } from "../../lib/runtime/runtime.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import type { Loss } from "../../lib/train/losses.ts";
import { withLoss } from "../../lib/train/with_loss.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

const [ROWS, LENGTH, TOKENS] = [2, 4, 5];
const random = seededRandom(3);
const drawn = () => Array.from({ length: ROWS * LENGTH * TOKENS }, () => random.normal(0, 2));
const [student, teacher] = [drawn(), drawn()];
const tokens = Array.from({ length: ROWS * LENGTH }, () => random.integer(TOKENS));
/** The first row has a prompt of two tokens, the second a place that was filled up. */
const counts = [0, 0, 1, 1, 1, 1, 1, 0];
const ANSWER = counts.reduce((sum, count) => sum + count);

/** A loss for the student's logits, and its gradient with respect to them. */
async function run(loss: Loss, more: Tensors = {}): Promise<{ value: number; gradient: Float32Array }> {
  const g = new GraphBuilder();
  const shape = [ROWS, LENGTH, TOKENS];
  g.output(g.identity(g.input("student", "float32", shape)), "logits");
  const { value, targets } = withLoss(g, loss);
  g.output(value, "loss");
  const { model, gradients: found } = gradients(g.model(), "loss", ["student"]);
  const given: Tensors = {
    tokens: int64(tokens, [ROWS, LENGTH]),
    counts: float32(counts, [ROWS, LENGTH]),
    teacher: float32(teacher, shape),
    ...more,
  };
  const outputs = await runModel(model, {
    student: float32(student, shape),
    ...Object.fromEntries(Object.entries(targets).map(([name, input]) => [input, given[name]!])),
  });
  return {
    value: outputs.loss!.data[0] as number,
    gradient: outputs[found.student!]!.data as Float32Array,
  };
}

/** softmax(row / temperature), in float64. */
function softmax(row: readonly number[], temperature = 1): number[] {
  const powers = row.map((score) => Math.exp(score / temperature));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

const rowAt = (all: readonly number[], place: number) => all.slice(place * TOKENS, (place + 1) * TOKENS);

/** Mean over the answers' places of a value, and a gradient, of each place: in float64. */
function expected(
  at: (place: number) => { value: number; gradient: number[] },
): { value: number; gradient: number[] } {
  const places = counts.map((count, place) => ({ count, ...at(place) }));
  return {
    value: places.reduce((sum, { count, value }) => sum + count * value, 0) / ANSWER,
    gradient: places.flatMap(({ count, gradient }) => gradient.map((one) => count * one / ANSWER)),
  };
}

function crossEntropyAt(place: number): { value: number; gradient: number[] } {
  const p = softmax(rowAt(student, place));
  const token = tokens[place]!;
  return { value: -Math.log(p[token]!), gradient: p.map((one, i) => one - Number(i === token)) };
}

/** Σ p·log(p / q). */
const divergence = (p: readonly number[], q: readonly number[]) =>
  p.reduce((sum, one, i) => sum + one * Math.log(one / q[i]!), 0);

async function assertLoss(loss: Loss, wanted: { value: number; gradient: number[] }): Promise<void> {
  const { value, gradient } = await run(loss);
  assertClose([value], [wanted.value], REORDERED_FLOAT32);
  assertClose(gradient, wanted.gradient, { ...REORDERED_FLOAT32, absolute: 1e-6 });
}

Deno.test("fine-tuning counts the tokens of answers alone, and so does its gradient", async () => {
  await assertLoss(answerCrossEntropy(), expected(crossEntropyAt));
});

Deno.test("distillation is λ·T²·KL + (1 − λ)·cross entropy, with the gradient λ·T·(p_S − p_T) of the first", async () => {
  for (const [temperature, weight] of [[1, 0.5], [2, 1], [1.5, 0.3], [2, 0]] as const) {
    await assertLoss(
      answerDistillation({ temperature, weight }),
      expected((place) => {
        const [p, q] = [teacher, student].map((all) => softmax(rowAt(all, place), temperature)) as [
          number[],
          number[],
        ];
        const hard = crossEntropyAt(place);
        return {
          value: weight * temperature ** 2 * divergence(p, q) + (1 - weight) * hard.value,
          gradient: q.map((one, i) =>
            weight * temperature * (one - p[i]!) + (1 - weight) * hard.gradient[i]!
          ),
        };
      }),
    );
  }
});

Deno.test("of the likeliest tokens and all others as one, distillation is the divergence of those few", async () => {
  const [top, temperature, weight] = [2, 1.5, 0.7];
  const places = counts.map((_, place) => {
    const p = softmax(rowAt(teacher, place), temperature);
    const order = [...p.keys()].sort((a, b) => p[b]! - p[a]!);
    return { p, listed: order.slice(0, top), others: order.slice(top) };
  });
  const sum = (values: readonly number[], at: readonly number[]) =>
    at.reduce((all, i) => all + values[i]!, 0);
  const more = {
    teacherTokens: int64(places.flatMap(({ listed }) => listed), [ROWS, LENGTH, top]),
    teacher: float32(
      places.flatMap(({ p, listed, others }) => [...listed.map((i) => p[i]!), sum(p, others)]),
      [ROWS, LENGTH, top + 1],
    ),
  };
  const wanted = expected((place) => {
    const { p, listed, others } = places[place]!;
    const q = softmax(rowAt(student, place), temperature);
    const [restP, restQ] = [sum(p, others), sum(q, others)];
    const hard = crossEntropyAt(place);
    const few = divergence([...listed.map((i) => p[i]!), restP], [...listed.map((i) => q[i]!), restQ]);
    return {
      value: weight * temperature ** 2 * few + (1 - weight) * hard.value,
      // A token among the others is to have its part of their mass.
      gradient: q.map((one, i) =>
        weight * temperature * (one - (listed.includes(i) ? p[i]! : restP * one / restQ)) +
        (1 - weight) * hard.gradient[i]!
      ),
    };
  });
  const { value, gradient } = await run(answerDistillation({ temperature, weight, top }), more);
  assertClose([value], [wanted.value], REORDERED_FLOAT32);
  assertClose(gradient, wanted.gradient, { ...REORDERED_FLOAT32, absolute: 1e-6 });
});

Deno.test("reverse divergence has the gradient p_S·(log p_S − log p_T − KL)", async () => {
  await assertLoss(
    reverseDivergence(),
    expected((place) => {
      const [p, q] = [student, teacher].map((all) => softmax(rowAt(all, place))) as [number[], number[]];
      const value = divergence(p, q);
      return { value, gradient: p.map((one, i) => one * (Math.log(one / q[i]!) - value)) };
    }),
  );
});

Deno.test("settings and targets that cannot be are refused with a sentence", () => {
  assert.throws(() => answerDistillation({ weight: 1.5 }), /weight 1.5: expected a number from 0 to 1/);
  assert.throws(() => answerDistillation({ top: 0 }), /with top 0: expected a whole number from 1/);
  assert.throws(() => answerDistillation({ temperature: 0 }), /temperature 0: expected a number above 0/);
  const { check } = answerCrossEntropy();
  const targets = (token: number, count: number) => ({
    tokens: int64([token], [1, 1]),
    counts: float32([count], [1, 1]),
  });
  assert.throws(() => check!(targets(5, 1), [1, 1, 5]), /token 5: the model has tokens 0 to 4/);
  assert.throws(() => check!(targets(4, 0), [1, 1, 5]), /no token belongs to an answer/);
  assert.throws(() => check!(targets(0, 1), [1, 5]), /output of shape \[1, 5\]: expected logits \[batch/);
});
