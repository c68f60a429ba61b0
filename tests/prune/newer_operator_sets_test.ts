import assert from "node:assert/strict";
import { Model } from "../../lib/onnx/model.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { vit } from "../../lib/nn/vit.ts";
import { checkPruned } from "../../lib/prune/check_pruned.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { int64 } from "../../lib/tensor/tensor.ts";
import { fit } from "../../lib/train/fit.ts";
import { normalFeeds } from "./each_channel.ts";

/** The newest that the engine has. */
const NEWEST = 26;

Deno.test("models of newer operator sets than ours are pruned, keep theirs, and are trained", async () => {
  for (let opset = 21; opset <= NEWEST; opset++) {
    for (
      const [own, x] of [
        [
          vit({ image: 8, patch: 4, layers: 1, heads: 2, hidden: 8, classes: 3 }),
          normalFeeds([2, 3, 8, 8]).x,
        ],
        [resnetCifar({ depth: 20, widths: [2, 4, 4] }), normalFeeds([2, 3, 32, 32]).x],
      ] as const
    ) {
      const model = new Model(own.graph, { ...own.info, opsets: { ...own.info.opsets, "": opset } });
      const plan = planPruning(model, { target: { macs: 0.6 }, roundTo: 1, kinds: ["channels", "blocks"] });
      const smaller = prune(model, plan);
      assert.equal(smaller.info.opsets[""], opset);
      assert.ok(await checkPruned(model, smaller, plan) < 1e-5, `${opset}`);
      const { history } = await fit(smaller, { inputs: x, targets: int64([0, 1]) }, {
        epochs: 1,
        batchSize: 2,
      });
      assert.ok(Number.isFinite(history[0]!.loss), `${opset}`);
    }
  }
});
