import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { type Followed, mostWithin, toGoal } from "../../../lib/prune/plan/to_goal.ts";

Deno.test("the largest cost within a fraction is the last that, divided, is no larger than it", () => {
  // 58 of 100 pairs of weights are 0.58 of 200, though 0.58 · 200 is less than 116 in floats.
  assert.equal(mostWithin(0.58, 200), 116);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (before, fraction) => {
        const most = mostWithin(fraction, before);
        assert.ok(most / before <= fraction && (most + 1) / before > fraction, `${most}`);
      },
    ),
    { seed: 1, numRuns: 500 },
  );
});

/** Steps that cost alike; once any goes, what is stored anew costs something, and a share of what is kept. */
interface Steps {
  step: number;
  count: number;
  more: number;
  share: number;
}

const storedAnew = (kept: number, { more, share }: Steps) => kept + more + Math.floor(share * kept);

function follow(steps: Steps, aim: number): Followed {
  const { step, count } = steps;
  const costs = (macs: number) => ({ macs, parameters: 0, bytes: 0 });
  const kept = step * Math.max(1, Math.min(count, Math.floor(aim / step)));
  const after = kept === step * count ? kept : storedAnew(kept, steps);
  return { removed: new Map(), kept: costs(kept), after: costs(after) };
}

Deno.test("what is stored anew is made room for, and no step more than that goes", () => {
  const numbers = fc.record({
    step: fc.integer({ min: 1, max: 50 }),
    count: fc.integer({ min: 2, max: 60 }),
    more: fc.integer({ min: 0, max: 80 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    part: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
  });
  fc.assert(
    fc.property(numbers, ({ part, ...steps }) => {
      const { step, count } = steps;
      const goal = Math.floor(part * step * count);
      const found = toGoal(goal, step, "macs", (aim) => follow(steps, aim));
      // All steps, tried one by one; where none fits, as much as may go has gone.
      const all = Array.from({ length: count - 1 }, (_, i) => storedAnew((i + 1) * step, steps));
      assert.equal(found.after.macs, all.findLast((after) => after <= goal) ?? all[0]);
    }),
    { seed: 2, numRuns: 1000 },
  );
});
