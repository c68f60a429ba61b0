import assert from "node:assert/strict";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { cutsOf } from "../../lib/prune/cuts.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";

const model = resnetCifar({ depth: 20, widths: [4, 8, 16] });
const tensorOf = (of: typeof model, name: string) => of.graph.initializers.get(name) as Tensor;

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

Deno.test("a plan that removes nothing cuts nothing, and one for another model is refused", () => {
  assert.deepEqual(cutsOf(model, planPruning(model, { target: { macs: 1 } })), {});
  const other = planPruning(resnetCifar({ depth: 20 }), { target: { macs: 0.5 } });
  assert.throws(
    () => cutsOf(model, other),
    /^TypeError: Cannot tell the cuts with this plan: it was made for another/,
  );
});
