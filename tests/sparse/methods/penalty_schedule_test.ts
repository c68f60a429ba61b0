import assert from "node:assert/strict";
import { penaltySchedule } from "../../../lib/sparse/methods/penalty_schedule.ts";

Deno.test("coefficients grow where they are chosen, to the limit, and then their whole layer rests", () => {
  const { isDue, isOver, grow } = penaltySchedule({ every: 5, increment: 0.25, limit: 0.5 });
  assert.deepEqual([1, 5, 7, 10].map(isDue), [false, true, false, true]);
  const decay = new Float32Array(3);
  grow(decay, 100, (visit) => visit(1));
  assert.deepEqual([...decay, isOver(decay)], [0, 0.25, 0, false]);
  grow(decay, 100, (visit) => [0, 1].forEach(visit));
  assert.deepEqual([...decay, isOver(decay)], [0.25, 0.5, 0, true]);
  grow(decay, 100, (visit) => [0, 1, 2].forEach(visit));
  assert.deepEqual([...decay], [0.25, 0.5, 0]);
});

Deno.test("without an increment, growth reaches the limit in the steps there are", () => {
  const { grow, isOver } = penaltySchedule({ every: 5, limit: 0.5 });
  const decay = new Float32Array(1);
  for (let growth = 1; growth <= 20; growth++) {
    assert.equal(isOver(decay), false);
    grow(decay, 100, (visit) => visit(0));
  }
  assert.ok(Math.abs(decay[0]! - 0.5) < 1e-6);
});

Deno.test("numbers that are not above 0, and parts of steps, are refused", () => {
  for (
    const options of [{ every: 0 }, { every: 2.5 }, { increment: -1 }, { limit: NaN }, { limit: Infinity }]
  ) {
    assert.throws(() => penaltySchedule(options), {
      name: "RangeError",
      message: /^Cannot grow decay with /,
    });
  }
});
