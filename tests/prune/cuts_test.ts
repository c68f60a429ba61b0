import assert from "node:assert/strict";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { cutsOf } from "../../lib/prune/cuts.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { type PlannedGroup, PruningPlan } from "../../lib/prune/pruning_plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { int64, type Tensor } from "../../lib/tensor/tensor.ts";
import { Net } from "./net.ts";

const model = resnetCifar({ depth: 20, widths: [4, 8, 16] });
const tensorOf = (of: typeof model, name: string) => of.graph.initializers.get(name) as Tensor;

/** Four experts with layers of their own, and what weighs them. */
function routed(): typeof model {
  const n = new Net();
  const x = n.linear(n.g.input("x", "float32", [6, 4]), 4, 4);
  const gates = n.op("Softmax", [n.linear(x, 4, 4)], { axis: -1 });
  const given = [0, 1, 2, 3].map((e) => {
    const gate = n.op("Gather", [gates, n.g.constant(int64([e], []))], { axis: 1 });
    const expert = n.linear(n.op("Relu", [n.linear(x, 4, 3)]), 3, 4);
    return n.op("Mul", [n.op("Unsqueeze", [gate, n.ints(1)]), expert]);
  });
  n.g.output(n.linear(n.op("Add", [x, n.op("Sum", given)]), 4, 2), "y");
  return n.g.model();
}

/** The numbers of a tensor at the positions that stay along each axis, one by one. */
function taken({ data, dims }: Tensor, kept: Readonly<Record<string, readonly number[]>>): number[] {
  const positions = dims.map((size, axis) => kept[axis] ?? Array.from({ length: size }, (_, i) => i));
  const at = positions.reduce<number[]>(
    (places, list, axis) => places.flatMap((place) => list.map((i) => place * dims[axis]! + i)),
    [0],
  );
  return at.map((place) => (data as Float32Array)[place]!);
}

Deno.test("the cuts of a plan are what prune cuts: shapes, and every number that stays", () => {
  const plan = planPruning(model, { target: { macs: 0.5 } });
  const smaller = prune(model, plan);
  const cuts = cutsOf(model, plan);
  assert.ok(Object.keys(cuts).length > 30);
  for (const [name, tensor] of smaller.graph.initializers) {
    const cut = cuts[name];
    const before = tensorOf(model, name);
    if (before === undefined) continue; // a constant that pruning stores anew
    if (!cut) {
      assert.deepEqual(tensor.dims, before.dims, name);
      continue;
    }
    assert.deepEqual([cut.was, cut.shape], [before.dims, tensor.dims], name);
    assert.deepEqual([...(tensor as Tensor).data as Float32Array], taken(before, cut.kept), name);
  }
});

Deno.test("weights that leave with a whole block or expert are told of, and no others", () => {
  const kinds = ["channels", "blocks", "experts"] as const;
  for (const [of, kind] of [[model, "blocks"], [routed(), "experts"]] as const) {
    const whole = planPruning(of, { target: { macs: 1 }, kinds });
    const without = (removed: (group: PlannedGroup) => number[]) =>
      new PruningPlan({
        ...whole,
        groups: whole.groups.map((group) => ({ ...group, removed: removed(group) })),
      });
    const channels = (group: PlannedGroup) => group.kind === "channels" ? [0] : [];
    const plan = without((group) => group.kind === kind ? [0, 2] : channels(group));
    const smaller = prune(of, plan);
    const lost = weightsOf(of).map(({ name }) => name).filter((name) =>
      !smaller.graph.initializers.has(name)
    );
    assert.ok(lost.length > 0, `nothing of ${kind} left as a whole`);
    const gone = Object.entries(cutsOf(of, plan)).filter(([, cut]) => cut.goneWith);
    assert.deepEqual(gone.map(([name]) => name).toSorted(), lost.toSorted());
    // Without the channels alone they still have their places.
    const narrower = prune(of, without(channels));
    for (const [name, { was, shape, goneWith }] of gone) {
      assert.deepEqual(was, tensorOf(of, name).dims);
      assert.deepEqual(shape, tensorOf(narrower, name).dims);
      assert.equal(goneWith, kind);
    }
  }
});

Deno.test("a plan that removes nothing cuts nothing, and one for another model is refused", () => {
  assert.deepEqual(cutsOf(model, planPruning(model, { target: { macs: 1 } })), {});
  const other = planPruning(resnetCifar({ depth: 20 }), { target: { macs: 0.5 } });
  assert.throws(
    () => cutsOf(model, other),
    /^TypeError: Cannot tell the cuts with this plan: it was made for another/,
  );
});
