import assert from "node:assert/strict";
import { Tensor } from "../../lib/deps.ts";
import type { Value } from "../../lib/onnx/builder.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64, sizeOf } from "../../lib/onnx/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { openLedger } from "../../lib/prune/cost.ts";
import { mask } from "../../lib/prune/mask.ts";
import { planPruning, PruningPlan } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { Net } from "./net.ts";
import { runNative } from "../onnx/run_native.ts";

/** Number of channels that may leave, by closed reasoning, and the network. */
const NETS: Record<string, [free: number, shape: number[], build: (n: Net, x: Value) => Value]> = {
  plain: [4, [2, 3, 5, 5], (n, x) => n.conv(n.op("Relu", [n.conv(x, 3, 4)]), 4, 2)],
  "nonzero activation": [4, [2, 3, 5, 5], (n, x) => n.conv(n.op("Sigmoid", [n.conv(x, 3, 4)]), 4, 2)],
  depthwise: [4, [2, 3, 5, 5], (n, x) => n.conv(n.op("Relu", [n.conv(n.conv(x, 3, 4), 4, 4, 3, 4)]), 4, 2)],
  "depthwise multiplier": [4, [2, 3, 5, 5], (n, x) => n.conv(n.conv(n.conv(x, 3, 4), 4, 8, 3, 4), 8, 2)],
  "few groups": [6, [2, 3, 5, 5], (n, x) => n.conv(n.conv(n.conv(x, 3, 6), 6, 6, 3, 2), 6, 2)],
  residual: [4, [2, 3, 5, 5], (n, x) => {
    const y = n.conv(x, 3, 4);
    return n.conv(n.op("Relu", [n.op("Add", [y, n.conv(y, 4, 4)])]), 4, 2);
  }],
  concat: [9, [2, 3, 5, 5], (n, x) => {
    const y = n.conv(x, 3, 4);
    return n.conv(n.op("Concat", [y, n.conv(y, 4, 5)], { axis: 1 }), 9, 2);
  }],
  split: [8, [2, 3, 5, 5], (n, x) => {
    const [a, b] = n.ops("Split", [n.conv(x, 3, 8)], { axis: 1, num_outputs: 2 }, 2);
    return n.op("Add", [n.conv(a!, 4, 2), n.conv(b!, 4, 2)]);
  }],
  "squeeze and excitation": [7, [2, 3, 5, 5], (n, x) => {
    const y = n.conv(x, 3, 4);
    const s = n.conv(n.op("Relu", [n.conv(n.op("GlobalAveragePool", [y]), 4, 3, 1)]), 3, 4, 1);
    return n.conv(n.op("Mul", [y, n.op("Sigmoid", [s])]), 4, 2);
  }],
  "option A": [8, [2, 3, 6, 6], (n, x) => {
    const y = n.conv(x, 3, 4);
    const cut = n.op("Slice", [
      y,
      n.g.constant(int64([0, 0])),
      n.g.constant(int64([99, 99])),
      n.g.constant(int64([2, 3])),
      n.g.constant(int64([2, 2])),
    ]);
    const padded = n.op("Pad", [cut, n.g.constant(int64([0, 2, 0, 0, 0, 2, 0, 0]))]);
    const z = n.op("AveragePool", [n.conv(y, 4, 8)], { kernel_shape: [2, 2], strides: [2, 2] });
    return n.conv(n.op("Add", [z, padded]), 8, 2);
  }],
  "channel slice with a step": [6, [2, 3, 4, 4], (n, x) => {
    const y = n.conv(x, 3, 6);
    const cut = n.op("Slice", [
      y,
      n.g.constant(int64([1])),
      n.g.constant(int64([6])),
      n.g.constant(int64([1])),
      n.g.constant(int64([2])),
    ]);
    return n.op("Add", [n.conv(cut, 3, 2), n.conv(y, 6, 2)]);
  }],
  flatten: [4, [2, 3, 3, 3], (n, x) => n.linear(n.op("Flatten", [n.conv(x, 3, 4)]), 36, 2)],
  "channel shuffle": [4, [2, 3, 3, 3], (n, x) => {
    const y = n.reshape(n.conv(x, 3, 8), 2, 2, 4, 3, 3);
    return n.conv(n.reshape(n.op("Transpose", [y], { perm: [0, 2, 1, 3, 4] }), 2, 8, 3, 3), 8, 2);
  }],
  "pixel shuffle": [3, [2, 3, 3, 3], (n, x) => {
    const y = n.op("DepthToSpace", [n.conv(x, 3, 12)], { blocksize: 2, mode: "CRD" });
    return n.conv(y, 3, 2);
  }],
  "transposed convolution and skip": [8, [2, 3, 4, 4], (n, x) => {
    const y = n.conv(x, 3, 4);
    const up = n.op("ConvTranspose", [
      n.op("MaxPool", [y], { kernel_shape: [2, 2], strides: [2, 2] }),
      n.weight(4, 4, 2, 2),
      n.weight(4),
    ], { strides: [2, 2] });
    return n.conv(n.op("Concat", [up, y], { axis: 1 }), 8, 2);
  }],
  "group norm": [2, [2, 3, 3, 3], (n, x) => {
    const y = n.reshape(n.conv(x, 3, 4), 0, 2, -1);
    const normed = n.op("InstanceNormalization", [
      y,
      n.g.constant(float32([1, 1])),
      n.g.constant(float32([0, 0])),
    ]);
    const scaled = n.op("Mul", [n.reshape(normed, 2, 4, 3, 3), n.weight(4, 1, 1)]);
    return n.conv(n.op("Add", [scaled, n.weight(4, 1, 1)]), 4, 2);
  }],
  "attention heads": [3, [2, 5, 6], (n, x) => {
    const heads = (y: Value, perm: number[]) => n.op("Transpose", [n.reshape(y, 0, 0, 3, 2)], { perm });
    const [q, k, v] = [n.linear(x, 6, 6), n.linear(x, 6, 6), n.linear(x, 6, 6)];
    const scores = n.op("Softmax", [n.op("MatMul", [heads(q, [0, 2, 1, 3]), heads(k, [0, 2, 3, 1])])], {
      axis: -1,
    });
    const mixed = n.op("Transpose", [n.op("MatMul", [scores, heads(v, [0, 2, 1, 3])])], {
      perm: [0, 2, 1, 3],
    });
    return n.linear(n.reshape(mixed, 0, 0, 6), 6, 6);
  }],
  "packed query, key and value": [3, [2, 5, 6], (n, x) => {
    const packed = n.op("Transpose", [n.reshape(n.linear(x, 6, 18), 2, 5, 3, 3, 2)], {
      perm: [2, 0, 3, 1, 4],
    });
    const [q, k, v] = [0, 1, 2].map((i) =>
      n.op("Gather", [packed, n.g.constant(int64([i], []))], { axis: 0 })
    );
    const scores = n.op("Softmax", [
      n.op("MatMul", [q!, n.op("Transpose", [k!], { perm: [0, 1, 3, 2] })]),
    ], { axis: -1 });
    const mixed = n.op("Transpose", [n.op("MatMul", [scores, v!])], { perm: [0, 2, 1, 3] });
    return n.linear(n.reshape(mixed, 2, 5, 6), 6, 6);
  }],
  "sizes computed by the graph": [7, [2, 5, 6], (n, x) => {
    const y = n.linear(x, 6, 6);
    const part = (i: number) => n.op("Gather", [n.op("Shape", [y]), n.g.constant(int64([i]))], { axis: 0 });
    const size = n.op("Div", [part(2), n.g.constant(int64([3]))]);
    const to = n.op("Concat", [part(0), part(1), n.g.constant(int64([3])), size], { axis: 0 });
    const back = n.op("Concat", [part(0), part(1), n.g.constant(int64([-1]))], { axis: 0 });
    const z = n.op("Reshape", [n.op("Relu", [n.op("Reshape", [y, to])]), back]);
    return n.linear(n.linear(z, 6, 4), 4, 6);
  }],
  "gated linear unit": [
    4,
    [2, 6],
    (n, x) => n.linear(n.op("Mul", [n.op("Sigmoid", [n.linear(x, 6, 4)]), n.linear(x, 6, 4)]), 4, 2),
  ],
  "softmax over channels": [
    0,
    [2, 6],
    (n, x) => n.linear(n.op("Softmax", [n.linear(x, 6, 4)], { axis: -1 }), 4, 2),
  ],
};

