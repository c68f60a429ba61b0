import assert from "node:assert/strict";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32 } from "../../lib/onnx/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { planPruning } from "../../lib/prune/plan.ts";

for (const shortcut of ["A", "B"] as const) {
  // 27 blocks with a width of their own, and three streams: under option A what each stage adds by padding.
  Deno.test(`ResNet-56 with option ${shortcut} has 30 groups`, () => {
    const groups = channelGroups(resnetCifar({ depth: 56, shortcut })).prunable;
    assert.equal(groups.length, 30);
    const inner = 9 * (16 + 32 + 64);
    const streams = shortcut === "A" ? 64 : 16 + 32 + 64;
    assert.equal(groups.reduce((sum, { channels }) => sum + channels, 0), inner + streams);
  });
}

Deno.test("An operator without a row protects its neighbours, and the plan says which and why", () => {
  const g = new GraphBuilder("boundary");
  const x = g.input("x", "float32", [1, 2]);
  const a = g.node("MatMul", [x, g.parameter("a", float32(new Float32Array(6).fill(1), [2, 3]))])[0]!;
  const b = g.node("Det2", [a], {}, { domain: "example", name: "odd" })[0]!;
  g.output(b, "y");
  const model = g.model();
  const groups = channelGroups(model);
  assert.equal(groups.prunable.length, 0);
  assert.equal(groups.boundaries[0]!.op, "Det2");
  const plan = planPruning(model, { target: { macs: 1 }, criterion: "l1" });
  assert.match(plan.protected.flatMap(({ why }) => why).join(), /Det2.*has no row/);
});
