import assert from "node:assert/strict";
import { argmax, klDivergence, logSumExp } from "../../lib/statistics/logits.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT64 } from "../close.ts";

const random = seededRandom(3, "logits");
const drawn = (length: number) => Float32Array.from({ length }, () => 3 * random.normal());
const softmax = (row: Float32Array) => {
  const powers = Array.from(row, Math.exp);
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
};

Deno.test("a divergence is that of the definition, zero of a row from itself, and finite at large logits", () => {
  const [p, q] = [drawn(5), drawn(5)];
  const [a, b] = [softmax(p), softmax(q)];
  const expected = a.reduce((sum, x, i) => sum + x * Math.log(x / b[i]!), 0);
  assertClose([klDivergence(p, q), klDivergence(p, p)], [expected, 0], REORDERED_FLOAT64);
  const [far, other] = [Float32Array.of(1e4, 0), Float32Array.of(0, 1e4)];
  assertClose([klDivergence(far, other)], [1e4], REORDERED_FLOAT64);
});

Deno.test("the logarithm of a sum of powers is that of the definition, and finite at large logits", () => {
  const row = drawn(5);
  const expected = Math.log(Array.from(row, Math.exp).reduce((a, b) => a + b));
  assertClose([logSumExp(row), logSumExp([1e4, 1e4])], [expected, 1e4 + Math.log(2)], REORDERED_FLOAT64);
});

Deno.test("argmax: the first place of the largest number, as sorting finds it", () => {
  for (const length of [1, 2, 50]) {
    const row = Array.from({ length }, () => Math.round(random.normal()));
    assert.equal(argmax(row), row.indexOf(Math.max(...row)));
  }
});

Deno.test("what a row never takes adds nothing to its divergence", () => {
  assertClose([klDivergence([1, -Infinity], [0, 0])], [Math.LN2], REORDERED_FLOAT64);
  assertClose([klDivergence([1, -Infinity], [0, -Infinity])], [0], REORDERED_FLOAT64);
  assertClose([klDivergence([1, 1], [0, -Infinity])], [Infinity], REORDERED_FLOAT64);
});
