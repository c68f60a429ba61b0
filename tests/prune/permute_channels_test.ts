import assert from "node:assert/strict";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { permuteChannels } from "../../lib/prune/permute_channels.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";
import { normalFeeds } from "./each_channel.ts";
import { ARCHITECTURES } from "./architectures.ts";
import { Net, type NetCase } from "./net.ts";
import { OPERATORS } from "./operators.ts";

/** Networks in which channels of one group are taken by their places. */
const BY_PLACE: Record<string, NetCase> = {
  "halves of a Split, each through another function": [6, ["N", 3], (n, x) => {
    const [a, b] = n.ops("Split", [n.linear(x, 3, 6)], { axis: 1, num_outputs: 2 }, 2);
    return n.linear(n.op("Concat", [n.op("Relu", [a!]), n.op("Neg", [b!])], { axis: -1 }), 6, 2);
  }],
  "slices that are summed": [6, ["N", 3], (n, x) => {
    const hidden = n.linear(x, 3, 6);
    const part = (from: number, to: number) =>
      n.op("ReduceSum", [n.op("Slice", [hidden, n.ints(from), n.ints(to), n.ints(-1)]), n.ints(1)]);
    return n.op("Add", [n.op("Mul", [part(0, 4), part(3, 6)]), n.linear(hidden, 6, 2)]);
  }],
  "a Slice backwards, in steps": [6, ["N", 3], (n, x) => {
    const hidden = n.op("Relu", [n.linear(x, 3, 6)]);
    const every = n.op("Slice", [hidden, n.ints(-1), n.ints(-7), n.ints(1), n.ints(-2)]);
    return n.op("Add", [n.op("ReduceSum", [every, n.ints(-1)]), n.linear(hidden, 6, 2)]);
  }],
  "a Gather that turns three channels in a circle, and three the other way": [2, ["N", 3], (n, x) => {
    const hidden = n.op("Relu", [n.linear(x, 3, 6)]);
    const turned = n.op("Gather", [hidden, n.ints(1, 2, 0, 5, 3, -2)], { axis: -1 });
    return n.linear(n.op("Sub", [hidden, turned]), 6, 2);
  }],
  "two forms of each channel, in another order for each": [3, ["N", 3], (n, x) => {
    const hidden = n.linear(x, 3, 3);
    const both = n.op("Concat", [n.op("Relu", [hidden]), hidden], { axis: 1 });
    return n.linear(n.op("Gather", [both, n.ints(0, 3, 4, 1, 2, 5)], { axis: 1 }), 6, 2);
  }],
  "halves of pixels' channels, of which only one is convolved with its places": [4, [2, 3, 4, 4], (n, x) => {
    const hidden = n.conv(x, 3, 4);
    const [a, b] = n.ops("Split", [hidden, n.ints(1, 3)], { axis: -3 }, 2);
    const back = n.op("Concat", [n.op("Sigmoid", [b!]), a!], { axis: 1 });
    return n.conv(n.op("Add", [hidden, n.op("Gather", [back, n.ints(3, 0, 1, 2)], { axis: 1 })]), 4, 2);
  }],
};

for (const [name, [, shape, build]] of Object.entries({ ...OPERATORS, ...ARCHITECTURES, ...BY_PLACE })) {
  Deno.test(`channels in another order, the same function: ${name}`, async () => {
    const n = new Net();
    n.g.output(build(n, n.g.input("x", "float32", shape)), "y");
    const model = n.g.model();
    const dims = shape.map((size) => size === "N" ? 2 : size);
    const size = dims.reduce((a, b) => a * b, 1);
    const x = new Tensor("float32", Float32Array.from({ length: size }, (_, i) => Math.sin(i)), dims);
    const before = (await runNative(model, { x })).y!;
    let permuted = model;
    for (const group of channelGroups(model).prunable) {
      permuted = permuteChannels(permuted, group, seededRandom(group.id).permutation(group.channels));
    }
    const after = (await runNative(permuted, { x })).y!;
    assertClose(after.data as Float32Array, before.data as Float32Array, REORDERED_FLOAT32);
  });
}

