import assert from "node:assert/strict";
import { float } from "../../lib/onnx/attribute.ts";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { OPSET } from "../../lib/onnx/model.ts";
import { float32, numbersOf, sizeOf } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { openNative } from "../../lib/runtime/native.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import type { Tensors } from "../../lib/runtime/runtime.ts";
import { avoidWebgpuFaults } from "../../lib/runtime/webgpu_operators.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { withEngine } from "../train/engines.ts";

interface Case {
  op: string;
  /** Shapes of the inputs; the first is fed, the others are weights. */
  inputs: number[][];
  attributes: Record<string, number | number[]>;
  outputs?: number;
  /** Shape of the first input as the model declares it. Default: as it is. */
  declared?: (number | string)[];
  opset?: number;
}

const pool = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };

const CASES: Record<string, Case> = {
  "pooling": { op: "MaxPool", inputs: [[2, 3, 6, 4]], attributes: { kernel_shape: [2, 2] }, outputs: 2 },
  "pooling, padded": { op: "MaxPool", inputs: [[2, 3, 7, 6]], attributes: pool, outputs: 2 },
  "pooling, any batch": {
    op: "MaxPool",
    inputs: [[3, 2, 5, 5]],
    attributes: pool,
    outputs: 2,
    declared: ["N", 2, 5, 5],
  },
  "pooling, rounded up": {
    op: "MaxPool",
    inputs: [[1, 2, 6, 7]],
    attributes: { kernel_shape: [3, 2], strides: [2, 3], ceil_mode: 1 },
    outputs: 2,
  },
  "pooling, rounded up to a window that begins in the padding": {
    op: "MaxPool",
    inputs: [[2, 3, 7, 6]],
    attributes: { kernel_shape: [3, 2], strides: [2, 3], ceil_mode: 1 },
  },
  "pooling, dilated": {
    op: "MaxPool",
    inputs: [[1, 2, 8, 8]],
    attributes: { kernel_shape: [2, 3], dilations: [3, 2], pads: [1, 0, 0, 1] },
    outputs: 2,
  },
  "pooling in 1-d": {
    op: "MaxPool",
    inputs: [[2, 2, 9]],
    attributes: { kernel_shape: [3], strides: [2] },
    outputs: 2,
  },
  "pooling of an older operator set": {
    op: "MaxPool",
    inputs: [[2, 3, 7, 6]],
    attributes: pool,
    outputs: 2,
    opset: 11,
  },
  "groups of two inputs and one output": {
    op: "ConvTranspose",
    inputs: [[2, 6, 4, 5], [6, 1, 3, 3], [3]],
    attributes: { group: 3, strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 0] },
  },
  "groups of four inputs and one output, any batch, an older operator set": {
    op: "ConvTranspose",
    inputs: [[2, 8, 4, 5], [8, 1, 2, 3]],
    attributes: { group: 2, strides: [1, 2] },
    declared: ["N", 8, 4, 5],
    opset: 11,
  },
  "depthwise": {
    op: "ConvTranspose",
    inputs: [[2, 4, 4, 5], [4, 1, 3, 3]],
    attributes: { group: 4, strides: [2, 2] },
  },
  "batch norm in training form": {
    op: "BatchNormalization",
    inputs: [[4, 3, 2, 5], [3], [3], [3], [3]],
    attributes: { training_mode: 1 },
    outputs: 3,
  },
  "a row of 61 tensors": {
    op: "Concat",
    inputs: Array.from({ length: 61 }, (_, i) => [2, 1 + i % 3, 2]),
    attributes: { axis: 1 },
  },
  "an exponent for each row": { op: "Pow", inputs: [[2, 3, 4], [3, 1]], attributes: {} },
  "exponents of one number for each row": { op: "Pow", inputs: [[2, 1], [2, 4]], attributes: {} },
  "19 parts, the last shorter": {
    op: "Split",
    inputs: [[2, 56]],
    attributes: { axis: -1, num_outputs: 19 },
    outputs: 19,
  },
};

/** Multiples of a half, so that windows hold ties, and zeros beside padding. */
function halves(dims: number[], seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: sizeOf(dims) }, () => Math.round(random.uniform(-3, 3)) / 2);
}

function build({ op, inputs, attributes, outputs = 1, declared, opset = OPSET }: Case) {
  const g = new GraphBuilder(op, { "": opset });
  const x = inputs.map((dims, i): Value =>
    i === 0
      ? g.input("x", "float32", declared ?? dims)
      : g.parameter(`w${i}`, float32(halves(dims, i + 1).map((v) => i === 4 ? v * v + 1 : v), dims))
  );
  const extra = op === "BatchNormalization" ? { momentum: float(0.7), epsilon: float(0.01) } : {};
  g.node(op, x, { ...attributes, ...extra }, { outputs }).forEach((value, i) => g.output(value, `y${i}`));
  return { model: g.model(), feeds: { x: float32(halves(inputs[0]!, 1), inputs[0]!) } as Tensors };
}

