import assert from "node:assert/strict";
import { loadModel } from "../../../lib/io/load_model.ts";
import { decodeModel } from "../../../lib/onnx/codec/decode.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { checkPruned } from "../../../lib/prune/check_pruned.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { Model } from "../../../lib/onnx/model.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { underLimits } from "../../limits.ts";
import { runNative } from "../run_native.ts";
import { normalFeeds } from "../../prune/each_channel.ts";

/** A field of a message: its number and bytes. */
const field = (
  number: number,
  bytes: readonly number[],
) => [...varint(number << 3 | 2), ...varint(bytes.length), ...bytes];
const whole = (number: number, value: number) => [...varint(number << 3), ...varint(value)];
const text = (value: string) => [...new TextEncoder().encode(value)];

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 | 128);
  return [...bytes, value];
}

/** A `TensorProto`, written by hand. */
const tensor = (type: number, dims: number[], raw: ArrayBufferView, name?: string) => [
  ...dims.flatMap((dim) => whole(1, dim)),
  ...whole(2, type),
  ...field(9, [...new Uint8Array(raw.buffer as ArrayBuffer)]),
  ...name ? field(8, text(name)) : [],
];
const FLOAT = 1;
const STRING = 8;

interface Sparse {
  values?: number[];
  indices: number[];
  rank?: number;
  dims?: number[];
  type?: number;
  /** What lies in files of these names beside the model. */
  outside?: ("values" | "indices")[];
}

/** A `TensorProto` whose bytes are all of another file. */
const elsewhere = (type: number, dims: number[], location: string, name: string) => [
  ...dims.flatMap((dim) => whole(1, dim)),
  ...whole(2, type),
  ...field(8, text(name)),
  ...field(13, [...field(1, text("location")), ...field(2, text(location))]),
  ...whole(14, 1),
];

/** A `SparseTensorProto`, "w" [4, 8]. */
function sparseTensor(
  { values = [1, -2, 3], indices, rank = 1, dims = [4, 8], type = FLOAT, outside = [] }: Sparse,
): number[] {
  const count = indices.length / rank;
  const shape = rank === 1 ? [count] : [count, rank];
  return [
    ...field(
      1,
      outside.includes("values")
        ? elsewhere(type, [values.length], "values", "w")
        : tensor(type, [values.length], Float32Array.from(values), "w"),
    ),
    ...field(
      2,
      outside.includes("indices")
        ? elsewhere(7, shape, "indices", "")
        : tensor(7, shape, BigInt64Array.from(indices, BigInt)),
    ),
    ...dims.flatMap((dim) => whole(3, dim)),
  ];
}

/** A node that gives "w", or another value, of a sparse tensor. */
const constantNode = (sparse: Sparse, output = "w") => [
  ...field(2, text(output)),
  ...field(4, text("Constant")),
  ...field(
    5,
    [...field(1, text("sparse_value")), ...whole(20, 11), ...field(22, sparseTensor(sparse))].flat(),
  ),
];

/**
 * A model that multiplies x [2, 4] with a sparse "w" [4, 8], and that with a dense weight; "w" is stored, or
 * what a Constant gives.
 */
function file(sparse: Sparse, stored = true): Uint8Array {
  const g = new GraphBuilder("sparse");
  const x = g.input("x", "float32", [2, 4]);
  const [first, second] = [[4, 8], [8, 2]].map((dims) =>
    new Tensor("float32", Array(dims[0]! * dims[1]!).fill(0.5), dims)
  );
  g.output(g.matMul(g.relu(g.matMul(x, g.parameter("w", first!))), g.parameter("v", second!)), "y");
  const dense = g.model();
  const others = new Map([...dense.graph.initializers].filter(([name]) => name !== "w"));
  // What a graph carries along is written into it as it is: field 15, or a node, field 1.
  const rest = stored ? field(15, sparseTensor(sparse)) : field(1, constantNode(sparse));
  return dense.withGraph({ ...dense.graph, initializers: others, rest: Uint8Array.from(rest) }).toOnnx();
}

const expected = () => {
  const dense = new Float32Array(32);
  [dense[3], dense[8], dense[31]] = [1, -2, 3];
  return dense;
};

