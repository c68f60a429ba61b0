import assert from "node:assert/strict";
import { type GroupSparsityOptions, sparsityGradient } from "../../lib/metanet/sparsity_gradient.ts";
import { withGroupSparsity } from "../../lib/metanet/group_sparsity.ts";
import { metaStep } from "../../lib/metanet/meta_step.ts";
import { metanetworkFor } from "../../lib/metanet/metanetwork_for.ts";
import { batchNorm2d, conv2d, linear } from "../../lib/nn/layers.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { type ChannelGroups, channelGroups } from "../../lib/prune/channel_groups.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { crossEntropy } from "../../lib/train/losses.ts";
import { assertClose, GOLDEN_VECTOR, REORDERED_FLOAT32 } from "../close.ts";

/** Golden vector, computed by the library that the official code calls. */
Deno.test("the regulariser's gradient agrees with the official library on its golden vector", async () => {
  const model = withWeights(mlp({ sizes: [2, 3, 2] }), {
    "0.weight": float32([1, 2, .5, -.5, -3, 1], [3, 2]),
    "2.weight": float32([1, .5, 2, 0, -1, 1], [2, 3]),
  });
  const found = await gradientOf(model, { strength: 10, alpha: 16 });
  assert.deepEqual(Object.keys(found), ["0.weight", "2.weight"], "biases get nothing");
  assertClose(found["0.weight"]!, [47.005733, 94.011467, 80, -80, -30, 10], GOLDEN_VECTOR);
  assertClose(found["2.weight"]!, [47.005733, 80, 20, 0, -160, 10], GOLDEN_VECTOR);
});

Deno.test("it is the closed form on residual networks, flattened maps and depthwise convolutions", async () => {
  for (const model of [resnetCifar({ depth: 20 }), mixed()]) {
    const groups = channelGroups(model);
    const found = await gradientOf(model, { strength: .3, alpha: 7 });
    const expected = closedForm(groups, .3, 7);
    assert.deepEqual(Object.keys(found).sort(), [...expected.keys()].sort());
    for (const [name, values] of expected) assertClose(found[name]!, values, REORDERED_FLOAT32, name);
  }
});

Deno.test("a group of equal channels is skipped, and only that group", async () => {
  const model = withWeights(mlp({ sizes: [2, 3, 4, 2] }), {
    "0.weight": float32([1, 1, 1, 1, 1, 1], [3, 2]),
    "2.weight": float32(Array.from({ length: 12 }, (_, i) => Math.floor(i / 3)), [4, 3]),
  });
  const found = await gradientOf(model, {});
  assert.deepEqual(found["0.weight"], [0, 0, 0, 0, 0, 0]);
  // Both hidden layers touch this one: the first pushes nothing, the second all rows but the zeros of row 0.
  assert.ok(found["2.weight"]!.every((value, i) => i < 3 ? value === 0 : value > 0), `${found["2.weight"]}`);
});

async function gradientOf(model: Model, options: GroupSparsityOptions): Promise<Record<string, number[]>> {
  const g = new GraphBuilder();
  const groups = channelGroups(model);
  for (const [name, tensor] of groups.model.graph.initializers) g.parameter(name, tensor);
  for (const [name, value] of Object.entries(sparsityGradient(g, groups, (name) => name, options))) {
    g.output(value, `${name}.gradient`);
  }
  const outputs = await runModel(g.model(), {});
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [name.replace(/\.gradient$/, ""), numbersOf(tensor)]),
  );
}

/** Number by number from the definition, over all positions of every member. */
function closedForm(groups: ChannelGroups, strength: number, alpha: number): Map<string, number[]> {
  const tensors = groups.model.graph.initializers as Map<string, Tensor>;
  const result = new Map<string, number[]>();
  for (const { slots, channels } of groups.prunable) {
    const members = slots.filter(({ tensor, role }) =>
      role !== "bias" && role !== "statistic" && !tensor.startsWith("depthwise")
    );
    const places = members.map(({ tensor, axis, indices, width }) => {
      const { dims } = tensors.get(tensor)!;
      const stride = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
      const channelOf = new Map([...indices].map((position, i) => [position, Math.floor(i / width)]));
      return (i: number) => channelOf.get(Math.floor(i / stride) % dims[axis]!);
    });
    const sums = new Array<number>(channels).fill(0);
    members.forEach(({ tensor }, m) =>
      numbersOf(tensors.get(tensor)!).forEach((w, i) => {
        const channel = places[m]!(i);
        if (channel !== undefined) sums[channel]! += w * w;
      })
    );
    const norms = sums.map((sum) => Math.sqrt(sum / members.length));
    const [high, low] = [Math.max(...norms), Math.min(...norms)];
    const gamma = norms.map((norm) => alpha ** ((high - norm) / (high - low)));
    members.forEach(({ tensor }, m) => {
      const weights = numbersOf(tensors.get(tensor)!);
      const into = result.get(tensor) ?? weights.map(() => 0);
      weights.forEach((w, i) => {
        const channel = places[m]!(i);
        if (channel !== undefined) into[i]! += strength * gamma[channel]! * w;
      });
      result.set(tensor, into);
    });
  }
  return result;
}

/** A convolution, a depthwise one, batch norm, and a linear layer behind a flattened map of 2×2. */
function mixed(): Model {
  const random = seededRandom(3);
  const g = new GraphBuilder("mixed");
  const x = g.input("x", "float32", ["N", 2, 4, 4]);
  let y = conv2d(g, x, { name: "conv", random, in: 2, out: 6, kernel: 3, padding: 1 });
  y = g.relu(batchNorm2d(g, y, { name: "norm", features: 6 }));
  y = conv2d(g, y, { name: "depthwise", random, in: 6, out: 6, kernel: 3, padding: 1, groups: 6 });
  y = g.maxPool(y, [2, 2], { strides: [2, 2] });
  y = g.relu(linear(g, g.flatten(y), { name: "hidden", random, in: 24, out: 5 }));
  g.output(linear(g, y, { name: "out", random, in: 5, out: 3 }), "logits");
  return g.model();
}

function withWeights(model: Model, tensors: Record<string, Tensor>): Model {
  return model.withGraph({
    ...model.graph,
    initializers: new Map([...model.graph.initializers, ...Object.entries(tensors)]),
  });
}

Deno.test("a strength below 0 and an alpha below 1 are refused wherever they are settings", () => {
  const model = mlp({ sizes: [2, 3, 2] });
  const doors: ((options: GroupSparsityOptions) => unknown)[] = [
    (options) => sparsityGradient(new GraphBuilder(), channelGroups(model), (name) => name, options),
    (options) => withGroupSparsity(crossEntropy(), model, options),
    (options) => metaStep(model, metanetworkFor(model, { hidden: 2, layers: 1 }), options),
  ];
  for (const door of doors) {
    for (const strength of [-1, NaN, Infinity]) {
      assert.throws(
        () => door({ strength }),
        new RegExp(`RangeError: .* with strength ${strength}: expected a`),
      );
    }
    for (const alpha of [0, 0.5, -1, NaN, Infinity]) {
      assert.throws(
        () => door({ alpha }),
        new RegExp(`RangeError: .* with alpha ${alpha}: expected a number`),
      );
    }
  }
});
