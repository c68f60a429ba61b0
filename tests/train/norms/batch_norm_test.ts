import assert from "node:assert/strict";
import { batchNorm2d } from "../../../lib/nn/layers.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { float32, numbersOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";
import { lowerTrainingBatchNorms } from "../../../lib/train/norms/batch_norm.ts";
import { toTrainingMode } from "../../../lib/train/training_mode.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { withEngine } from "../engines.ts";
import { run } from "../run_once.ts";

/** The model with more outputs. */
const showing = (model: Model, values: string[]) =>
  model.withGraph({ ...model.graph, outputs: [...model.graph.outputs, ...values] });

withEngine(
  "batch norms take the batch's statistics and update their own as PyTorch does",
  "native",
  async (runtime) => {
    const [n, c, size] = [3, 2, 4];
    const g = new GraphBuilder("norm");
    g.output(batchNorm2d(g, g.input("x", "float32", ["N", c, 2, 2]), { name: "bn", features: c }), "y");
    const random = seededRandom(1);
    const x = Array.from({ length: n * c * size }, () => random.normal(3, 2));
    const training = toTrainingMode(g.model());
    const { mean, variance } = {
      mean: training.statistics["bn.running_mean"]!,
      variance: training.statistics["bn.running_var"]!,
    };
    const lowered = new GraphBuilder(training.model.graph);
    lowerTrainingBatchNorms(lowered);
    const outputs = await run(runtime, showing(lowered.model(), [mean, variance]), {
      x: float32(x, [n, c, 2, 2]),
    });

    const expected: number[] = new Array(x.length);
    const statistics = { mean: [] as number[], variance: [] as number[] };
    for (let channel = 0; channel < c; channel++) {
      const places = x.map((_, i) => i).filter((i) => Math.floor(i / size) % c === channel);
      const count = places.length;
      const m = places.reduce((sum, i) => sum + x[i]!, 0) / count;
      const squares = places.reduce((sum, i) => sum + (x[i]! - m) ** 2, 0);
      for (const i of places) expected[i] = (x[i]! - m) / Math.sqrt(squares / count + 1e-5);
      statistics.mean.push(0.1 * m);
      statistics.variance.push(0.9 + 0.1 * squares / (count - 1));
    }
    assertClose(numbersOf(outputs[training.outputs.y!]!), expected, REORDERED_FLOAT32);
    assertClose(numbersOf(outputs[mean]!), statistics.mean, REORDERED_FLOAT32);
    assertClose(numbersOf(outputs[variance]!), statistics.variance, REORDERED_FLOAT32);
  },
);

withEngine(
  "a batch of one value per channel leaves running statistics as they were",
  "native",
  async (runtime) => {
    const known = { mean: [3, -2], variance: [0.5, 7] };
    const normed = (n: "N" | 1) => {
      const g = new GraphBuilder("norm");
      const parameter = (name: string, values: number[]) => g.parameter(name, float32(values, [2]));
      const x = g.input("x", "float32", [n, 2]);
      const [scale, bias] = [parameter("scale", [1, 2]), parameter("bias", [0, 5])];
      const [mean, variance] = [parameter("mean", known.mean), parameter("variance", known.variance)];
      g.output(g.batchNorm(x, scale, bias, mean, variance), "y");
      return g.model();
    };
    const after = async (n: "N" | 1, x: number[]) => {
      const training = toTrainingMode(normed(n));
      const lowered = new GraphBuilder(training.model.graph);
      lowerTrainingBatchNorms(lowered);
      const values = ["mean", "variance"].map((name) => training.statistics[name]!);
      const outputs = await run(
        runtime,
        showing(lowered.model(), values.filter((value) => lowered.shape(value))),
        {
          x: float32(x, [x.length / 2, 2]),
        },
      );
      return values.map((value) => numbersOf(outputs[value] ?? lowered.tensor(value)! as Tensor));
    };
    assert.deepEqual(await after("N", [4, 4]), [known.mean, known.variance]);
    assert.deepEqual(await after(1, [4, 4]), [known.mean, known.variance]);
    const [mean, variance] = await after("N", [4, 4, 8, 2]);
    assertClose(mean!, [0.9 * 3 + 0.1 * 6, 0.9 * -2 + 0.1 * 3], REORDERED_FLOAT32);
    assertClose(variance!, [0.9 * 0.5 + 0.1 * 8, 0.9 * 7 + 0.1 * 2], REORDERED_FLOAT32);
  },
);
