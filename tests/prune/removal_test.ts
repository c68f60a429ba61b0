import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { mask } from "../../lib/prune/mask.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { PruningPlan } from "../../lib/prune/pruning_plan.ts";

/** Two layers, with the hidden units, or what is reduced over them, as one more output. */
function hidden(output?: "all" | "mean" | "largest"): Model {
  const g = new GraphBuilder("hidden");
  const weight = (...dims: [number, number]) =>
    g.parameter(
      `w${dims[0]}`,
      float32(Array.from({ length: dims[0] * dims[1] }, (_, i) => Math.sin(i)), dims),
    );
  const units = g.relu(g.matMul(g.input("x", "float32", ["N", 3]), weight(3, 8)));
  if (output === "all") g.output(units, "units");
  if (output === "mean") g.output(g.reduceMean(units, [1]), "mean");
  if (output === "largest") g.output(g.node("ReduceMax", [units], { axes: [1], keepdims: 1 })[0]!, "largest");
  g.output(g.matMul(units, weight(8, 2)), "y");
  return g.model();
}

Deno.test("A plan is refused by a model of equal weights in which the channels must stay", () => {
  const plan = planPruning(hidden(), { target: { macs: 0.5 } });
  assert.ok(prune(hidden(), plan));
  assert.ok(prune(hidden("mean"), plan), "a mean goes on over all channels that there were");
  for (const output of ["all", "largest"] as const) {
    assert.throws(() => prune(hidden(output), plan), /TypeError: .*it was made for another model/);
    assert.throws(() => mask(hidden(output), plan), /TypeError: .*it was made for another model/);
  }
});

Deno.test("A plan written by hand is refused where a model cannot lose what it removes", () => {
  const model = mlp({ sizes: [4, 8, 6, 2] });
  const plan = planPruning(model, { target: { macs: 0.5 } });
  const first = plan.groups[0]!;
  const refused = (groups: readonly unknown[], message: RegExp) => {
    const byHand = new PruningPlan({ ...plan, groups: groups as PruningPlan["groups"] });
    for (const use of [prune, mask]) assert.throws(() => use(model, byHand), { name: "TypeError", message });
  };
  const removing = (removed: unknown, message: RegExp) => refused([{ ...first, removed }], message);
  removing([0, 1, 2, 3, 4, 5, 6, 7], /"0\.weight".*at most 7 channels, so that one stays.*found all 8/);
  for (const channel of [99, 8, -1, 1.5, NaN, "1"]) {
    removing([channel], new RegExp(`whole numbers from 0 to 7, found ${channel}`));
  }
  removing([1, 1], /a list of channels, each once, found 1 twice/);
  removing(3, /removed to be a list of channels, found 3/);
  refused([{ ...first, id: 77 }], /an id from 0 to \d+, found 77/);
  refused([first, first], /each group at most once.*found \d+ twice/);
  const kept = [{ ...first, id: 0, removed: [] }];
  assert.equal(prune(model, new PruningPlan({ ...plan, groups: kept })), model);
  for (const none of [null, undefined, 5, {}]) {
    assert.throws(() => prune(model, none as never), /TypeError: .*planPruning\(model/);
  }
  const later = Promise.resolve(plan);
  assert.throws(() => prune(model, later as never), /TypeError: Cannot prune with a promise: await the plan/);
});

Deno.test("A plan written by hand may not remove from a group that must stay", () => {
  const model = hidden("all");
  const plan = planPruning(model, { target: { macs: 1 } });
  const ids = plan.protected.map((_, id) => id);
  for (const id of ids) {
    const groups = [{ id, name: "", channels: 8, removed: [0], importance: new Float64Array(8) }];
    const byHand = new PruningPlan({ ...plan, groups });
    assert.throws(
      () => prune(model, byHand),
      /TypeError: .*removed to be empty, since .*"(units|y|x)".*found \[0\]/,
    );
  }
});

Deno.test("A plan that went through JSON is carried out as it was", () => {
  const model = mlp({ sizes: [4, 8, 2] });
  const plan = planPruning(model, { target: { macs: 0.5 } });
  const read = JSON.parse(JSON.stringify(plan));
  assert.deepEqual(prune(model, read).toOnnx(), prune(model, plan).toOnnx());
});
