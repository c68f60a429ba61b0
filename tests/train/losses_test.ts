import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";
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
  mixedCrossEntropy,
} from "../../lib/train/losses.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { fit } from "../../lib/train/fit.ts";
import { trainingStep } from "../../lib/train/training_step.ts";
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

/** Scores of 3 classes for 2 images of 2 × 2 pixels, [2, 3, 2, 2], and labels of the pixels. */
const [images, pixels] = [Array.from({ length: 24 }, () => random.normal(0, 2)), [0, 2, 1, 1, 2, 0, 0, 1]];

/** Scores of a pixel, of both images numbered through. */
const rowOfPixel = (pixel: number) =>
  [0, 1, 2].map((c) => images[Math.floor(pixel / 4) * 12 + c * 4 + pixel % 4]!);

Deno.test("cross entropy of labels for each pixel is the mean over all pixels", async () => {
  for (const smoothing of [0, 0.3]) {
    const g = new GraphBuilder();
    g.output(g.identity(g.input("scores", "float32", ["N", 3, 2, 2])), "out");
    const { value, targets } = withLoss(g, crossEntropy({ labelSmoothing: smoothing }));
    assert.deepEqual(g.shape(targets.labels!), ["N", 2, 2]);
    g.output(value, "loss");
    const { loss } = await runModel(g.model(), {
      scores: float32(images, [2, 3, 2, 2]),
      [targets.labels!]: int64(pixels, [2, 2, 2]),
    });
    const expected = mean(pixels.map((label, pixel) => {
      const logs = softmax(rowOfPixel(pixel)).map(Math.log);
      return -logs.reduce(
        (sum, log, c) => sum + log * ((c === label ? 1 - smoothing : 0) + smoothing / 3),
        0,
      );
    }));
    assertClose([loss!.data[0] as number], [expected], REORDERED_FLOAT32);
  }
});

/** A layer with the weights [3, 2] on each pixel, or on each row. */
function layer(weight: readonly number[], ofPixels: boolean) {
  const g = new GraphBuilder("layer");
  if (ofPixels) {
    const w = g.parameter("weight", float32(weight, [3, 2, 1, 1]));
    g.output(g.node("Conv", [g.input("x", "float32", ["N", 2, 2, 2]), w])[0]!, "y");
  } else {
    const w = g.parameter("weight", float32(weight, [3, 2]));
    g.output(g.gemm(g.input("x", "float32", ["N", 2]), w, undefined, { transB: 1 }), "y");
  }
  return g.model();
}

Deno.test("a convolution of single pixels learns from an image's labels as a layer from rows", async () => {
  const weight = Array.from({ length: 6 }, () => random.normal());
  const x = Array.from({ length: 16 }, () => random.normal());
  const rows = pixels.flatMap((_, pixel) =>
    [0, 1].map((c) => x[Math.floor(pixel / 4) * 8 + c * 4 + pixel % 4]!)
  );
  const cases = [
    { model: layer(weight, true), inputs: float32(x, [2, 2, 2, 2]), targets: int64(pixels, [2, 2, 2]) },
    { model: layer(weight, false), inputs: float32(rows, [8, 2]), targets: int64(pixels) },
  ];
  const [a, b] = await Promise.all(cases.map(async ({ model, ...data }) => {
    const judged = await evaluate(model, data, { top: 2 });
    const { model: trained } = await fit(model, data, { epochs: 3, batchSize: data.inputs.dims[0]! });
    return { judged, weight: [...(trained.graph.initializers.get("weight") as Tensor).data as Float32Array] };
  }));
  assertClose(a!.weight, b!.weight, REORDERED_FLOAT32);
  assert.ok(a!.weight.some((value, i) => Math.abs(value - weight[i]!) > 1e-3));
  assertClose([a!.judged.loss], [b!.judged.loss], REORDERED_FLOAT32);
  assert.deepEqual(
    [a!.judged.examples, a!.judged.accuracy, a!.judged.topAccuracy],
    [2, b!.judged.accuracy, b!.judged.topAccuracy],
  );
});

Deno.test("labels of other places than the output's are told with both shapes", async () => {
  const model = layer([1, 2, 3, 4, 5, 6], true);
  const inputs = float32(Array.from({ length: 16 }, () => 1), [2, 2, 2, 2]);
  await assert.rejects(
    evaluate(model, { inputs, targets: int64([0, 1]) }),
    /^TypeError: Cannot compare labels of shape \[2\] with an output of shape \[.*3, 2, 2\]: expected \[N, 2, 2\], a label for each place of each example$/,
  );
  const rows = layer([1, 2, 3, 4, 5, 6], false);
  await assert.rejects(
    evaluate(rows, { inputs: float32([1, 2, 3, 4], [2, 2]), targets: int64([0, 1, 1, 0], [2, 2, 1]) }),
    /Cannot compare labels of shape \[2, 2, 1\] with an output of shape \[.*3\]: expected \[N\], a label for each example/,
  );
  for (const loss of [mixedCrossEntropy(), distillation()]) {
    assert.throws(
      () => trainingStep(model, { loss }),
      /with an output of shape \[.*3, 2, 2\]: expected logits \[N, classes\]/,
    );
  }
});
