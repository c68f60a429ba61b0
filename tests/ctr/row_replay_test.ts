import assert from "node:assert/strict";
import { newRowState } from "../../lib/ctr/row_adam.ts";
import { rowReplay } from "../../lib/ctr/row_replay.ts";
import { seededRandom } from "../../lib/random.ts";

const f = Math.fround;
const BETAS = [0.9, 0.999] as const, EPSILON = 1e-8, RATE = 3e-3;

/** Sizes of steps, and scales of their roots. */
const sizeOf = (t: number) => RATE / (1 - 0.9 ** (t + 1)),
  scaleOf = (t: number) => 1 / Math.sqrt(1 - 0.999 ** (t + 1));

/** One number, step by step, rounded to float32 after each operation: the dense update without a gradient. */
function dense([value, mean, square]: readonly number[], first: number, last: number, l2: number): number[] {
  const [b1, r1, b2, r2] = [BETAS[0], 1 - BETAS[0], BETAS[1], 1 - BETAS[1]].map(f);
  for (let t = first; t < last; t++) {
    const gradient = f(value! * f(l2));
    mean = f(f(mean! * b1!) + f(gradient * r1!));
    square = f(f(square! * b2!) + f(f(gradient * gradient) * r2!));
    const root = f(f(f(Math.sqrt(square)) * f(scaleOf(t))) + f(EPSILON));
    value = f(value! - f(f(mean / root) * f(sizeOf(t))));
  }
  return [value!, mean!, square!];
}

function replayed(features: number, collapsed: number, weightDecay: number) {
  const random = seededRandom(features);
  const rows = 37, last = 400;
  const state = newRowState(
    Float32Array.from({ length: rows * features }, () => random.normal(0, 0.02)),
    features,
  );
  for (let i = 0; i < state.mean.length; i++) {
    state.mean[i] = random.normal(0, 1e-4);
    state.square[i] = random.uniform() * 1e-6;
  }
  const replay = rowReplay(state, { features, weightDecay, betas: BETAS, epsilon: EPSILON, collapsed });
  for (let t = 0; t < last; t++) replay.note(sizeOf(t), scaleOf(t));
  const before = {
    ...state,
    values: state.values.slice(),
    mean: state.mean.slice(),
    square: state.square.slice(),
  };
  const late = Array.from({ length: rows }, (_, row) => row).filter((row) => row % 5 !== 2);
  const firsts = late.map(() => random.integer(last));
  replay.replay(late, firsts);
  return { state, before, late, firsts, last };
}

Deno.test("rows take the steps that they missed as the dense update in float32 does, to the bit", () => {
  for (const features of [1, 3, 8, 12, 16, 20]) {
    const { state, before, late, firsts, last } = replayed(features, 0, 1e-3);
    const wanted = {
      values: before.values.slice(),
      mean: before.mean.slice(),
      square: before.square.slice(),
    };
    late.forEach((row, i) => {
      for (let at = row * features; at < (row + 1) * features; at++) {
        const numbers = [before.values[at]!, before.mean[at]!, before.square[at]!];
        [wanted.values[at], wanted.mean[at], wanted.square[at]] = dense(numbers, firsts[i]!, last, 1e-3) as [
          number,
          number,
          number,
        ];
      }
    });
    const { values, mean, square } = state;
    assert.deepEqual({ values, mean, square }, wanted, `${features} numbers a row`);
  }
});

Deno.test("what comes below the size of collapse is zero, and its squares fade to the end", () => {
  for (const features of [1, 16]) {
    // So large a size that all rows collapse at once.
    const { state, before, late, firsts, last } = replayed(features, 1e9, 1e-3);
    late.forEach((row, i) => {
      for (let at = row * features; at < (row + 1) * features; at++) {
        assert.deepEqual([state.values[at], state.mean[at]], [0, 0]);
        const faded = before.square[at]! * 0.999 ** (last - firsts[i]!);
        assert.ok(Math.abs(state.square[at]! - faded) <= 1e-4 * faded, `${state.square[at]} is not ${faded}`);
      }
    });
    // Rows that were not named stand as they were.
    for (const at of [2 * features, 7 * features]) assert.equal(state.values[at], before.values[at]);
  }
});