for (const [name, [free, shape, build]] of Object.entries(BY_PLACE)) {
  Deno.test(`any two channels change places, and stay as free as they were: ${name}`, async () => {
    const n = new Net();
    n.g.output(build(n, n.g.input("x", "float32", shape)), "y");
    const model = n.g.model();
    const dims = shape.map((size) => size === "N" ? 2 : size);
    const { x } = normalFeeds(dims);
    const before = (await runNative(model, { x })).y!;
    const { prunable } = channelGroups(model);
    assert.equal(prunable.reduce((sum, { channels }) => sum + channels, 0), free);
    for (const group of prunable) {
      for (let i = 1; i < group.channels; i++) {
        const order = Array.from({ length: group.channels }, (_, k) => k === 0 ? i : k === i ? 0 : k);
        const permuted = permuteChannels(model, group, order);
        const after = (await runNative(permuted, { x })).y!;
        assertClose(after.data as Float32Array, before.data as Float32Array, REORDERED_FLOAT32, `0 and ${i}`);
        assert.deepEqual(
          channelGroups(permuted).prunable.map(({ name, channels }) => [name, channels]),
          prunable.map(({ name, channels }) => [name, channels]),
        );
      }
    }
  });
}

Deno.test("an order that leaves channels in their slices adds nothing, and others add what they need", () => {
  const n = new Net();
  n.g.output(
    BY_PLACE["halves of a Split, each through another function"]![2](n, n.g.input("x", "float32", ["N", 3])),
  );
  const model = n.g.model();
  const [group] = channelGroups(model).prunable;
  const ops = (order: number[]) => permuteChannels(model, group!, order).graph.nodes.map(({ op }) => op);
  assert.deepEqual(ops([0, 1, 2, 3, 4, 5]), model.graph.nodes.map(({ op }) => op));
  assert.deepEqual(ops([5, 4, 3, 2, 1, 0]), [
    ...["MatMul", "Add", "Gather", "Split", "Relu", "Neg", "Concat", "Gather", "MatMul", "Add"],
  ]);
});

Deno.test("places of a stored tensor are not followed: an error says what to do", () => {
  const n = new Net();
  const hidden = n.linear(n.g.input("x", "float32", [2, 3]), 3, 4);
  const shift = n.weight(2, 4);
  const [half] = n.ops("Split", [hidden], { axis: 1, num_outputs: 2 }, 2);
  const joined = n.op("Relu", [n.op("Concat", [half!, shift], { axis: 1 })]);
  const back = n.op("Gather", [joined, n.ints(2, 3, 4, 5)], { axis: 1 });
  n.g.output(n.linear(n.op("Add", [hidden, back]), 4, 2));
  const model = n.g.model();
  const [group] = channelGroups(model).prunable;
  assert.throws(() => permuteChannels(model, group!, [3, 2, 1, 0]), {
    name: "TypeError",
    message: /^Cannot permute group "w0": Concat .* out of "w2", a stored tensor; leave/,
  });
});

Deno.test("permuteChannels says what is wrong with a group or an order", () => {
  const model = mlp({ sizes: [2, 3, 1] });
  const { groups, prunable: [hidden] } = channelGroups(model);
  assert.throws(() => permuteChannels(model, hidden!, [0, 1, 1]), {
    name: "RangeError",
    message: 'Cannot permute group "0.weight" to [0, 1, 1]: expected each number from 0 to 2 once',
  });
  const output = groups.find(({ protectedBy }) => protectedBy.length > 0)!;
  assert.throws(() => permuteChannels(model, output, [0]), {
    name: "TypeError",
    message: /told apart by their place/,
  });
  assert.throws(() => permuteChannels(mlp({ sizes: [2, 4, 1] }), hidden!, [0, 1, 2]), {
    name: "TypeError",
    message: /another model/,
  });
});
