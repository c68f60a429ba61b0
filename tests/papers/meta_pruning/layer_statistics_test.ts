import assert from "node:assert/strict";
import {
  filterNormDistribution,
  layerFigure,
  sensitivityDistribution,
} from "../../../lib/papers/meta_pruning/figures.ts";
import {
  filterNorms,
  layerStatistics,
  sensitivities,
} from "../../../lib/papers/meta_pruning/layer_statistics.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { float32, type Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { examples, logitsOf, tensorOf, withTensors } from "./plain_mlp.ts";

Deno.test("filters that are copies span one direction, orthogonal ones as many as there are", () => {
  const of = (weight: Tensor) =>
    layerStatistics(withTensors(mlp({ sizes: [3, 3, 2] }), { "0.weight": weight }))[0]!;
  const same = of(float32([1, 2, -2, 1, 2, -2, -1, -2, 2], [3, 3]));
  const all = (
    { l1, l2, ratio, correlation, directions }: typeof same,
  ) => [l1, l2, ratio, correlation, directions];
  assertClose(all(same), [5, 3, 5 / 3, 1, 1], REORDERED_FLOAT32);
  const apart = of(float32([2, 0, 0, 0, 2, 0, 0, 0, 2], [3, 3]));
  assertClose(all(apart), [2, 2, 1, 0, 3], REORDERED_FLOAT32);
});

Deno.test("a channel's sensitivity is the slope of the loss as its filter and bias are scaled", async () => {
  const model = mlp({ sizes: [8, 6, 5, 3], seed: 1 });
  const data = examples(30, 2);
  const loss = (of: Model) =>
    data.rows.reduce((sum, row, i) => {
      const logits = logitsOf(of, row);
      return sum + Math.log(logits.reduce((all, value) => all + Math.exp(value), 0)) -
        logits[data.labels[i]!]!;
    }, 0) / data.rows.length;
  /** The model with one channel's filter and bias scaled, in numbers of float64. */
  const scaled = (layer: string, channel: number, by: number) => {
    const changed = [`${layer}.weight`, `${layer}.bias`].map((name): [string, Tensor] => {
      const { data, dims } = tensorOf(model, name);
      const length = data.length / dims[0]!;
      const values = Float64Array.from(
        data as Float32Array,
        (value, i) => Math.floor(i / length) === channel ? by * value : value,
      );
      return [name, { data: values, dims } as unknown as Tensor];
    });
    return withTensors(model, Object.fromEntries(changed));
  };
  const step = 1e-5;
  const expected = ([["0", 6], ["2", 5]] as const).flatMap(([layer, channels]) =>
    Array.from(
      { length: channels },
      (_, channel) =>
        Math.abs(loss(scaled(layer, channel, 1 + step)) - loss(scaled(layer, channel, 1 - step))) /
        (2 * step),
    )
  );
  // Two batches, the second one smaller.
  const found = await sensitivities(model, data, { batchSize: 20 });
  assertClose(found, expected, REORDERED_FLOAT32);
  const source = "a test";
  assert.match(sensitivityDistribution({ found }, { source }).svg, /^<svg/);
  for (const statistic of ["l1", "l2", "ratio", "correlation", "directions"] as const) {
    assert.match(layerFigure({ model }, { source, statistic }).svg, /^<svg/);
  }
  assert.match(filterNormDistribution({ model }, { source }).svg, /^<svg/);
});

Deno.test("filter norms are parts of the largest of their layer", () => {
  const model = withTensors(mlp({ sizes: [2, 3, 2] }), {
    "0.weight": float32([3, 4, 0, 1, 6, 8], [3, 2]),
    "2.weight": float32([0, 0, 2, 0, 1, 0], [2, 3]),
  });
  assertClose(filterNorms(model), [0.5, 0.1, 1, 1, 0.5], REORDERED_FLOAT32);
});
