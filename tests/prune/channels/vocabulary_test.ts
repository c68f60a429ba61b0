import assert from "node:assert/strict";
import { bert } from "../../../lib/nn/bert.ts";
import { decoder } from "../../../lib/nn/decoder.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { checkPruned } from "../../../lib/prune/check_pruned.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { keptIds } from "../../../lib/prune/kept/kept_ids.ts";
import { mask } from "../../../lib/prune/mask.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { type PlannedGroup, PruningPlan } from "../../../lib/prune/pruning_plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { int64, type Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { runNative } from "../../onnx/run_native.ts";
import { Net } from "../net.ts";

const ROWS = ["vocabulary"] as const;

const language = (tied: boolean) =>
  decoder({ vocabulary: 20, context: 8, layers: 1, hidden: 8, heads: 2, neurons: 16, tied });

/** The plan that removes some ids, and nothing else. */
function without(model: Model, removed: number[], kinds: PruningPlan["kinds"] = ROWS): PruningPlan {
  const plan = planPruning(model, { target: { bytes: 1 }, kinds });
  const groups = plan.groups.map((group): PlannedGroup => ({
    ...group,
    removed: group.kind === "vocabulary" ? removed : [],
  }));
  return new PruningPlan({ ...plan, groups });
}

for (const tied of [true, false]) {
  Deno.test(`rows of a ${tied ? "tied" : "separate"} vocabulary leave with the logits of their ids`, async () => {
    const model = language(tied);
    const removed = [0, 3, 4, 11, 19];
    const plan = without(model, removed);
    const smaller = prune(model, plan);
    const kept = Array.from({ length: 20 }, (_, id) => id).filter((id) => !removed.includes(id));
    assert.deepEqual(keptIds(smaller), { input_ids: kept });
    assert.equal(smaller.graph.values.get(smaller.graph.outputs[0]!)!.shape!.at(-1), 15);
    // The same texts, in the ids of each; of the masked original, the places of the ids that stay.
    const texts = [1, 5, 18, 7, 2, 12];
    const feeds = (ids: number[]) => ({ input_ids: int64(ids, [2, 3]) });
    const [name] = model.graph.outputs as [string];
    const before = (await runNative(mask(model, plan), feeds(texts)))[name]!;
    const after = (await runNative(smaller, feeds(texts.map((id) => kept.indexOf(id)))))[name]!;
    const expected = Array.from(before.data as Float32Array).filter((_, i) => kept.includes(i % 20));
    assertClose(after.data as Float32Array, Float32Array.from(expected), REORDERED_FLOAT32, "logits");
    // What goes says nothing of what stays: the original itself gives the same logits.
    const original = (await runNative(model, feeds(texts)))[name]!.data as Float32Array;
    assertClose(
      Float32Array.from(expected),
      original.filter((_, i) => kept.includes(i % 20)),
      REORDERED_FLOAT32,
      "masked",
    );
    assert.ok(await checkPruned(model, smaller, plan, { inputShapes: { input_ids: [2, 3] } }) < 1e-5);
  });
}

Deno.test("in rounds, kept ids are those of the first model", () => {
  const first = prune(language(true), without(language(true), [0, 3, 19]));
  const second = prune(first, without(first, [0, 2])); // first called 1 and 4
  assert.deepEqual(keptIds(second).input_ids, [2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
  assert.deepEqual(keptIds(language(true)), {});
});

Deno.test("rows and channels go to one target, and a criterion may keep ids that must stay", async () => {
  const model = language(false);
  const plan = planPruning(model, {
    target: { parameters: 0.5 },
    kinds: ["channels", "vocabulary"],
    // Counts of ids in a text, say; of channels, their place.
    criterion: ({ kind, channels }) =>
      Array.from({ length: channels }, (_, i) => kind === "vocabulary" && i === 7 ? 1e6 : 1 + i),
  });
  const rows = plan.groups.find(({ kind }) => kind === "vocabulary")!;
  assert.ok(rows.removed.length > 0 && !rows.removed.includes(7));
  assert.match(plan.toString(), /channels in \d+ groups, \d+ of 20 rows of vocabularies/);
  const smaller = prune(model, plan);
  assert.equal(countMacs(smaller, { inputShapes: { input_ids: [1, 4] } }).parameters, plan.after.parameters);
  assert.ok(await checkPruned(model, smaller, plan, { inputShapes: { input_ids: [1, 4] } }) < 1e-5);
});

Deno.test("an encoder's words may go, its positions and classes not; nothing goes unasked", () => {
  const model = bert({ vocabulary: 30, positions: 6, layers: 1, hidden: 8, heads: 2, classes: 30 - 28 });
  const rows = channelGroups(model, ROWS).prunable.filter(({ kind }) => kind === "vocabulary");
  assert.ok(rows.some(({ channels, slots }) => channels === 30 && slots.length === 1));
  assert.ok(!rows.some(({ channels }) => channels === 6));
  assert.equal(channelGroups(model).prunable.some(({ kind }) => kind === "vocabulary"), false);
});

Deno.test("ids that are compared, or given back, keep their numbers", () => {
  const build = (more: (net: Net, ids: string) => void): Model => {
    const net = new Net();
    const ids = net.g.input("ids", "int64", ["N"]);
    net.g.output(net.linear(net.op("Gather", [net.weight(6, 4), ids]), 4, 2), "y");
    more(net, ids);
    return net.g.model();
  };
  const free = (model: Model) =>
    channelGroups(model, ROWS).prunable.filter(({ kind }) => kind === "vocabulary").length;
  assert.equal(free(build(() => {})), 1);
  assert.equal(free(build((net, ids) => net.g.output(net.op("Shape", [ids]), "size"))), 1);
  assert.equal(free(build((net, ids) => net.g.output(net.op("Equal", [ids, net.ints(0)]), "padding"))), 0);
  assert.equal(free(build((net, ids) => net.g.output(net.op("Identity", [ids]), "again"))), 0);
  // Two tables of other lengths cannot share ids that are numbered anew.
  assert.equal(
    free(build((net, ids) => net.g.output(net.op("Gather", [net.weight(7, 4), ids]), "other"))),
    0,
  );
});

Deno.test("an input that several tables are looked up by loses the same rows of all", async () => {
  const net = new Net();
  const ids = net.op("Unsqueeze", [net.g.input("ids", "int64", ["N"]), net.ints(1)]);
  const wide = net.op("Squeeze", [net.op("Gather", [net.weight(6, 4), ids]), net.ints(1)]);
  const first = net.op("Squeeze", [net.op("Gather", [net.weight(6, 1), ids]), net.ints(1)]);
  net.g.output(net.op("Add", [net.linear(wide, 4, 1), first]), "click");
  const model = net.g.model();
  const plan = without(model, [1, 2]);
  const smaller = prune(model, plan);
  assert.deepEqual(
    [...smaller.graph.initializers.values()].slice(0, 3).map((t) => (t as Tensor).dims[0]).includes(6),
    false,
  );
  const inputs = { ids: int64([3, 0, 2, 1]) };
  assert.ok(await checkPruned(model, smaller, plan, { inputs }) < 1e-5);
});
