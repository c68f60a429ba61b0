import assert from "node:assert/strict";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { Net } from "./net.ts";

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

/** Operators that choose, mix or order channels in ways no row describes. */
const BOUNDARIES: Record<string, (n: Net, x: Value) => Value> = {
  CenterCropPad: (n, x) => n.op("CenterCropPad", [n.linear(x, 6, 4), n.ints(2)], { axes: [2] }),
};

for (const [op, build] of Object.entries(BOUNDARIES)) {
  Deno.test(`${op} is a boundary: what reaches it stays, what lies behind it may leave`, () => {
    const n = new Net();
    const y = build(n, n.g.input("x", "float32", [3, 2, 6]));
    n.g.output(n.linear(n.op("Relu", [n.linear(y, 2, 5)]), 5, 2), "y");
    const groups = channelGroups(n.g.model());
    assert.deepEqual(groups.boundaries.map((boundary) => boundary.op), [op]);
    assert.deepEqual(groups.prunable.map(({ channels }) => channels), [5]);
    const stays = groups.groups.find(({ channels, name }) => name === "w0" && channels === 4);
    assert.match(stays!.protectedBy.join(), new RegExp(`${op}.*has no row`));
  });
}

Deno.test("parts that are pooled by themselves are groups of their own, so that each keeps a channel", () => {
  const n = new Net();
  const halves = n.ops("Split", [n.conv(n.g.input("x", "float32", [2, 3, 5, 5]), 3, 4), n.ints(1, 3)], {
    axis: 1,
  }, 2);
  const pooled = halves.map((half) => n.op("MaxPool", [half], { kernel_shape: [2, 2] }));
  n.g.output(n.conv(n.op("Concat", pooled, { axis: 1 }), 4, 2), "y");
  const { groups, prunable } = channelGroups(n.g.model());
  assert.deepEqual(prunable.map(({ channels }) => channels), [3]);
  const alone = groups.find(({ channels, protectedBy }) =>
    channels === 1 && /a group keeps/.test(protectedBy[0]!)
  );
  assert.match(
    alone!.protectedBy[0]!,
    /no other that may leave goes the same way .* axis 0 of "w0" in Conv.* and axis 1 of "w2" in Conv/,
  );
});
