import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import type { Tensors } from "../../lib/runtime/runtime.ts";
import {
  binaryCrossEntropy,
  crossEntropy,
  distillation,
  type Loss,
  meanAbsoluteError,
  meanSquaredError,
} from "../../lib/train/losses.ts";
import { withLoss } from "../../lib/train/with_loss.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

const [ROWS, CLASSES] = [5, 3];
const random = seededRandom(1);
const numbers = () => Array.from({ length: ROWS * CLASSES }, () => random.normal(0, 2));
const [scores, teacher] = [numbers(), numbers()];
const labels = [0, 2, 1, 1, 0];

/** The value of a loss for `scores` as the model's output. */
async function valueOf(loss: Loss, targets: Tensors): Promise<number> {
  const g = new GraphBuilder();
  g.output(g.identity(g.input("scores", "float32", ["N", CLASSES])), "out");
  const { value, targets: inputs } = withLoss(g, loss);
  g.output(value, "loss");
  const feeds = Object.entries(inputs).map(([name, input]) => [input, targets[name]!]);
  const { loss: found } = await runModel(g.model(), {
    scores: float32(scores, [ROWS, CLASSES]),
    ...Object.fromEntries(feeds),
  });
  return found!.data[0] as number;
}

/** softmax(row / temperature), in float64. */
function softmax(row: readonly number[], temperature = 1): number[] {
  const powers = row.map((score) => Math.exp(score / temperature));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

const rowsOf = (values: readonly number[]) =>
  Array.from({ length: ROWS }, (_, i) => values.slice(i * CLASSES, (i + 1) * CLASSES));
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

/** Mean cross entropy, the truth softened by a part. */
const entropy = (smoothing: number) =>
  mean(
    rowsOf(scores).map((row, i) =>
      -softmax(row).reduce(
        (sum, p, c) => sum + Math.log(p) * ((labels[i] === c ? 1 - smoothing : 0) + smoothing / CLASSES),
        0,
      )
    ),
  );

Deno.test("binary cross entropy is its formula for any logit, also behind a sigmoid", async () => {
  const truths = scores.map((_, i) => i % 3 / 2);
  const expected = mean(scores.map((z, i) => {
    const p = 1 / (1 + Math.exp(-z));
    return -truths[i]! * Math.log(p) - (1 - truths[i]!) * Math.log(1 - p);
  }));
  const expectedTensor = float32(truths, [ROWS, CLASSES]);
  assertClose(
    [await valueOf(binaryCrossEntropy(), { expected: expectedTensor })],
    [expected],
    REORDERED_FLOAT32,
  );
  for (const [end, logit] of [["Identity", 90], ["Sigmoid", 90], ["Sigmoid", -90]] as const) {
    const g = new GraphBuilder();
    g.output(g.node(end, [g.input("z", "float32", ["N"])])[0]!, "out");
    const { value, targets } = withLoss(g, binaryCrossEntropy());
    g.output(value, "loss");
    const feeds = { z: float32([logit]), [targets.expected!]: float32([0]) };
    const { loss } = await runModel(g.model(), feeds);
    assertClose(loss!.data as Float32Array, [Math.max(0, logit)], REORDERED_FLOAT32);
  }
});

Deno.test("losses are what their formulas say", async () => {
  const close = async (loss: Loss, targets: Tensors, expected: number) =>
    assertClose([await valueOf(loss, targets)], [expected], REORDERED_FLOAT32, loss.name);
  const truth = { labels: int64(labels) };
  await close(crossEntropy(), truth, entropy(0));
  await close(crossEntropy({ labelSmoothing: 0.2 }), truth, entropy(0.2));

  const [temperature, weight] = [3, 0.7];
  const divergence = mean(
    rowsOf(scores).map((row, i) => {
      const [own, soft] = [softmax(row, temperature), softmax(rowsOf(teacher)[i]!, temperature)];
      return soft.reduce((sum, p, c) => sum + p * Math.log(p / own[c]!), 0);
    }),
  );
  await close(
    distillation({ temperature, weight }),
    { ...truth, teacher: float32(teacher, [ROWS, CLASSES]) },
    weight * temperature ** 2 * divergence + (1 - weight) * entropy(0),
  );

  const expected = { expected: float32(teacher, [ROWS, CLASSES]) };
  const differences = scores.map((score, i) => score - teacher[i]!);
  await close(meanSquaredError(), expected, mean(differences.map((d) => d * d)));
  await close(meanAbsoluteError(), expected, mean(differences.map(Math.abs)));
});

Deno.test("losses say which of their settings is impossible", () => {
  assert.throws(() => crossEntropy({ labelSmoothing: 2 }), {
    name: "RangeError",
    message: "Cannot use crossEntropy with labelSmoothing 2: expected a number from 0 to 1",
  });
  assert.throws(() => distillation({ temperature: 0 }), { name: "RangeError", message: /temperature 0/ });
  assert.throws(() => distillation({ weight: NaN }), { name: "RangeError", message: /weight NaN/ });
});
