import assert from "node:assert/strict";
import { Tensor } from "../../lib/deps.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Shape } from "../../lib/onnx/dim.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { sizeOf } from "../../lib/onnx/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { openLedger } from "../../lib/prune/cost.ts";
import { mask } from "../../lib/prune/mask.ts";
import { planPruning, PruningPlan } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";
import { ARCHITECTURES } from "./architectures.ts";
import { Net, type NetCase } from "./net.ts";
import { OPERATORS } from "./operators.ts";

function build([_, shape, make]: NetCase): Model {
  const net = new Net();
  net.g.output(make(net, net.g.input("x", "float32", shape)), "y");
  return net.g.model();
}

/** A plan that removes one channel. */
function planOf(model: Model, id: number, channel: number, x: Shape): PruningPlan {
  const plan = planPruning(model, { target: { macs: 1 }, criterion: "l1", inputShapes: { x } });
  return new PruningPlan({
    ...plan,
    groups: plan.groups.map((group) => group.id === id ? { ...group, removed: [channel] } : group),
  });
}

for (const [name, net] of Object.entries({ ...OPERATORS, ...ARCHITECTURES })) {
  Deno.test(`${name}: without any one channel it equals the masked original, at the cost foretold`, async () => {
    const model = build(net);
    const groups = channelGroups(model);
    assert.equal(groups.prunable.reduce((n, group) => n + group.channels, 0), net[0], groups.toString());
    assert.deepEqual(groups.boundaries, []);
    const shape = net[1].map((dim) => dim === "N" ? 2 : dim);
    const inputShapes = { x: shape };
    const random = seededRandom(9);
    const x = new Tensor(
      "float32",
      Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
      shape,
    );
    for (const { id, channels } of groups.prunable) {
      if (channels === 1) continue;
      for (let channel = 0; channel < channels; channel++) {
        const plan = planOf(model, id, channel, shape);
        const pruned = prune(model, plan);
        const [small, masked] = [await runNative(pruned, { x }), await runNative(mask(model, plan), { x })];
        assert.deepEqual(small["y"]!.dims, masked["y"]!.dims);
        assertClose(
          small["y"]!.data as Float32Array,
          masked["y"]!.data as Float32Array,
          REORDERED_FLOAT32,
          `group ${id} without channel ${channel}`,
        );
        const { macs, parameters } = openLedger(groups, inputShapes).remove(id, channel);
        const cost = countMacs(pruned, { inputShapes });
        assert.deepEqual([cost.macs, cost.parameters], [macs, parameters]);
      }
    }
  });
}
