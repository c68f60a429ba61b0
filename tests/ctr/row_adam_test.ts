import assert from "node:assert/strict";
import { newRowState, rowAdam, type RowState } from "../../lib/ctr/row_adam.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose } from "../close.ts";

const ROWS = 40, RATE = 3e-3;

const PRECISIONS = {
  float64: { zeros: (length: number) => new Float64Array(length), round: (number: number) => number },
  float32: { zeros: (length: number) => new Float32Array(length), round: Math.fround },
};

type Precision = keyof typeof PRECISIONS;
type Numbers = Float32Array | Float64Array;

/** Adam with coupled L2 on every number at every step, each operation rounded. */
function denseAdam(values: Numbers, weightDecay: number, precision: Precision) {
  const { zeros, round: f } = PRECISIONS[precision];
  const mean = zeros(values.length), square = zeros(values.length);
  const [decay, beta1, rest1, beta2, rest2, epsilon] = [weightDecay, 0.9, 1 - 0.9, 0.999, 1 - 0.999, 1e-8]
    .map(f) as [number, number, number, number, number, number];
  let t = 0;
  return (gradients: Numbers) => {
    t++;
    const size = f(RATE / (1 - 0.9 ** t)), scale = f(1 / Math.sqrt(1 - 0.999 ** t));
    for (let i = 0; i < values.length; i++) {
      const gradient = f(gradients[i]! + f(values[i]! * decay));
      mean[i] = f(f(mean[i]! * beta1) + f(gradient * rest1));
      square[i] = f(f(square[i]! * beta2) + f(f(gradient * gradient) * rest2));
      const root = f(f(f(Math.sqrt(square[i]!)) * scale) + epsilon);
      values[i] = f(values[i]! - f(f(mean[i]! / root) * size));
    }
  };
}

/** A run in which row r comes at about every 1.3^r-th step. */
function compare(
  weightDecay: number,
  steps: number,
  { collapsed, precision = "float64", features = 3 }: {
    collapsed?: number;
    precision?: Precision;
    features?: number;
  } = {},
) {
  const { zeros } = PRECISIONS[precision];
  const random = seededRandom(3);
  const start = zeros(ROWS * features).map(() => random.uniform(-0.05, 0.05));
  const [dense, touched] = [start.slice(), start.slice()];
  const step = denseAdam(dense, weightDecay, precision);
  const options = { features, weightDecay, ...collapsed !== undefined && { collapsed } };
  const state = {
    values: touched,
    mean: zeros(touched.length),
    square: zeros(touched.length),
    steps: new Uint32Array(ROWS),
  } as RowState<Float32Array> | RowState<Float64Array>;
  const rows = rowAdam(state, options);
  let worst = 0;
  for (let t = 0; t < steps; t++) {
    const seen = Array.from({ length: ROWS }, (_, row) => row).filter((row) =>
      random.uniform() < 1.3 ** -row
    );
    const gradients = zeros(seen.length * features).map(() => random.normal(0, 0.01));
    rows.settle(seen);
    for (const row of seen) {
      for (let at = row * features; at < (row + 1) * features; at++) {
        worst = Math.max(worst, Math.abs(touched[at]! - dense[at]!));
      }
    }
    const all = zeros(dense.length);
    seen.forEach((row, i) => all.set(gradients.subarray(i * features, (i + 1) * features), row * features));
    step(all);
    rows.update(seen, gradients, RATE);
  }
  rows.settle(Array.from({ length: ROWS }, (_, row) => row));
  return { dense, touched, worst };
}

Deno.test("steps that were missed are replayed to the bit: the dense update, in float64 and float32", () => {
  const cases = [["float64", 3], ["float32", 1], ["float32", 3], ["float32", 16], ["float32", 21]] as const;
  for (const [precision, features] of cases) {
    for (const weightDecay of [0, 1e-5, 1e-3]) {
      const { dense, touched, worst } = compare(weightDecay, 300, { collapsed: 0, precision, features });
      assert.deepEqual(touched, dense, `${precision}, rows of ${features}, L2 ${weightDecay}`);
      assert.equal(worst, 0);
    }
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

Deno.test("numbers that cannot be meant are refused as those of the dense update are", () => {
  const state = () => newRowState(new Float32Array(6), 3);
  for (const wrong of [{ betas: [0.9, 1] as [number, number] }, { weightDecay: -1 }, { epsilon: NaN }]) {
    assert.throws(() => rowAdam(state(), { features: 3, ...wrong }), {
      name: "RangeError",
      message: /^Cannot use rowAdam with /,
    });
  }
});
