import assert from "node:assert/strict";
import { collapseOf } from "../../../lib/papers/compressed_lrm/collapse.ts";

Deno.test("Collapse points: where the line crosses half, with what other items would have given", () => {
  const right = (share: number) => Array.from({ length: 200 }, (_, i) => Number((i * 7 % 200) / 200 < share));
  const dense = { at: 0, right: right(1) };
  const levels = [{ at: 0.3, right: right(0.9) }, { at: 0.5, right: right(0.4) }, {
    at: 0.7,
    right: right(0),
  }];
  const { at, interval, never } = collapseOf(dense, levels)!;
  assert.ok(Math.abs(at - (0.3 + 0.2 * (0.9 - 0.5) / (0.9 - 0.4))) < 1e-9 && !never);
  // About two deviations of an accuracy, over the slope of the line.
  const half = 1.96 * Math.sqrt(0.4 * 0.6 / 200) * 0.2 / 0.5;
  assert.ok(Math.abs((interval.high - interval.low) / 2 / half - 1) < 0.35, JSON.stringify(interval));
  assert.deepEqual(collapseOf(dense, levels.slice(0, 1))!.never, true);
  assert.equal(collapseOf(dense, levels.slice(0, 1))!.at, 0.3);
  assert.equal(collapseOf({ at: 0, right: right(0) }, levels), undefined);
});
