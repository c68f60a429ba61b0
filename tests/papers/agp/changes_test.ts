import assert from "node:assert/strict";
import { MAIN_TASKS } from "../../../lib/agents/simulation/world.ts";
import { changed } from "../../../lib/papers/agp/changes.ts";

Deno.test("where nothing changes, the team that was best is best", () => {
  for (const what of ["timeouts", "drift", "shared errors"] as const) {
    const rows = changed({ what, amount: 0 });
    assert.deepEqual(rows.map(({ task }) => task), [...MAIN_TASKS]);
    for (const { utility, before, accuracy, accuracyBefore } of rows) {
      assert.deepEqual([before, accuracyBefore], [utility, accuracy]);
    }
  }
});

Deno.test("a change makes no team better, and the team that is best with it is no worse than the one of before", () => {
  const usual = changed({ what: "timeouts", amount: 0 });
  for (const what of ["timeouts", "drift"] as const) {
    changed({ what, amount: 0.3 }).forEach(({ utility, before }, i) => {
      assert.ok(before <= utility && utility <= usual[i]!.utility + 1e-12);
    });
  }
  // Skill at mathematics is lost: what needs it suffers.
  const drift = changed({ what: "drift", amount: 0.4 });
  const lost = (task: string) =>
    usual.find((row) => row.task === task)!.utility - drift.find((row) => row.task === task)!.before;
  assert.ok(lost("arith") > 0.05 && Math.abs(lost("code")) < 1e-12);
});
