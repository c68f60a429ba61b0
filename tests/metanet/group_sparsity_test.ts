import assert from "node:assert/strict";
import { withGroupSparsity } from "../../lib/metanet/group_sparsity.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { float32, int64, numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { fit } from "../../lib/train/fit.ts";
import { crossEntropy } from "../../lib/train/losses.ts";
import { sgd } from "../../lib/train/optimizers.ts";
import { constantRate } from "../../lib/train/schedules.ts";
import { shrinkGroups } from "../../lib/metanet/shrink_groups.ts";
import { assertClose } from "../close.ts";

const data = {
  inputs: float32(Array.from({ length: 12 }, (_, i) => Math.sin(i)), [4, 3]),
  targets: int64([0, 1, 0, 1]),
};
const model = mlp({ sizes: [3, 5, 2], seed: 2 });

/** Weights after one step of plain gradient descent, and what the loss was. */
async function step(strength?: number) {
  const loss = strength === undefined
    ? crossEntropy()
    : withGroupSparsity(crossEntropy(), model, { strength, alpha: 4 });
  const { model: after, history } = await fit(model, data, {
    epochs: 1,
    batchSize: 4,
    loss,
    optimizer: sgd({ momentum: 0, weightDecay: 0 }),
    schedule: constantRate(0.1),
  });
  const of = (name: string) => numbersOf(after.graph.initializers.get(name) as Tensor);
  return { of, loss: history[0]!.loss };
}

Deno.test("what the loss says is the loss alone, and weak channels are pushed to zero beside it", async () => {
  const [plain, none, pushed] = [await step(), await step(0), await step(0.3)];
  assert.deepEqual([none.loss, pushed.loss], [plain.loss, plain.loss]);
  for (const name of model.graph.initializers.keys()) {
    assert.deepEqual(none.of(name), plain.of(name), name);
    const [given, with_, without] = [
      model.graph.initializers.get(name) as Tensor,
      pushed.of(name),
      plain.of(name),
    ];
    const push = with_.map((value, i) => value - without[i]!);
    if (/bias/.test(name)) assert.ok(push.every((value) => value === 0), name);
    // Against the weight's sign, at least by rate · strength of it.
    else {push.forEach((value, i) =>
        assert.ok(value * numbersOf(given)[i]! <= -0.03 * numbersOf(given)[i]! ** 2 * 0.999, name)
      );}
  }
});

Deno.test("the push is the regulariser's direction, as steps without a loss go", async () => {
  // Ten steps of one hundredth each, of which the first is compared by ratios between channels.
  const [plain, pushed] = [await step(), await step(0.3)];
  const shrunk = await shrinkGroups(model, { distance: 1e-4, alpha: 4 });
  const name = "0.weight";
  const before = numbersOf(model.graph.initializers.get(name) as Tensor);
  const small = numbersOf(shrunk.graph.initializers.get(name) as Tensor).map((value, i) =>
    (value - before[i]!) / before[i]!
  );
  const push = pushed.of(name).map((value, i) => (value - plain.of(name)[i]!) / before[i]!);
  const ratio = small[0]! / push[0]!;
  assertClose(small, push.map((value) => value * ratio), { absolute: 1e-7, relative: 1e-2 });
  assert.ok(new Set(push.map((value) => value.toFixed(4))).size > 1, "weak channels are pushed harder");
});
