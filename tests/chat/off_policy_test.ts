import assert from "node:assert/strict";
import { type LoggedTrial, offPolicyEstimate } from "../../lib/chat/off_policy.ts";
import { seededRandom } from "../../lib/random.ts";

/** Chance that a run with these two links succeeds. */
const chance = (a: boolean, b: boolean) => a ? (b ? 0.9 : 0.5) : (b ? 0.3 : 0.1);

/** Runs under one policy, weighed for another: probabilities of the two links. */
function log(count: number, logged: [number, number], target: [number, number]): LoggedTrial[] {
  const random = seededRandom(5, "log");
  return Array.from({ length: count }, () => {
    const taken = logged.map((p) => random.uniform() < p) as [boolean, boolean];
    const of = (policy: number[]) => policy.map((p, i) => taken[i] ? p : 1 - p);
    return { outcome: Number(random.uniform() < chance(...taken)), logged: of(logged), target: of(target) };
  });
}

Deno.test("the estimate is the target policy's true mean, within its error; the log's own mean is not", () => {
  const [p, q] = [0.8, 0.7];
  const truth = p * q * 0.9 + p * (1 - q) * 0.5 + (1 - p) * q * 0.3 + (1 - p) * (1 - q) * 0.1;
  const trials = log(20_000, [0.5, 0.5], [p, q]);
  const { mean, standardError, effectiveSampleSize } = offPolicyEstimate(trials);
  assert.ok(Math.abs(mean - truth) < 4 * standardError, `${mean} ± ${standardError}, not ${truth}`);
  assert.ok(standardError < 0.01);
  const plain = trials.reduce((sum, { outcome }) => sum + outcome, 0) / trials.length;
  assert.ok(Math.abs(plain - truth) > 10 * standardError);
  // In the limit, n / E[w²], with E[w²] = Π (p²/.5 + (1−p)²/.5)
  const share = 1 / [p, q].reduce((all, one) => all * (2 * one ** 2 + 2 * (1 - one) ** 2), 1);
  assert.ok(Math.abs(effectiveSampleSize / trials.length - share) < 0.02);
});

Deno.test("under the same policy every run counts once, also with hundreds of decisions", () => {
  const trials = log(40, [0.5, 0.5], [0.5, 0.5]);
  const { mean, effectiveSampleSize } = offPolicyEstimate(trials);
  assert.equal(effectiveSampleSize, 40);
  assert.ok(Math.abs(mean - trials.reduce((sum, { outcome }) => sum + outcome, 0) / 40) < 1e-12);
  const long = trials.map(({ outcome }) => ({
    outcome,
    logged: Array(600).fill(0.01),
    target: Array(600).fill(0.5),
  }));
  assert.ok(Math.abs(offPolicyEstimate(long).effectiveSampleSize - 40) < 1e-6);
});

Deno.test("a log that cannot tell is refused", () => {
  assert.throws(
    () => offPolicyEstimate(log(20, [0.5, 0.5], [0.5, 0.5])),
    /effective sample size of 30 .*found 20.0 of 20/,
  );
  assert.throws(() => offPolicyEstimate(log(60, [0.5, 0.5], [0.999, 0.001])), RangeError);
  const certain = [{ outcome: 1, logged: [1], target: [0.5] }];
  assert.throws(
    () => offPolicyEstimate(certain, 1),
    /decisions that could have fallen otherwise.*probability 1/,
  );
  assert.throws(
    () => offPolicyEstimate([{ outcome: 1, logged: [0.5], target: [] }], 1),
    /1 logged and 0 of the target/,
  );
  assert.throws(() => offPolicyEstimate([]), /found 0.0 of 0 runs/);
});
