import assert from "node:assert/strict";
import { groupNorms, progressivePruning } from "../../lib/metanet/progressive_pruning.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

Deno.test("step j leaves at most floor(T·(1 − j/n)) channels, as long as groups have enough", () => {
  const model = mlp({ sizes: [8, 40, 30, 4], seed: 2 });
  let last = 70;
  for (const { step, model: smaller } of progressivePruning(model, { steps: 50 })) {
    const left = channelGroups(smaller).groups.filter(({ name }) =>
      name !== "4.weight" && !/input/.test(name)
    );
    const hidden = ["0.weight", "2.weight"].map((name) => smaller.graph.initializers.get(name)!.dims[0]!);
    const sum = hidden[0]! + hidden[1]!;
    assert.ok(sum < last && left.length > 0, `step ${step} removes something`);
    if (Math.min(...hidden) > 5) {
      assert.ok(sum <= Math.floor(70 * (1 - step / 50)), `${sum} left after step ${step}`);
    }
    last = sum;
  }
  assert.ok(last >= 2, "a layer is never emptied");
});

Deno.test("the weakest channel is the first to go, by the mean square norm of its members", () => {
  const model = mlp({ sizes: [3, 5, 2], seed: 3 });
  const groups = channelGroups(model);
  const norms = groupNorms(groups.prunable[0]!, groups);
  const rows = (name: string) => numbersOf(model.graph.initializers.get(name) as Tensor);
  const expected = Array.from({ length: 5 }, (_, k) => {
    const made = rows("0.weight").slice(3 * k, 3 * k + 3).reduce((sum, w) => sum + w * w, 0);
    const read = rows("2.weight").filter((_, i) => i % 5 === k).reduce((sum, w) => sum + w * w, 0);
    return (made + read) / 2;
  });
  assertClose(norms, expected, REORDERED_FLOAT32);
  const [first] = progressivePruning(model, { steps: 5 });
  const weakest = expected.indexOf(Math.min(...expected));
  const kept = rows("0.weight").filter((_, i) => Math.floor(i / 3) !== weakest);
  assert.deepEqual(numbersOf(first!.model.graph.initializers.get("0.weight") as Tensor), kept);
});

Deno.test("by rank, the same part of every group goes", () => {
  const model = mlp({ sizes: [8, 40, 20, 4], seed: 2 });
  for (const { step, model: smaller } of progressivePruning(model, { steps: 20, normalizer: "rank" })) {
    const left = ["0.weight", "2.weight"].map((name) => smaller.graph.initializers.get(name)!.dims[0]!);
    assert.ok(Math.abs(left[0]! - 2 * left[1]!) <= 2, `${left} after step ${step}`);
  }
});
