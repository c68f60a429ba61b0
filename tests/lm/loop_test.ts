import assert from "node:assert/strict";
import { loopPeriod, loopRule } from "../../lib/lm/loop.ts";

const repeat = (piece: number[], times: number) => Array.from({ length: times }, () => piece).flat();

Deno.test("the smallest period is found, behind anything", () => {
  assert.equal(loopPeriod([9, 8, 7, ...repeat([1, 2, 3], 20)]), 3);
  assert.equal(loopPeriod(repeat([1, 1, 2], 30)), 3);
  assert.equal(loopPeriod(repeat([5], 60)), 1);
});

Deno.test("too short, too seldom, too long a piece, or broken at its end: no loop", () => {
  assert.equal(loopPeriod(repeat([5], 59)), undefined);
  assert.equal(loopPeriod([...repeat([1, 2, 3], 20), 4]), undefined);
  const long = Array.from({ length: 40 }, (_, i) => i);
  assert.equal(loopPeriod(repeat(long, 4)), 40);
  assert.equal(loopPeriod(repeat(long, 3)), undefined);
  assert.equal(loopPeriod(repeat(long, 4), { period: 39 }), undefined);
});

Deno.test("a rule is filled up with what is usual", () => {
  assert.deepEqual(loopRule({ repeats: 2 }), { tokens: 60, period: 50, repeats: 2 });
});

Deno.test("numbers of a rule that cannot be meant are refused", () => {
  for (
    const [rule, why] of [
      [{ tokens: 0 }, /with tokens 0: expected a whole number from 1/],
      [{ tokens: 2.5 }, /with tokens 2.5/],
      [{ period: NaN }, /with period NaN/],
      [{ repeats: 1 }, /with repeats 1: expected a whole number from 2/],
    ] as const
  ) assert.throws(() => loopPeriod([1, 2, 3], rule), why);
});
