import assert from "node:assert/strict";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { vit } from "../../../lib/nn/vit.ts";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import type { Criterion } from "../../../lib/prune/criteria/criterion.ts";
import { checkPruned } from "../../../lib/prune/check_pruned.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { type PlannedGroup, PruningPlan } from "../../../lib/prune/pruning_plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { Net } from "../net.ts";

const DEPTH = ["channels", "blocks"] as const;

const transformer = () =>
  vit({ image: 8, patch: 4, layers: 3, heads: 2, hidden: 16, classes: 3, weights: "random" });

/** The plan that removes some members of the group of a kind, and nothing else. */
function without(model: Model, removed: number[]): PruningPlan {
  const plan = planPruning(model, { target: { macs: 1 }, kinds: DEPTH });
  const groups = plan.groups.map((group): PlannedGroup => ({
    ...group,
    removed: group.kind === "blocks" ? removed : [],
  }));
  return new PruningPlan({ ...plan, groups });
}

Deno.test("the residual blocks of a vision transformer and of a ResNet are found, and only on demand", () => {
  const blocksOf = (model: Model) =>
    channelGroups(model, DEPTH).groups.find(({ kind }) => kind === "blocks")?.channels;
  assert.equal(blocksOf(transformer()), 6);
  // Three stages of three blocks, of which two begin with a projection of the stream.
  assert.equal(blocksOf(resnetCifar({ depth: 20 })), 7);
  assert.equal(channelGroups(transformer()).groups.some(({ kind }) => kind === "blocks"), false);
});

Deno.test("a model without any one block equals the masked original, and so does one without several", async () => {
  for (const model of [transformer(), resnetCifar({ depth: 20 })]) {
    const all = channelGroups(model, DEPTH).groups.find(({ kind }) => kind === "blocks")!.channels;
    for (const removed of [...Array.from({ length: all }, (_, i) => [i]), [0, all - 1]]) {
      const plan = without(model, removed);
      const smaller = prune(model, plan);
      assert.ok(await checkPruned(model, smaller, plan) < 1e-5, `without ${removed}`);
      assert.ok(countMacs(smaller).macs < countMacs(model).macs);
    }
  }
});

Deno.test("one plan takes blocks and channels to one target, and foretells the costs of what is left", async () => {
  const model = transformer();
  for (const target of [{ macs: 0.5 }, { parameters: 0.4 }, { bytes: 0.6 }]) {
    const plan = planPruning(model, { target, kinds: DEPTH });
    assert.deepEqual(
      new Set(plan.groups.filter(({ removed }) => removed.length).map(({ kind }) => kind)),
      new Set(DEPTH),
      plan.toString(),
    );
    const smaller = prune(model, plan);
    const { macs, parameters } = countMacs(smaller);
    assert.deepEqual([plan.after.macs, plan.after.parameters], [macs, parameters]);
    const [[kind, part]] = Object.entries(target) as [[keyof typeof plan.after, number]];
    assert.ok(plan.after[kind] <= part * plan.before[kind]);
    assert.ok(await checkPruned(model, smaller, plan) < 1e-5);
  }
});

Deno.test("blocks alone go where only they are named, and one of them stays", () => {
  const model = transformer();
  const plan = planPruning(model, { target: { macs: 0.5 }, kinds: ["blocks"] });
  assert.deepEqual(plan.groups.map(({ kind, channels }) => [kind, channels]), [["blocks", 6]]);
  assert.match(plan.toString(), /removes 0 of 0 channels in 0 groups, \d of 6 blocks/);
  assert.match(plan.toString(), /0 groups|only blocks are to go/);
  assert.throws(
    () => planPruning(model, { target: { macs: 0.01 }, kinds: ["blocks"] }),
    /the most that can go/,
  );
  assert.throws(() => prune(model, without(model, [0, 1, 2, 3, 4, 5])), /so that one stays/);
});

Deno.test("blocks are weighed among those of the same shapes, so that small ones do not all go first", () => {
  const model = transformer();
  const plan = planPruning(model, { target: { macs: 0.6 }, kinds: ["blocks"], criterion: "l2" });
  const { removed, importance } = plan.groups[0]!;
  const kinds = new Set(removed.map((block) => block % 2));
  assert.equal(kinds.size, 2, `${removed} of ${importance}`);
  // Attention and feed-forward blocks come in turns; the mean of each kind is the same.
  const mean = (kind: number) => [0, 2, 4].reduce((sum, i) => sum + importance[i + kind]! / 3, 0);
  assert.ok(Math.abs(mean(0) - mean(1)) < 1e-9);
});

Deno.test("what only several blocks need leaves with the last of them", () => {
  // The last two of three blocks read one projection of another input.
  const net = new Net();
  const shared = net.linear(net.g.input("memory", "float32", [2, 4]), 4, 8);
  const first = net.g.input("x", "float32", [2, 4]);
  const wide = net.op("Add", [first, net.linear(net.linear(first, 4, 64), 64, 4)]);
  const block = (y: string) =>
    net.op("Add", [y, net.linear(net.op("Add", [net.linear(y, 4, 8), shared]), 8, 4)]);
  net.g.output(net.linear(block(block(wide)), 4, 2), "y");
  const model = net.g.model();
  const criterion: Criterion = ({ slots }) => [slots.reduce((sum, { width }) => sum + width, 0)];
  const { before, reachable } = planPruning(model, {
    target: { parameters: 1 },
    kinds: ["blocks"],
    criterion,
  });
  const plan = planPruning(model, {
    target: { parameters: reachable.parameters / before.parameters },
    kinds: ["blocks"],
    criterion,
  });
  assert.deepEqual(plan.groups[0]!.removed, [1, 2]);
  const smaller = prune(model, plan);
  assert.deepEqual([...smaller.graph.initializers.keys()].length, 6);
  assert.equal(plan.after.parameters, countMacs(smaller).parameters);
  assert.equal(reachable.parameters, countMacs(smaller).parameters);
});

Deno.test("what is no block is not taken for one", () => {
  const net = new Net();
  const x = net.g.input("x", "float32", [2, 4]);
  const y = net.linear(x, 4, 4);
  // A projection beside the layers; a bias; a branch without layers; a sum of two branches.
  const projected = net.op("Add", [
    net.linear(y, 4, 4),
    net.linear(net.op("Relu", [net.linear(y, 4, 4)]), 4, 4),
  ]);
  const plain = net.op("Add", [projected, net.op("Tanh", [projected])]);
  net.g.output(net.linear(plain, 4, 2), "y");
  assert.deepEqual(
    channelGroups(net.g.model(), ["blocks"]).groups.filter(({ kind }) => kind === "blocks"),
    [],
  );
});

Deno.test("criteria that compare filters of one layer do not rank blocks, and unknown kinds are refused", () => {
  const model = transformer();
  const plan = (options: object) => () =>
    planPruning(model, { target: { macs: 0.5 }, kinds: DEPTH, ...options });
  assert.throws(plan({ criterion: "fpgm" }), /Cannot rank blocks by a criterion that compares/);
  assert.throws(plan({ kinds: ["layers"] }), /expected a list with any of "channels", "blocks"/);
  assert.throws(plan({ kinds: [] }), /expected a list with any of/);
  for (const criterion of ["l1", "l2", "random", "bn-scale"] as const) plan({ criterion })();
});
