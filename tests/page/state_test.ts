import assert from "node:assert/strict";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import {
  afterOpening,
  afterPlanning,
  afterPruning,
  isCurrent,
  leastKept,
  withoutPlan,
  withTarget,
} from "../../lib/page/state.ts";
import { modelFacts } from "../../lib/page/worker/model_facts.ts";
import { networkDrawing } from "../../lib/page/worker/network_drawing.ts";
import { planView } from "../../lib/page/worker/plan_view.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { planPruning } from "../../lib/prune/plan.ts";

const model = resnetCifar({ depth: 20, widths: [16, 32, 64], seed: 3 });
const drawing = networkDrawing(channelGroups(model));
const all = planView(planPruning(model, { target: { bytes: 1 } }));
const plan = planView(planPruning(model, { target: { macs: 0.5 } }));
const opened = { name: "net.onnx", facts: modelFacts(model), drawing, openInputs: [], plan: all };

Deno.test("the state keeps what is known together", () => {
  const state = afterOpening(opened);
  assert.deepEqual([state.choice.target, state.choice.keep], ["macs", 0.5]);
  const planned = afterPlanning(state, plan, state.choice);
  const pruned = afterPruning({ ...planned, check: { failed: "of before" } }, { name: "a.onnx", bytes: 10 });
  assert.equal(pruned.check, undefined);
  assert.equal(isCurrent(pruned), true);
  assert.equal(isCurrent({ ...pruned, choice: { ...pruned.choice, keep: 0.4 } }), false);
  // A plan that fails leaves the one before, and what that was asked for.
  const asked = { ...state.choice, criterion: "fpgm" } as const;
  assert.equal(withoutPlan({ ...planned, choice: asked }, asked).choice, state.choice);
  const newer = { ...asked, keep: 0.3 };
  assert.equal(withoutPlan({ ...planned, choice: newer }, asked).choice, newer);
  // No more can be asked for than can go, and what cannot be counted is no target.
  const least = leastKept(all, "macs")!;
  assert.ok(least / 100 >= all.reachable.macs / all.before.macs && least < 50);
  assert.equal(withTarget(all, { ...state.choice, keep: 0.001 }).keep, least / 100);
  const unknown = { ...all, before: { ...all.before, macs: NaN } };
  assert.equal(afterOpening({ ...opened, plan: unknown }).choice.target, "bytes");
  assert.equal(
    afterOpening(opened, { ...state, choice: { ...state.choice, criterion: "l1" } }).choice.criterion,
    "l1",
  );
});
