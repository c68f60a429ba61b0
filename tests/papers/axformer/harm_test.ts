import assert from "node:assert/strict";
import { bert } from "../../../lib/nn/bert.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { plantHarm } from "../../../lib/papers/axformer/harm.ts";
import { numbersOf, type Tensor } from "../../../lib/tensor/tensor.ts";

const sizes = { hidden: 8, heads: 2, neurons: 12, groups: 3 };
const model = bert({
  vocabulary: 9,
  positions: 6,
  layers: 2,
  hidden: 8,
  heads: 2,
  neurons: 12,
  types: 0,
  seed: 1,
});
const own = "bert.encoder.layer.1";

/** Which rows, or columns, of a matrix differ. */
function changed(one: Model, other: Model, name: string, axis: 0 | 1): number[] {
  const [a, b] = [one, other].map(({ graph }) => graph.initializers.get(name) as Tensor) as [Tensor, Tensor];
  const columns = a.dims[1]!;
  const [x, y] = [numbersOf(a), numbersOf(b)];
  const places = x.flatMap((value, i) =>
    value === y[i] ? [] : [axis === 0 ? Math.floor(i / columns) : i % columns]
  );
  return [...new Set(places)].sort((a, b) => a - b);
}

Deno.test("harm is planted in the rows and columns of its element alone, at the least scale that doubles the loss", async () => {
  const tried: Model[] = [];
  const planting = { sizes, seed: 3, clean: 1 };
  const head = await plantHarm(model, {
    ...planting,
    plants: ["attention.1.head.1"],
    lossOf: (candidate) => Promise.resolve([1, 1.9, 2.5][tried.push(candidate) - 1]!),
  });
  assert.deepEqual([head.harmed, head.scale, tried.length], [2.5, 1, 3]);
  for (const which of ["query", "key", "value"]) {
    assert.deepEqual(changed(model, head.model, `${own}.attention.self.${which}.weight`, 0), [4, 5, 6, 7]);
  }
  assert.deepEqual(changed(model, head.model, `${own}.attention.output.dense.weight`, 1), [4, 5, 6, 7]);
  assert.deepEqual(changed(model, head.model, `${own}.intermediate.dense.weight`, 0), []);
  const group = await plantHarm(model, {
    ...planting,
    plants: ["feed-forward.1.group.2"],
    lossOf: () => Promise.resolve(9),
  });
  assert.deepEqual(changed(model, group.model, `${own}.intermediate.dense.weight`, 0), [8, 9, 10, 11]);
  assert.deepEqual(changed(model, group.model, `${own}.output.dense.weight`, 1), [8, 9, 10, 11]);
});

Deno.test("where no scale doubles the loss the largest is taken, and the same seed plants the same", async () => {
  const planting = {
    sizes,
    seed: 3,
    clean: 1,
    plants: ["feed-forward.0"] as const,
    lossOf: () => Promise.resolve(1),
  };
  const [one, two] = [await plantHarm(model, planting), await plantHarm(model, planting)];
  assert.deepEqual([one.scale, one.harmed], [32, 1]);
  assert.deepEqual(one.model.toOnnx(), two.model.toOnnx());
});
