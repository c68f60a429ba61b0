import { batchNorm2d } from "../../lib/nn/layers.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, numbersOf } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { lowerTrainingBatchNorms } from "../../lib/train/batch_norm.ts";
import { toTrainingMode } from "../../lib/train/training_mode.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { withEngine } from "./engines.ts";
import { run } from "./run_once.ts";

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
