import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { checkPruned } from "../../lib/prune/check_pruned.ts";
import { planPruning, PruningPlan } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { seededRandom } from "../../lib/random.ts";

const random = seededRandom(2);
const numbers = (...dims: number[]) =>
  float32(Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()), dims);

function model(batch: number | string = 2) {
  const g = new GraphBuilder("two layers");
  const hidden = g.nodeNamed(["hidden"], "MatMul", [
    g.input("x", "float32", [batch, 3]),
    g.parameter("a", numbers(3, 8)),
  ])[0]!;
  g.output(
    g.nodeNamed(["y"], "MatMul", [g.relu(hidden), g.parameter("b", numbers(8, 4))])[0]!,
  );
  const built = g.model();
  built.graph.values.set("hidden", { type: "float32", shape: [batch, 8] });
  return built;
}

Deno.test("checkPruned gives the largest difference from the mask, and names an output that differs", async () => {
  const whole = model();
  const plan = planPruning(whole, { target: { macs: 0.5 } });
  const smaller = prune(whole, plan);
  assert.ok(await checkPruned(whole, smaller, plan) < 1e-6);
  const other = planPruning(whole, { target: { macs: 0.5 }, criterion: "random", seed: 1 });
  await assert.rejects(
    checkPruned(whole, prune(whole, other), plan),
    /output "y" of MatMul.*differs from that of the masked/,
  );
  const feeds = { x: numbers(2, 3) };
  assert.ok(await checkPruned(whole, smaller, plan, { inputs: feeds }) < 1e-6);
});

Deno.test("shapes that a file declares are declared after pruning, too", () => {
  const whole = model();
  const smaller = prune(whole, planPruning(whole, { target: { macs: 0.5 } }));
  assert.deepEqual(smaller.graph.values.get("hidden")?.shape, [2, 4]);
});

Deno.test("prune refuses to give a model whose output is not as it was", () => {
  for (const batch of [2, "N"]) {
    const whole = model(batch);
    const last = channelGroups(whole).groups.find(({ channels }) => channels === 4)!;
    last.protectedBy.length = 0; // as a row that says what is not so would leave it
    const plan = planPruning(whole, { target: { macs: 1 } });
    const wrong = new PruningPlan({
      ...plan,
      groups: [{ id: last.id, name: last.name, channels: 4, removed: [1], importance: new Float64Array(4) }],
    });
    assert.throws(() => prune(whole, wrong), {
      message: new RegExp(
        `Cannot prune: output "y" of MatMul.* would be \\[${batch}, 3\\], and was \\[${batch}, 4\\]`,
      ),
    });
  }
});
