import assert from "node:assert/strict";
import { evidenceOf } from "../../../lib/papers/tour/evidence.ts";
import { unitsOf } from "../../../lib/papers/tour/experiment.ts";
import { PRESETS } from "../../../lib/papers/tour/presets.ts";

const units = unitsOf(PRESETS.quick, { seed: 0 });

/** Results in which each unit has itself for a row, but for some that failed. */
const results = (failed: readonly unknown[]) =>
  ({
    rowsOf: (unit: unknown) =>
      failed.includes(unit) ? [] : unit === units.accuracy ? [{ accuracy: 0.9 }] : [unit],
  }) as never;

Deno.test("the evidence has the networks that did not fail, at all targets and with further seeds", () => {
  const found = evidenceOf(units, results([units.tuned[0]]));
  assert.deepEqual(
    [found.cut, found.intact, found.latencies],
    [units.cut, 0.9, [units.latencies]] as unknown,
  );
  assert.deepEqual(found.rows, [...units.tuned.slice(1), ...units.repeated] as unknown);
});

Deno.test("without the unpruned network, or the cut, nothing can be judged", () => {
  for (const missing of [units.cut, units.accuracy]) {
    assert.throws(() => evidenceOf(units, results([missing])), {
      message: "Cannot judge the cuts: the unpruned network has no result; the run says why",
    });
  }
});
