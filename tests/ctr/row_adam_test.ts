import assert from "node:assert/strict";
import { newRowState, rowAdam, type RowState } from "../../lib/ctr/row_adam.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose } from "../close.ts";

const ROWS = 40, FEATURES = 3, RATE = 3e-3;

const state64 = (values: Float64Array): RowState<Float64Array> => ({
  values,
  mean: new Float64Array(values.length),
  square: new Float64Array(values.length),
  steps: new Uint32Array(values.length / FEATURES),
});

/** Adam with coupled L2 on every number at every step. */
function denseAdam(values: Float64Array, weightDecay: number) {
  const mean = new Float64Array(values.length), square = new Float64Array(values.length);
  let t = 0;
  return (gradients: Float64Array) => {
    t++;
    const size = RATE / (1 - 0.9 ** t), scale = 1 / Math.sqrt(1 - 0.999 ** t);
    for (let i = 0; i < values.length; i++) {
      const gradient = gradients[i]! + values[i]! * weightDecay;
      mean[i] = mean[i]! * 0.9 + gradient * (1 - 0.9);
      square[i] = square[i]! * 0.999 + gradient * gradient * (1 - 0.999);
      values[i] = values[i]! - mean[i]! / (Math.sqrt(square[i]!) * scale + 1e-8) * size;
    }
  };
}

/** A run in which row r comes at about every 1.3^r-th step. */
function compare(weightDecay: number, steps: number, collapsed?: number) {
  const random = seededRandom(3);
  const start = Float64Array.from({ length: ROWS * FEATURES }, () => random.uniform(-0.05, 0.05));
  const [dense, touched] = [start.slice(), start.slice()];
  const step = denseAdam(dense, weightDecay);
  const options = { features: FEATURES, weightDecay, ...collapsed !== undefined && { collapsed } };
  const rows = rowAdam(state64(touched), options);
  let worst = 0;
  for (let t = 0; t < steps; t++) {
    const seen = Array.from({ length: ROWS }, (_, row) => row).filter((row) =>
      random.uniform() < 1.3 ** -row
    );
    const gradients = seen.flatMap(() => Array.from({ length: FEATURES }, () => random.normal(0, 0.01)));
    rows.settle(seen);
    for (const row of seen) {
      for (let at = row * FEATURES; at < (row + 1) * FEATURES; at++) {
        worst = Math.max(worst, Math.abs(touched[at]! - dense[at]!));
      }
    }
    const all = new Float64Array(dense.length);
    seen.forEach((row, i) => all.set(gradients.slice(i * FEATURES, (i + 1) * FEATURES), row * FEATURES));
    step(all);
    rows.update(seen, gradients, RATE);
  }
  rows.settle(Array.from({ length: ROWS }, (_, row) => row));
  return { dense, touched, worst };
}

Deno.test("steps that were missed are replayed to the bit: the dense update in float64", () => {
  for (const weightDecay of [0, 1e-5, 1e-3]) {
    const { dense, touched, worst } = compare(weightDecay, 300, 0);
    assert.deepEqual(touched, dense);
    assert.equal(worst, 0);
  }
});

Deno.test("rows that have collapsed are zero, to 1e-6 of the dense update over 1,000 steps", () => {
  for (const weightDecay of [1e-5, 3e-4, 1e-3]) {
    const { dense, touched, worst } = compare(weightDecay, 1000);
    assertClose(touched, dense, { absolute: 1e-6, relative: 0 }, `L2 ${weightDecay}`);
    assert.ok(worst < 1e-6, `${worst} while rows were read`);
    const zeros = touched.filter((value) => value === 0).length;
    assert.ok(zeros > 20, `only ${zeros} numbers collapsed`);
  }
});

Deno.test("without replay, a row that is not looked up stands still", () => {
  const values = Float32Array.of(1, 2, 3, 4);
  const rows = rowAdam(newRowState(values, 2), { features: 2, weightDecay: 0.1, replay: false });
  for (let t = 0; t < 50; t++) rows.update([0], [0, 0], RATE);
  rows.settle([0, 1]);
  assert.deepEqual([...values.subarray(2)], [3, 4]);
  assert.ok(values[0]! < 1 && values[1]! < 2);
  assert.equal(rows.step, 50);
});

Deno.test("moments of another size are refused", () => {
  assert.throws(
    () => rowAdam({ ...newRowState(new Float32Array(6), 3), mean: new Float32Array(5) }, { features: 3 }),
    /a table of 6 numbers in rows of 3: expected as many moments/,
  );
});
