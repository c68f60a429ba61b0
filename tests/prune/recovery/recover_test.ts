import assert from "node:assert/strict";
import { Model } from "../../../lib/onnx/model.ts";
import type { Value } from "../../../lib/onnx/builder.ts";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { vit } from "../../../lib/nn/vit.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { type PlannedGroup, PruningPlan } from "../../../lib/prune/pruning_plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { recover } from "../../../lib/prune/recovery/recover.ts";
import { numbersOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { normalFeeds } from "../each_channel.ts";
import { runNative } from "../../onnx/run_native.ts";
import { Net } from "../net.ts";

/** Squared difference of the outputs of two models, as a part of the first one's squares. */
async function differenceOf(model: Model, other: Model, x: Tensor): Promise<number> {
  const [a, b] = [await runNative(model, { x }), await runNative(other, { x })];
  const [y, z] = [numbersOf(a["y"]!), numbersOf(b["y"]!)];
  const squares = (numbers: number[]) => numbers.reduce((sum, n) => sum + n * n, 0);
  return squares(y.map((n, i) => n - z[i]!)) / squares(y);
}

/** The plan that removes some channels of the first group. */
function without(model: Model, removed: number[]): PruningPlan {
  const plan = planPruning(model, { target: { macs: 1 } });
  const groups = plan.groups.map((group, i): PlannedGroup => ({ ...group, removed: i === 0 ? removed : [] }));
  return new PruningPlan({ ...plan, groups });
}

function build(shape: number[], make: (n: Net, x: Value) => Value): Model {
  const net = new Net();
  net.g.output(make(net, net.g.input("x", "float32", ["N", ...shape.slice(1)])), "y");
  return net.g.model();
}

/** A weight whose last channels are sums of its first ones: what they make is, too, without an activation. */
function dependent(n: Net, rows: number, columns: number, along: 0 | 1): Value {
  const name = n.weight(...along === 0 ? [rows, columns] : [columns, rows]);
  const tensor = n.g.tensor(name) as Tensor;
  const data = tensor.data as Float32Array;
  const at = (row: number, column: number) => along === 0 ? row * columns + column : column * rows + row;
  for (let j = 0; j < columns; j++) {
    data[at(rows - 1, j)] = 2 * data[at(0, j)]! - data[at(1, j)]!;
    data[at(rows - 2, j)] = data[at(2, j)]! + 0.5 * data[at(1, j)]!;
  }
  return name;
}

const EXACT: Record<string, [shape: number[], model: (n: Net, x: Value) => Value]> = {
  "MatMul, with a bias": [[64, 5], (n, x) => {
    const hidden = n.op("Add", [n.op("MatMul", [x, dependent(n, 6, 5, 1)]), n.weight(6)]);
    return n.linear(hidden, 6, 3);
  }],
  "Gemm": [[64, 5], (n, x) => {
    const hidden = n.op("Gemm", [x, dependent(n, 6, 5, 0), n.weight(6)], { transB: 1 });
    return n.op("Gemm", [hidden, n.weight(3, 6), n.weight(3)], { transB: 1 });
  }],
  "Gemm with factors": [[64, 5], (n, x) => {
    const hidden = n.op("Gemm", [x, dependent(n, 6, 5, 0), n.weight(6)], { transB: 1 });
    return n.op("Gemm", [hidden, n.weight(3, 6), n.weight(3)], { transB: 1, alpha: 3.1, beta: 0.2 });
  }],
  "Gemm without its bias": [[64, 5], (n, x) => {
    const hidden = n.op("MatMul", [x, dependent(n, 6, 5, 1)]);
    return n.op("Gemm", [hidden, n.weight(3, 6), n.weight(3)], {
      transB: 1,
      alpha: 0.25,
      beta: { type: "float", value: 0 },
    });
  }],
  "a transposed weight": [[64, 5], (n, x) => {
    const hidden = n.op("MatMul", [x, dependent(n, 6, 5, 1)]);
    return n.op("MatMul", [hidden, n.op("Transpose", [n.weight(3, 6)], { perm: [1, 0] })]);
  }],
  "Conv": [[8, 5, 6, 6], (n, x) => {
    const first = n.reshape(dependent(n, 6, 5, 0), 6, 5, 1, 1);
    return n.conv(n.op("Conv", [x, first]), 6, 3);
  }],
};

for (const [name, [shape, make]] of Object.entries(EXACT)) {
  Deno.test(`${name}: what other channels can stand in for is recovered exactly, on other data, too`, async () => {
    const model = build(shape, make);
    const { x } = normalFeeds(shape);
    const plan = without(model, [4, 5]);
    const smaller = prune(model, plan);
    const { model: recovered, layers } = await recover(model, smaller, plan, { inputs: x, targets: {} }, {
      ridge: 1e-9,
      batchSize: 5,
    });
    assert.ok(await differenceOf(model, smaller, x) > 0.01);
    const fresh = new Tensor("float32", (x.data as Float32Array).toReversed(), x.dims);
    for (const data of [x, fresh]) assert.ok(await differenceOf(model, recovered, data) < 1e-10);
    assert.ok(layers.at(-1)!.before > 0.01 && layers.at(-1)!.after < 1e-10, JSON.stringify(layers));
    // Names, shapes and what was pruned are as they were.
    const dims = ({ graph }: Model) => [...graph.initializers].map(([name, tensor]) => [name, tensor.dims]);
    assert.deepEqual(dims(recovered), dims(smaller));
  });
}

Deno.test("groups of a convolution are solved each by itself", async () => {
  const shape = [8, 4, 6, 6];
  const model = build(
    shape,
    (n, x) => n.conv(n.op("Relu", [n.conv(n.op("Relu", [n.conv(x, 4, 8)]), 8, 8, 3, 2)]), 8, 3),
  );
  const { x } = normalFeeds(shape);
  const plan = planPruning(model, { target: { macs: 0.5 }, roundTo: 1 });
  const smaller = prune(model, plan);
  const { layers, model: recovered } = await recover(model, smaller, plan, { inputs: x, targets: {} });
  assert.equal(layers.length, 3);
  assert.ok(layers.every(({ before, after }) => after <= before));
  const [now, was] = [await differenceOf(model, recovered, x), await differenceOf(model, smaller, x)];
  assert.ok(now < 0.9 * was, `${now} of ${was}`);
});

/** A new transformer's head is all zeros. */
function withHead(model: Model): Model {
  const weight = normalFeeds([3, 16]).x;
  const initializers = new Map([...model.graph.initializers, ["heads.head.weight", weight] as const]);
  return model.withGraph({ ...model.graph, initializers });
}

Deno.test("no layer is worse on the data, and what is told is what the models give", async () => {
  const cases: [Model, Tensor][] = [
    [resnetCifar({ depth: 20, widths: [4, 8, 8] }), normalFeeds([4, 3, 32, 32]).x],
    [
      withHead(vit({ image: 8, patch: 4, layers: 2, heads: 2, hidden: 16, classes: 3 })),
      normalFeeds([16, 3, 8, 8]).x,
    ],
  ];
  for (const [model, x] of cases) {
    const plan = planPruning(model, { target: { macs: 0.5 }, kinds: ["channels", "blocks"], roundTo: 1 });
    const smaller = prune(model, plan);
    const { layers, model: recovered } = await recover(model, smaller, plan, { inputs: x, targets: {} });
    assert.ok(layers.length > 4);
    for (const { weight, before, after } of layers) assert.ok(after <= before, weight);
    assert.ok(layers.some(({ before, after }) => after < 0.9 * before));
    const [input, output] = [model.graph.inputs[0]!, model.graph.outputs[0]!];
    const run = async (one: Model) => numbersOf((await runNative(one, { [input]: x }))[output]!);
    const [y, z] = [await run(model), await run(recovered)];
    const squares = (numbers: number[]) => numbers.reduce((sum, n) => sum + n * n, 0);
    const real = squares(y.map((n, i) => n - z[i]!)) / squares(y);
    // The last layer gives the output, in the recovered model as it was told.
    assert.ok(Math.abs(real - layers.at(-1)!.after) < 1e-3 * real + 1e-6, `${real} ${layers.at(-1)!.after}`);
  }
});

Deno.test("models of older operator sets are recovered, too", async () => {
  const model = build([64, 5], (n, x) => n.linear(n.linear(x, 5, 8), 8, 3));
  const data = { inputs: normalFeeds([64, 5]).x, targets: {} };
  for (const opset of [11, 12, 13, 14, 15, 20]) {
    const old = new Model(model.graph, { ...model.info, opsets: { "": opset } });
    const plan = planPruning(old, { target: { macs: 0.5 }, roundTo: 1 });
    const { layers, model: recovered } = await recover(old, prune(old, plan), plan, data);
    assert.ok(layers.some(({ before, after }) => after < 0.99 * before), `${opset}`);
    assert.ok(await differenceOf(old, recovered, data.inputs) < 1, `${opset}`);
  }
});

Deno.test("a wrong ridge, data without an input, and another model's plan are refused", async () => {
  const model = build([8, 5], (n, x) => n.linear(n.op("Relu", [n.linear(x, 5, 6)]), 6, 3));
  const plan = without(model, [0]);
  const data = { inputs: normalFeeds([8, 5]).x, targets: {} };
  const smaller = prune(model, plan);
  await assert.rejects(recover(model, smaller, plan, data, { ridge: -1 }), /ridge -1: expected/);
  await assert.rejects(
    recover(model, smaller, plan, { inputs: { z: data.inputs }, targets: {} }),
    /Cannot recover: the data have no "x"/,
  );
  await assert.rejects(recover(smaller, smaller, plan, data), /made for another model/);
});