Deno.test("a sparse initializer is read as the dense tensor that it stands for, counted, pruned and run", async () => {
  for (const sparse of [{ indices: [3, 8, 31] }, { indices: [0, 3, 1, 0, 3, 7], rank: 2 }]) {
    const model = decodeModel(file(sparse));
    const weight = model.graph.initializers.get("w") as Tensor;
    assert.deepEqual([weight.type, weight.dims, weight.data], ["float32", [4, 8], expected()]);
    assert.equal(countMacs(model).macs, 2 * (4 * 8 + 8 * 2));
    const smaller = prune(model, planPruning(model, { target: { parameters: 0.5 }, roundTo: 1 }));
    const { y } = await runNative(smaller, normalFeeds([2, 4]));
    assert.deepEqual(y!.dims, [2, 2]);
    // Written, it is dense.
    assert.deepEqual(decodeModel(model.toOnnx()).graph.initializers.get("w"), weight);
  }
});

Deno.test("so is the sparse tensor of a Constant, and a wrong one is refused", async () => {
  const model = decodeModel(file({ indices: [3, 8, 31] }, false));
  assert.deepEqual(countMacs(model), { macs: 2 * (4 * 8 + 8 * 2), parameters: 4 * 8 + 8 * 2 });
  const plan = planPruning(model, { target: { parameters: 0.5 }, roundTo: 1 });
  const smaller = prune(model, plan);
  assert.deepEqual(smaller.graph.initializers.get("v")!.dims, [4, 2]);
  assert.ok(await checkPruned(model, smaller, plan) < 1e-6);
  assert.throws(() => decodeModel(file({ indices: [3, 8, 32] }, false)), /"w".*has a value at place 32/);
});

Deno.test("a sparse tensor is read whichever of its parts lie in other files", async () => {
  const all = {
    values: new Uint8Array(Float32Array.of(1, -2, 3).buffer),
    indices: new Uint8Array(BigInt64Array.of(3n, 8n, 31n).buffer),
  };
  for (const outside of [["values"], ["indices"], ["values", "indices"]] as ("values" | "indices")[][]) {
    for (const stored of [true, false]) {
      const externalData = Object.fromEntries(outside.map((part) => [part, all[part]]));
      const sparse = { indices: [3, 8, 31], outside };
      const { graph } = await loadModel(file(sparse, stored), { externalData });
      const { value } = graph.nodes.find(({ op }) => op === "Constant")?.attributes ?? {};
      const weight = value?.type === "tensor" ? value.value : graph.initializers.get("w");
      assert.deepEqual((weight as Tensor).data, expected());
      await assert.rejects(
        loadModel(file(sparse, stored)),
        /it keeps tensors in ".*pass the contents as externalData/,
      );
    }
  }
});

Deno.test("many small sparse tensors are held against the limit together, whatever they stand in", async () => {
  // Each of 4 × 8 numbers takes 128 bytes.
  const many = (count: number) => {
    const g = new GraphBuilder("many");
    g.output(g.relu(g.input("x", "float32", [2])), "y");
    const { graph, info } = g.model();
    const indices = [3, 8, 31];
    const constants = Array.from(
      { length: count - 1 },
      (_, i) => field(1, constantNode({ indices }, `c${i}`)),
    );
    const rest = Uint8Array.from([...field(15, sparseTensor({ indices })), ...constants.flat()]);
    return new Model({ ...graph, rest }, info).toOnnx();
  };
  await underLimits({ unpackedBytes: 128 * 100 }, () => {
    const { nodes } = decodeModel(many(100)).graph;
    assert.equal(nodes.filter(({ op }) => op === "Constant").length, 99);
    assert.throws(
      () => decodeModel(many(101)),
      /takes 128 bytes .* before it 12800, together more than 12800, .*setLimits\({ unpackedBytes/,
    );
  });
});

Deno.test("a sparse initializer that stands for no dense tensor is refused, with the place", () => {
  const refused: [Sparse, RegExp][] = [
    [
      { indices: [3, 8, 32] },
      /sparse tensor "w" of shape \[4,8\] has a value at place 32: expected ascending/,
    ],
    [{ indices: [3, 3, 4] }, /at place 3/],
    [{ indices: [8, 3, 31] }, /at place 3/],
    [{ indices: [0, 3, 1, 9, 3, 7], rank: 2 }, /at place NaN/],
    [{ indices: [3, 8] }, /needs int64 indices \[3\] or \[3, 2\], found int64\[2\]/],
    [
      { indices: [3, 8, 31], dims: [2 ** 20, 2 ** 20] },
      /takes .* bytes as a dense tensor, together more than/,
    ],
    [
      { indices: [3, 8, 31], type: STRING, values: [] },
      /values of string, which cannot be read as a dense tensor/,
    ],
  ];
  for (const [sparse, message] of refused) assert.throws(() => decodeModel(file(sparse)), message);
});