function build([_, shape, make]: (typeof NETS)[string]): Model {
  const net = new Net();
  net.g.output(make(net, net.g.input("x", "float32", shape)), "y");
  return net.g.model();
}

/** A plan that removes one channel. */
function planOf(model: Model, id: number, channel: number): PruningPlan {
  const plan = planPruning(model, { target: { macs: 1 }, criterion: "l1" });
  return new PruningPlan({
    ...plan,
    groups: plan.groups.map((group) => group.id === id ? { ...group, removed: [channel] } : group),
  });
}

for (const [name, net] of Object.entries(NETS)) {
  Deno.test(`${name}: without any one channel it equals the masked original, at the cost foretold`, async () => {
    const model = build(net);
    const groups = channelGroups(model);
    assert.equal(groups.prunable.reduce((n, group) => n + group.channels, 0), net[0], groups.toString());
    assert.deepEqual(groups.boundaries, []);
    const [, shape] = net;
    const random = seededRandom(9);
    const x = new Tensor(
      "float32",
      Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
      shape,
    );
    for (const { id, channels } of groups.prunable) {
      if (channels === 1) continue;
      for (let channel = 0; channel < channels; channel++) {
        const plan = planOf(model, id, channel);
        const pruned = prune(model, plan);
        const [small, masked] = [await runNative(pruned, { x }), await runNative(mask(model, plan), { x })];
        assert.deepEqual(small["y"]!.dims, masked["y"]!.dims);
        assertClose(
          small["y"]!.data as Float32Array,
          masked["y"]!.data as Float32Array,
          REORDERED_FLOAT32,
          `group ${id} without channel ${channel}`,
        );
        const { macs, parameters } = openLedger(groups).remove(id, channel);
        const cost = countMacs(pruned);
        assert.deepEqual([cost.macs, cost.parameters], [macs, parameters]);
      }
    }
  });
}
