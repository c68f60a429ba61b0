/** A small paper, for the documentation: does a wider hidden layer tell two spirals apart better? */
import { type Kind, type Unit, unit } from "../../../lib/experiment/mod.ts";
import { float32, int64 } from "../../../lib/tensor/tensor.ts";
import { evaluate, fit, mlp, seededRandom } from "../../../mod.ts";
import { type Figure, tradeOff } from "../../../lib/plot/mod.ts";

export const PRESETS = {
  quick: { about: "seconds", widths: [2, 16], seeds: [0, 1], epochs: 30 },
  laptop: { about: "a minute", widths: [2, 4, 8, 16, 32, 64], seeds: [0, 1, 2, 3, 4], epochs: 100 },
};

interface Spec {
  width: number;
  seed: number;
  epochs: number;
}

interface Row extends Spec {
  accuracy: number;
}

const train: Kind<Spec, Row> = {
  name: "spirals/train",
  version: 1,
  module: import.meta.url,
  label: ({ width, seed }) => `${width} hidden units, seed ${seed}`,
  seconds: ({ epochs }) => 0.02 * epochs,
  async work(spec, { runtime, progress }) {
    const { width, seed, epochs } = spec;
    const options = { epochs, seed, batchSize: 50, runtime: await runtime(), progress };
    const { model } = await fit(mlp({ sizes: [2, width, width, 2], seed }), spirals(500, seed), options);
    const { accuracy } = await evaluate(model, spirals(500, 1000 + seed), { runtime: await runtime() });
    return { rows: [{ ...spec, accuracy: accuracy! }], products: { "network.onnx": model.toOnnx() } };
  },
};

export const kinds = [train];

export function unitsOf({ widths, seeds, epochs }: typeof PRESETS.quick): Unit<Spec, Row>[] {
  return widths.flatMap((width) => seeds.map((seed) => unit(train, { width, seed, epochs })));
}

export function accuracyByWidth(rows: readonly Row[]): Figure {
  const points = rows.map(({ seed, width, accuracy }) => ({
    series: `seed ${seed}`,
    x: width,
    y: 100 * accuracy,
  }));
  const words = { title: "Accuracy against width", alt: "One line per seed: two spirals, told apart" };
  return tradeOff(points, { ...words, xLabel: "hidden units", yLabel: "test accuracy (%)" });
}

function spirals(count: number, seed: number) {
  const random = seededRandom(seed, "spirals");
  const points = Array.from({ length: count }, (_, i) => {
    const turn = 4 * random.uniform();
    const angle = turn + Math.PI * (i % 2);
    return [turn * Math.cos(angle) + 0.1 * random.normal(), turn * Math.sin(angle) + 0.1 * random.normal()];
  });
  const classes = Array.from({ length: count }, (_, i) => i % 2);
  return { inputs: float32(points.flat(), [count, 2]), targets: int64(classes, [count]) };
}
