import assert from "node:assert/strict";
import type { Value } from "../../../lib/onnx/builder.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { wandaImportance } from "../../../lib/prune/measured/wanda_importance.ts";
import { float32, numbersOf, sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { vit } from "../../../lib/nn/vit.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { normalFeeds } from "../each_channel.ts";
import { runNative } from "../../onnx/run_native.ts";
import { Net } from "../net.ts";

/** L2 norms of a value along one axis, over everything else, by plain loops. */
function normsOf({ dims, data }: Tensor, axis: number): number[] {
  const inner = sizeOf(dims.slice(axis + 1));
  const squares = new Array(dims[axis]).fill(0);
  numbersOf({ dims, data } as Tensor).forEach((x, i) =>
    squares[Math.floor(i / inner) % dims[axis]!] += x * x
  );
  return squares.map(Math.sqrt);
}

/** The importance of the only group that can lose channels, and what a value of the model was. */
async function ranked(shape: number[], build: (n: Net, x: Value) => { y: Value; hidden: Value }) {
  const net = new Net();
  const { y, hidden } = build(net, net.g.input("x", "float32", ["N", ...shape.slice(1)]));
  net.g.output(y, "y");
  const model = net.g.model();
  net.g.output(net.g.node("Identity", [hidden])[0]!, "hidden");
  const { x } = normalFeeds(shape);
  const seen = (await runNative(net.g.model(), { x }))["hidden"]!;
  const criterion = await wandaImportance(model, { inputs: x, targets: {} }, { batchSize: 2 });
  const [group] = channelGroups(model).prunable;
  return { scores: criterion(group!, model.graph.initializers as Map<string, Tensor>), seen, model, x };
}

Deno.test("the readers of a channel say how much of it they take: Conv, MatMul, Gemm, transposed weights", async () => {
  const conv = await ranked([5, 3, 4, 4], (n, x) => {
    const hidden = n.op("Relu", [n.conv(x, 3, 4)]);
    return { hidden, y: n.conv(hidden, 4, 2) };
  });
  const expected = (scores: number[], weight: Tensor, axis: number) => {
    const inner = sizeOf(weight.dims.slice(axis + 1));
    const sums = new Array(scores.length).fill(0);
    numbersOf(weight).forEach((w, i) => sums[Math.floor(i / inner) % scores.length] += Math.abs(w));
    return sums.map((sum, c) => sum * scores[c]!);
  };
  const weightOf = (of: typeof conv, name: string) => of.model.graph.initializers.get(name) as Tensor;
  assertClose(conv.scores, expected(normsOf(conv.seen, 1), weightOf(conv, "w2"), 1), REORDERED_FLOAT32);
  const product = await ranked([5, 3], (n, x) => {
    const hidden = n.op("Relu", [n.linear(x, 3, 4)]);
    return { hidden, y: n.op("MatMul", [hidden, n.weight(4, 2)]) };
  });
  assertClose(
    product.scores,
    expected(normsOf(product.seen, 1), weightOf(product, "w2"), 0),
    REORDERED_FLOAT32,
  );
  for (const transB of [0, 1]) {
    const gemm = await ranked([5, 3], (n, x) => {
      const hidden = n.op("Relu", [n.linear(x, 3, 4)]);
      return { hidden, y: n.op("Gemm", [hidden, transB ? n.weight(2, 4) : n.weight(4, 2)], { transB }) };
    });
    assertClose(
      gemm.scores,
      expected(normsOf(gemm.seen, 1), weightOf(gemm, "w2"), transB),
      REORDERED_FLOAT32,
    );
  }
  const turned = await ranked([5, 3], (n, x) => {
    const hidden = n.op("Relu", [n.linear(x, 3, 4)]);
    return { hidden, y: n.op("MatMul", [hidden, n.op("Transpose", [n.weight(2, 4)], { perm: [1, 0] })]) };
  });
  assertClose(turned.scores, expected(normsOf(turned.seen, 1), weightOf(turned, "w2"), 1), REORDERED_FLOAT32);
});

/** Sums of |w| times the root of the squares that reach a weight [rows, columns], by rows or by columns. */
function takenBy(
  weight: Tensor,
  byColumn: boolean,
  square: (row: number, column: number) => number,
): number[] {
  const [rows, columns] = weight.dims as [number, number];
  const sums = new Array(byColumn ? columns : rows).fill(0);
  numbersOf(weight).forEach((w, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    sums[byColumn ? column : row] += Math.abs(w) * Math.sqrt(square(row, column));
  });
  return sums;
}

/** The importance of the channels along an axis of a tensor, and the norms of values along their last axis. */
async function scored(net: Net, tensor: string, seen: Value[], axis = 0) {
  const model = net.g.model();
  for (const [i, value] of seen.entries()) net.g.output(net.g.node("Identity", [value])[0]!, `seen${i}`);
  const { x } = normalFeeds([5, 3]);
  const given = await runNative(net.g.model(), { x });
  const criterion = await wandaImportance(model, { inputs: x, targets: {} }, { batchSize: 2 });
  const group = channelGroups(model).prunable.find(({ slots }) =>
    slots.some((slot) => slot.tensor === tensor && slot.axis === axis)
  )!;
  const tensors = model.graph.initializers as Map<string, Tensor>;
  return {
    scores: criterion(group, tensors),
    norms: seen.map((_, i) => normsOf(given[`seen${i}`]!, given[`seen${i}`]!.dims.length - 1)),
    weight: tensors.get(tensor)!,
  };
}

Deno.test("a weight that several layers multiply with counts what all of them read", async () => {
  const net = new Net();
  const one = net.op("Relu", [net.linear(net.g.input("x", "float32", ["N", 3]), 3, 4)]);
  // The second reading is of much larger numbers, in one channel above all.
  const other = net.op("Mul", [one, net.weights([1, 2, 50, 4])]);
  const shared = net.weight(4, 2);
  const first = net.op("MatMul", [one, shared]);
  const turned = net.op("Gemm", [other, net.op("Transpose", [shared], { perm: [1, 0] })], { transB: 1 });
  net.g.output(net.op("Add", [first, turned]), "y");
  const { scores, norms: [a, b], weight } = await scored(net, shared, [one, other]);
  assertClose(
    scores,
    takenBy(weight, false, (row) => a![row]! ** 2 + b![row]! ** 2),
    REORDERED_FLOAT32,
  );
});

Deno.test("a convolution's kernel that images of two sizes meet counts both", async () => {
  const net = new Net();
  const x = net.g.input("x", "float32", ["N", 3, 4, 4]);
  const hidden = net.op("Relu", [net.conv(x, 3, 4)]);
  const small = net.op("MaxPool", [hidden], { kernel_shape: [2, 2], strides: [2, 2] });
  const kernel = net.weight(2, 4, 1, 1);
  const ends = [hidden, small].map((value) =>
    net.op("ReduceSum", [net.op("Conv", [value, kernel]), net.ints(2, 3)], { keepdims: 0 })
  );
  net.g.output(net.op("Add", ends), "y");
  const model = net.g.model();
  for (const [i, value] of [hidden, small].entries()) {
    net.g.output(net.g.node("Identity", [value])[0]!, `seen${i}`);
  }
  const { x: images } = normalFeeds([5, 3, 4, 4]);
  const given = await runNative(net.g.model(), { x: images });
  const [a, b] = [0, 1].map((i) => normsOf(given[`seen${i}`]!, 1));
  const criterion = await wandaImportance(model, { inputs: images, targets: {} });
  const tensors = model.graph.initializers as Map<string, Tensor>;
  const [group] = channelGroups(model).prunable;
  assertClose(
    criterion(group!, tensors),
    takenBy(
      float32(numbersOf(tensors.get(kernel)!), [2, 4]),
      true,
      (_, c) => a![c]! ** 2 + b![c]! ** 2,
    ),
    REORDERED_FLOAT32,
  );
});

Deno.test("a weight that one layer reads by rows and another by columns counts both at each number", async () => {
  const net = new Net();
  const x = net.g.input("x", "float32", ["N", 3]);
  const hidden = net.op("Relu", [net.linear(x, 3, 4)]);
  const tied = net.weight(4, 5);
  const middle = net.op("Relu", [net.op("MatMul", [hidden, tied])]);
  const back = net.op("Gemm", [middle, tied], { transB: 1 });
  net.g.output(net.linear(net.op("Mul", [back, hidden]), 4, 2), "y");
  const { scores, norms: [a, b], weight } = await scored(net, tied, [hidden, middle], 1);
  const squares = (row: number, column: number) => a![row]! ** 2 + b![column]! ** 2;
  assertClose(scores, takenBy(weight, true, squares), REORDERED_FLOAT32);
});

Deno.test("each group of a convolution has norms of its own inputs", async () => {
  const { scores, seen, model } = await ranked([5, 3, 4, 4], (n, x) => {
    const hidden = n.op("Relu", [n.conv(x, 3, 4, 1)]);
    return { hidden, y: n.conv(hidden, 4, 2, 3, 2) };
  });
  // Weight [2, 2, 3, 3]: output o reads the inputs 2o and 2o + 1, and one of each pair leaves with one of the other.
  const norms = normsOf(seen, 1);
  const weight = numbersOf(model.graph.initializers.get("w2") as Tensor);
  const part = (o: number, i: number) =>
    weight.slice((2 * o + i) * 9, (2 * o + i + 1) * 9).reduce(
      (sum, w) => sum + Math.abs(w) * norms[2 * o + i]!,
      0,
    );
  const total = Array.from(scores).reduce((sum, score) => sum + score, 0);
  const all = [part(0, 0), part(0, 1), part(1, 0), part(1, 1)];
  assertClose([total], [all.reduce((a, b) => a + b, 0)], REORDERED_FLOAT32);
});

Deno.test("a channel that is never on goes first, however large its weights are; a plan takes blocks by it, too", async () => {
  const net = new Net();
  const x = net.g.input("x", "float32", ["N", 3]);
  const hidden = net.op("Relu", [
    net.op("Add", [net.linear(x, 3, 4), net.weights([0, 0, -1e3, 0])]),
  ]);
  const heavy = net.op("Mul", [hidden, net.weights([1, 1, 1, 1])]);
  net.g.output(net.linear(heavy, 4, 2), "y");
  const model = net.g.model();
  const data = { inputs: normalFeeds([8, 3]).x, targets: {} };
  const plan = await planPruning(model, {
    target: { parameters: 0.99 },
    criterion: "wanda",
    data,
    roundTo: 1,
  });
  assert.deepEqual(plan.groups[0]!.removed, [2]);
  assert.throws(
    () => planPruning(model, { target: { macs: 0.5 }, criterion: "wanda" }),
    /see what layers read/,
  );

  const deep = vit({ image: 8, patch: 4, layers: 3, heads: 2, hidden: 16, classes: 3 });
  const images = { inputs: normalFeeds([4, 3, 8, 8]).x, targets: {} };
  const both = await planPruning(deep, {
    target: { macs: 0.5 },
    kinds: ["channels", "blocks"],
    criterion: "wanda",
    data: images,
  });
  assert.ok(both.groups.every(({ importance }) => importance.every((score) => score > 0)));
});
