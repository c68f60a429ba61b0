import assert from "node:assert/strict";
import { lamp } from "../../../lib/prune/criteria/lamp.ts";
import { criterionOf } from "../../../lib/prune/criteria/table.ts";
import { taylor } from "../../../lib/prune/criteria/taylor.ts";
import { type PlanOptions, planPruning } from "../../../lib/prune/plan.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT64 } from "../../close.ts";
import { linearLayers as mlp } from "../linear_layers.ts";

// One hidden layer of three channels with the columns (1, −2), (3, 0), (0, 4).
const small = mlp([2, 3, 1], [1, 3, 0, -2, 0, 4]);
const importance = (criterion: PlanOptions["criterion"]) =>
  planPruning(small, { target: { macs: 1 }, criterion, scope: "layer" }).groups[0]!.importance;

Deno.test("Criteria give what is computed by hand", () => {
  assert.deepEqual([...importance("l1")], [3, 3, 4]);
  assertClose(importance("l2"), [Math.sqrt(5), 3, 4], REORDERED_FLOAT64);
  assertClose(importance("lamp"), [5 / 30, 9 / 25, 1], REORDERED_FLOAT64);
  assertClose(
    importance("fpgm"),
    [Math.sqrt(8) + Math.sqrt(37), Math.sqrt(8) + 5, Math.sqrt(37) + 5],
    REORDERED_FLOAT64,
  );
  const read = small.graph.initializers.get("w2")!;
  assert.ok("data" in read);
  const out = read.data as Float32Array;
  assertClose(
    importance("group-l2"),
    [5, 9, 16].map((square, i) => Math.sqrt(square + out[i]! ** 2)),
    REORDERED_FLOAT64,
  );
  const gradient = float32([1, 1, 1, 1, 1, -1], [2, 3]);
  assert.deepEqual([...importance(taylor({ w1: gradient }))], [1, 3, 4]);
  assert.deepEqual(importance("random"), importance("random"));
});

Deno.test("LAMP ranks alike by its name and as a function", () => {
  const model = mlp([6, 24, 16, 5]);
  const [named, given] = (["lamp", lamp] as const).map((criterion) =>
    planPruning(model, { target: { macs: 0.5 }, criterion })
  );
  assert.deepEqual(named!.groups, given!.groups);
});

Deno.test("A function is its own criterion, and a name that is none is told those that are", () => {
  const own = () => [1];
  assert.equal(criterionOf(own, { seed: 0 }), own);
  assert.throws(
    () => criterionOf("l3" as "l1", { seed: 0 }),
    /RangeError: .*"l3": expected one of "l1", "l2".*"taylor"/,
  );
});
