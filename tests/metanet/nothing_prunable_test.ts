/** Training with a regulariser that has nothing to act on is an error, not a training without it. */
import assert from "node:assert/strict";
import { withGroupSparsity } from "../../lib/metanet/group_sparsity.ts";
import { createMetanetwork } from "../../lib/metanet/metanetwork_parameters.ts";
import { metaStep } from "../../lib/metanet/meta_step.ts";
import { metanetworkFor } from "../../lib/metanet/metanetwork_for.ts";
import { shrinkGroups } from "../../lib/metanet/shrink_groups.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { fit } from "../../lib/train/fit.ts";
import { crossEntropy } from "../../lib/train/losses.ts";
import { withEngine } from "../train/engines.ts";

/** A hidden layer whose channels an operator without a row ends. */
function behindUnknown(): Model {
  const g = new GraphBuilder("closed");
  const x = g.input("input", "float32", ["N", 3]);
  const hidden = g.gemm(x, g.parameter("0.weight", float32(new Array(12).fill(0.5), [4, 3])), undefined, {
    transB: 1,
  });
  const [known] = g.node("Unheard", [g.relu(hidden)], {}, { domain: "elsewhere" });
  g.declare(known!, { type: "float32", shape: ["N", 4] });
  g.output(
    g.gemm(known!, g.parameter("2.weight", float32(new Array(8).fill(0.5), [2, 4])), undefined, {
      transB: 1,
    }),
    "y",
  );
  return g.model();
}

const REFUSED = /expected a group of coupled channels that can be pruned and trains, found none/;

Deno.test("a model without a group that can be pruned is refused by name, with the reason", async () => {
  for (const model of [mlp({ sizes: [3, 2] }), mlp({ sizes: [3, 1, 2] })]) {
    const net = createMetanetwork({ layers: 1, hidden: 2, nodeFeatures: 15, edges: [1] });
    assert.throws(() => metaStep(model, net), { name: "TypeError", message: REFUSED });
    assert.throws(
      () => metaStep(model, net),
      /Cannot meta-train on "mlp".*"(logits|output|input)"|a group keeps a channel/,
    );
    assert.throws(() => withGroupSparsity(crossEntropy(), model), { name: "TypeError", message: REFUSED });
    await assert.rejects(shrinkGroups(model, { distance: 1 }), { name: "TypeError", message: REFUSED });
  }
  assert.throws(() => withGroupSparsity(crossEntropy(), behindUnknown()), /Unheard/);
});

Deno.test("without a regulariser nothing is asked of the groups", () => {
  assert.equal(
    withGroupSparsity(crossEntropy(), mlp({ sizes: [3, 2] }), { strength: 0 }).targets.labels!.type,
    "int64",
  );
});

Deno.test("where there are groups, all three work as before", async () => {
  const model = resnetCifar({ depth: 20 });
  assert.ok(metaStep(model, metanetworkFor(model, { layers: 1, hidden: 2 })).model);
  assert.ok(withGroupSparsity(crossEntropy(), model).gradients);
  assert.ok(await shrinkGroups(mlp({ sizes: [3, 4, 2] }), { distance: 0.1 }));
});

withEngine("group sparsity on weights that do not train is an error", "native", async (runtime) => {
  const model = mlp({ sizes: [3, 4, 2] });
  const data = { inputs: float32(new Array(12).fill(0.5), [4, 3]), targets: int64([0, 1, 0, 1]) };
  const loss = withGroupSparsity(crossEntropy(), model);
  const freeze = ({ role }: { role: string }) => role === "weight";
  await assert.rejects(fit(model, data, { epochs: 1, loss, freeze, runtime }), {
    name: "TypeError",
    message: REFUSED,
  });
  await fit(model, data, { epochs: 1, loss, runtime });
});
