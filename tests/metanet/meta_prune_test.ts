import assert from "node:assert/strict";
import { metaPrune, reestimateStatistics } from "../../lib/metanet/meta_prune.ts";
import { metanetworkFor } from "../../lib/metanet/metanetwork_for.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { float32, int64, numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import type { Criterion } from "../../lib/prune/criteria/criterion.ts";
import type { BatchSource } from "../../lib/train/batches.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";

Deno.test("any model is pruned to its target by a metanetwork that never saw its architecture", async () => {
  const small = mlp({ sizes: [4, 8, 2] });
  const net = metanetworkFor(small, { hidden: 4, layers: 2 });
  for (const model of [mlp({ sizes: [6, 24, 12, 16, 3] }), resnetCifar({ depth: 20 })]) {
    const { model: smaller, changed, macs } = await metaPrune(model, net, { macs: .4, steps: 40 });
    assert.ok(macs.after <= .4 * macs.before && countMacs(smaller).macs === macs.after);
    const [input] = model.graph.inputs;
    const shape = model.graph.values.get(input!)!.shape!.map((dim) => typeof dim === "number" ? dim : 2);
    const random = seededRandom(1);
    const x = float32(Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()), shape);
    const [before, after, original] = await Promise.all(
      [changed, smaller, model].map(async (each) => Object.values(await runModel(each, { [input!]: x }))[0]!),
    );
    assert.deepEqual(after!.dims, original!.dims);
    assert.notDeepEqual(numbersOf(before!), numbersOf(original!));
  }
  await assert.rejects(metaPrune(small, net, { macs: 1.5 }), RangeError);
  await assert.rejects(metaPrune(small, net, { macs: .01 }), /the most that can go leaves/);
});

Deno.test("statistics are taken anew while weights stay", async () => {
  const model = resnetCifar({ depth: 20 });
  const random = seededRandom(4);
  const data = {
    inputs: float32(Array.from({ length: 8 * 3072 }, () => random.normal()), [8, 3, 32, 32]),
    targets: int64(Array.from({ length: 8 }, (_, i) => i)),
  };
  const again = await reestimateStatistics(model, data, { batchSize: 4 });
  for (const [name, tensor] of model.graph.initializers) {
    const same = `${(again.graph.initializers.get(name) as Tensor).data}` === `${(tensor as Tensor).data}`;
    assert.equal(same, !/running_(mean|var)/.test(name), name);
  }
});

Deno.test("settings are looked at before the fine-tuning, and no stage is computed behind the last", async () => {
  const model = mlp({ sizes: [4, 16, 2] });
  const net = metanetworkFor(model, { hidden: 2, layers: 1 });
  let [batches, ranked] = [0, 0];
  const data: BatchSource = {
    stepsPerEpoch: 1,
    batch:
      () => (batches++,
        { inputs: { input: float32([1, 2, 3, 4], [1, 4]) }, targets: { labels: int64([0]) } }),
  };
  for (const wrong of [{ normalizer: "most" as "max" }, { steps: 0 }, { roundTo: 0.5 }]) {
    await assert.rejects(
      metaPrune(model, net, { macs: 0.5, data, ...wrong }),
      /Cannot prune step by step with /,
    );
  }
  assert.equal(batches, 0);
  const criterion: Criterion = (
    { channels },
  ) => (ranked++, Float64Array.from({ length: channels }, (_, i) => i));
  const { macs } = await metaPrune(model, net, { macs: 0.5, steps: 4, criterion });
  assert.deepEqual([macs.after / macs.before, ranked], [0.5, 2]);
});
