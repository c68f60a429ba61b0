import assert from "node:assert/strict";
import { mask } from "../../lib/prune/mask.ts";
import { type PlanOptions, planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { linearLayers as mlp } from "./linear_layers.ts";

// One hidden layer of three channels with the columns (1, −2), (3, 0), (0, 4).
const small = mlp([2, 3, 1], [1, 3, 0, -2, 0, 4]);

Deno.test("Bad input is refused with the way out", () => {
  const plan = (options: Partial<PlanOptions>) => () =>
    planPruning(small, { target: { macs: 0.7 }, criterion: "l1", ...options });
  assert.throws(
    plan({ criterion: "l3" as "l1" }),
    /RangeError: .*"l3": expected one of "l1", "l2".*"taylor"/,
  );
  assert.throws(plan({ criterion: "taylor" }), /TypeError: .*give planPruning examples/);
  for (const macs of [0, -1, 1.5, NaN]) assert.throws(plan({ target: { macs } }), /RangeError: .*fraction/);
  assert.throws(plan({ target: { macs: 0.01 } }), /RangeError: .*the most that can go leaves 0\.333/);
  assert.throws(plan({ target: {} as { macs: number } }), /TypeError/);
  assert.throws(plan({ ignore: ["nothing"] }), /TypeError: .*"nothing"/);
  assert.throws(plan({ criterion: () => [1] }), /TypeError: .*1 numbers/);
  const other = planPruning(mlp([2, 4, 1]), { target: { macs: 1 }, criterion: "l1" });
  assert.throws(() => prune(small, other), /TypeError: .*another model/);
  assert.throws(() => mask(small, other), /TypeError: .*another model/);
});
