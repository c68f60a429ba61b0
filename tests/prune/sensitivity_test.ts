import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { mask } from "../../lib/prune/mask.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { PruningPlan } from "../../lib/prune/pruning_plan.ts";
import { sensitivity } from "../../lib/prune/sensitivity.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { int64 } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { normal } from "./classifier.ts";

const data = { inputs: normal(6, 3), targets: int64([0, 1, 1, 0, 1, 0]) };

Deno.test("each row is the loss with one group alone masked, the others whole", async () => {
  const model = mlp({ sizes: [3, 8, 6, 2], seed: 4 });
  const rows = await Array.fromAsync(sensitivity(model, data, { ratios: [0.5, 1], criterion: "l1" }));
  assert.deepEqual(rows.map(({ channels, removed }) => [channels, removed]), [[8, 4], [8, 7], [6, 3], [
    6,
    5,
  ]]);
  const plan = planPruning(model, { target: { macs: 1 }, criterion: "l1" });
  for (const [i, { removed, loss }] of rows.entries()) {
    const group = plan.groups[Math.floor(i / 2)]!;
    const order = [...group.importance.keys()].sort((a, b) => group.importance[a]! - group.importance[b]!);
    const alone = new PruningPlan({ ...plan, groups: [{ ...group, removed: order.slice(0, removed) }] });
    const expected = await evaluate(mask(model, alone), data);
    assertClose([loss], [expected.loss], REORDERED_FLOAT32, `row ${i}`);
  }
});

Deno.test("ratios that are no parts are refused before the first row", async () => {
  const model = mlp({ sizes: [3, 8, 6, 2], seed: 4 });
  for (const wrong of [-0.25, NaN, 1.5, Infinity]) {
    await assert.rejects(sensitivity(model, data, { ratios: [0.5, wrong] })[Symbol.asyncIterator]().next(), {
      name: "RangeError",
      message: `Cannot prune groups alone with ratio ${wrong}: expected a number from 0 to 1`,
    });
  }
});
