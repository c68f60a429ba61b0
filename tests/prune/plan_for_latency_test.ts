import assert from "node:assert/strict";
import { planPruning } from "../../lib/prune/plan.ts";
import { classifier } from "./classifier.ts";
import { pretend, withClock } from "./pretend_engine.ts";

Deno.test("A plan for a latency keeps what is fast enough, and says when nothing is", () =>
  withClock(async () => {
    const { model } = classifier();
    const measure = { runs: 3 };
    const runtime = pretend({});
    const plan = await planPruning(model, { target: { latency: 0.55 }, criterion: "l1", measure, runtime });
    assert.deepEqual(plan.target, { latency: 0.55 });
    assert.equal(plan.groups[0]!.removed.length, 4);
    assert.equal(
      (await planPruning(model, { target: { latency: 1 }, runtime })).groups[0]!.removed.length,
      0,
    );
    await assert.rejects(
      planPruning(model, { target: { latency: 0.01 }, measure, runtime }),
      /RangeError: .*smallest model.*12\.5 % of the MACs/,
    );
    await assert.rejects(planPruning(model, { target: { latency: 1.5 }, runtime }), /RangeError: .*fraction/);
  }));
