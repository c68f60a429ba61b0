import assert from "node:assert/strict";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { costsOfGroups } from "../../../lib/prune/plan/cost.ts";
import { realCosts } from "../../../lib/prune/plan/real_costs.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { PruningPlan } from "../../../lib/prune/pruning_plan.ts";

Deno.test("real costs are those of the file and the network that prune gives", () => {
  const model = resnetCifar({ depth: 20 });
  const groups = channelGroups(model);
  const ledger = costsOfGroups(groups)();
  // Every third channel of every group: indices that no plan by importance would choose.
  const removed = new Map(
    groups.prunable.map(({ id, channels }) => [
      id,
      Array.from({ length: channels }, (_, i) => i).filter((i) => i % 3 === 1),
    ]),
  );
  for (const [id, channels] of removed) for (const channel of channels) ledger.remove(id, channel);
  const costs = realCosts({ model, groups }, { removed, after: ledger.now }, {}, "bytes");
  const whole = planPruning(model, { target: { macs: 1 } });
  const plan = new PruningPlan({
    ...whole,
    groups: whole.groups.map((group) => ({ ...group, removed: removed.get(group.id)! })),
  });
  const smaller = prune(model, plan);
  assert.deepEqual(costs, { ...countMacs(smaller), bytes: smaller.toOnnx().length });
  assert.ok(costs.bytes < 0.6 * model.toOnnx().length);
});