for (const [name, example] of Object.entries(CASES)) {
  withEngine(`as native code has it: ${name}`, "webgpu", async (runtime) => {
    const { model, feeds } = build(example);
    const native = await openNative();
    const expected = await runModel(model, feeds, { runtime: native });
    await native.close();
    const actual = await runModel(model, feeds, { runtime });
    assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
    for (const [output, tensor] of Object.entries(expected)) {
      assert.deepEqual([actual[output]!.type, actual[output]!.dims], [tensor.type, tensor.dims], output);
      assertClose(numbersOf(actual[output]!), numbersOf(tensor), REORDERED_FLOAT32, output);
    }
  });
}

withEngine("places of a maximum that is not a number stay inside the tensor", "webgpu", async (runtime) => {
  const { model } = build(CASES["pooling, padded"]!);
  const dims = [2, 3, 7, 6];
  const { y1 } = await runModel(model, { x: float32(new Array(252).fill(NaN), dims) }, { runtime });
  assert.ok(numbersOf(y1!).every((place) => place >= 0 && place < 252));
});

const SLICES: [starts: number[], ends: number[], axes: number[], steps: number[]][] = [
  [[4], [0], [2], [-2]],
  [[4, 2], [0, -100], [2, 1], [-2, -1]],
  [[-1, 4], [-100, -100], [0, 2], [-1, -2]],
  [[1, -2, 3], [100, -6, 1], [0, -1, 1], [2, -1, -1]],
  [[-3], [-5], [2], [-1]],
  [[100], [-100], [1], [-3]],
];

for (const [starts, ends, axes, steps] of SLICES) {
  withEngine(
    `as plain loops have it: slice ${starts}, ${ends}, ${axes}, ${steps}`,
    "webgpu",
    async (runtime) => {
      const dims = [4, 5, 6];
      const g = new GraphBuilder("slice");
      g.output(g.slice(g.input("x", "float32", dims), starts, ends, axes, steps), "y");
      const numbers = Array.from({ length: 120 }, (_, i) => i);
      const { y } = await runModel(g.model(), { x: float32(numbers, dims) }, { runtime });

      const taken = dims.map((size, axis) => {
        const i = axes.findIndex((a) => (a + 3) % 3 === axis);
        return i < 0 ? [...Array(size).keys()] : places(size, starts[i]!, ends[i]!, steps[i]!);
      });
      const expected = taken[0]!.flatMap((a) =>
        taken[1]!.flatMap((b) => taken[2]!.map((c) => (a * 5 + b) * 6 + c))
      );
      assert.deepEqual(y!.dims, taken.map((list) => list.length));
      assert.deepEqual(numbersOf(y!), expected);
    },
  );
}

/** Elements of one axis that a slice takes, as Python's lists have it. */
function places(size: number, start: number, end: number, step: number): number[] {
  const [first, stop] = [start, end].map((place) => place < 0 ? place + size : place) as [number, number];
  const all = [...Array(size).keys()];
  return step > 0
    ? all.filter((i) => i >= first && i < stop && (i - first) % step === 0)
    : all.reverse().filter((i, _, { length }) => {
      const from = Math.min(first, length - 1);
      return i <= from && i > stop && (from - i) % -step === 0;
    });
}

withEngine("as native code has it: 53 parts of sizes of their own", "webgpu", async (runtime) => {
  const g = new GraphBuilder("split");
  const sizes = Array.from({ length: 53 }, (_, i) => 1 + i % 4);
  const total = sizes.reduce((a, b) => a + b);
  g.split(g.input("x", "float32", [total, 2]), sizes).forEach((part, i) => g.output(part, `y${i}`));
  const x = float32(Array.from({ length: 2 * total }, (_, i) => i), [total, 2]);
  const parts = await runModel(g.model(), { x }, { runtime });
  let from = 0;
  for (const [i, size] of sizes.entries()) {
    assert.deepEqual(parts[`y${i}`]!.dims, [size, 2]);
    assert.deepEqual(numbersOf(parts[`y${i}`]!), Array.from({ length: 2 * size }, (_, j) => from + j));
    from += 2 * size;
  }
});

Deno.test("no concatenation and no split reaches more than eight tensors", () => {
  for (const name of ["a row of 61 tensors", "19 parts, the last shorter"]) {
    const { graph } = avoidWebgpuFaults(build(CASES[name]!).model);
    for (const { inputs, outputs } of graph.nodes) assert.ok(inputs.length <= 7 && outputs.length <= 7, name);
  }
});

Deno.test("a model without such operators is left as it is", () => {
  const { model } = build({ op: "MaxPool", inputs: [[1, 1, 4, 4]], attributes: { kernel_shape: [2, 2] } });
  assert.equal(avoidWebgpuFaults(model), model);
});
