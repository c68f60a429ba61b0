import assert from "node:assert/strict";
import {
  fanIn,
  type Initializer,
  kaimingNormal,
  kaimingNormalFanOut,
  kaimingUniform,
  normal,
  scaled,
  uniform,
  xavierUniform,
  zeros,
} from "../../lib/nn/init.ts";
import { seededRandom } from "../../lib/random.ts";
import { numbersOf } from "../../lib/tensor/tensor.ts";
import { underLimits } from "../limits.ts";

const DIMS = [64, 16, 3, 3];

const drawn = (init: Initializer, seed = 1) => numbersOf(init(DIMS, seededRandom(seed)));
const deviation = (values: number[]) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);

/** Deviations, by the rules of the papers, of a convolution with 144 inputs and 64 · 9 outputs. */
const RULES: Record<string, [Initializer, number]> = {
  "Kaiming normal: √(2 / inputs)": [kaimingNormal, Math.sqrt(2 / 144)],
  "Kaiming normal over outputs": [kaimingNormalFanOut, Math.sqrt(2 / 576)],
  "Kaiming uniform, a = √5: variance 1 / (3 · inputs)": [kaimingUniform, Math.sqrt(1 / (3 * 144))],
  "Xavier uniform: variance 2 / (inputs + outputs)": [xavierUniform(144, 64), Math.sqrt(2 / 208)],
  "normal": [normal(0.02), 0.02],
  "uniform: variance bound² / 3": [uniform(0.3), 0.3 / Math.sqrt(3)],
  "scaled": [scaled(0.1, normal(1)), 0.1],
};

for (const [name, [init, expected]] of Object.entries(RULES)) {
  Deno.test(`first weights have the deviation of their rule, around 0, and follow the seed: ${name}`, () => {
    const values = drawn(init);
    assert.ok(
      Math.abs(deviation(values) / expected - 1) < 0.03,
      `${deviation(values)}, expected ${expected}`,
    );
    assert.ok(
      Math.abs(values.reduce((a, b) => a + b) / values.length) < 4 * expected / Math.sqrt(values.length),
    );
    assert.deepEqual(drawn(init), values);
    assert.notDeepEqual(drawn(init, 2), values);
  });
}

Deno.test("uniform ones keep within their bound; inputs are all axes but the first; zeros are zeros", () => {
  assert.ok(drawn(kaimingUniform).every((value) => Math.abs(value) <= 1 / 12));
  assert.deepEqual([fanIn(DIMS), fanIn([5]), fanIn([5, 7])], [144, 1, 7]);
  assert.ok(drawn(zeros).every((value) => value === 0));
});

Deno.test("shapes that make no weight are refused before memory is asked for", async () => {
  for (const dims of [[0, 3], [2.5], [-1, 2], [NaN]]) {
    assert.throws(() => zeros(dims, seededRandom(0)), {
      name: "RangeError",
      message: /expected whole numbers from 1; look at/,
    });
  }
  await underLimits({ parameters: 10 }, () => {
    assert.throws(
      () => normal(1)([11], seededRandom(0)),
      /shape \[11\]: expected at most 10 numbers, if it is meant/,
    );
  });
});
