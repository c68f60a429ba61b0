import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { Model } from "../../lib/onnx/model.ts";
import { float32, int64, type OpaqueTensor, sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { mask } from "../../lib/prune/mask.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { realNumbers } from "../../lib/prune/quantized/real_numbers.ts";
import { compress } from "../../lib/compress/compress.ts";
import { packQuantized } from "../../lib/compress/codes/pack_quantized.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";
import { assertEachChannelAlone, normalFeeds } from "./each_channel.ts";

/** A file that `make_quantized_fixtures.py` wrote. */
function quantized(name: string): Model {
  const url = new URL(`../fixtures/quantized/${name}.onnx`, import.meta.url);
  return decodeModel(new Uint8Array(readFileSync(url)), { file: name });
}

const NETWORKS: Record<string, { x: number[]; free: number[] }> = {
  channels: { x: [2, 3, 8, 8], free: [8, 12] },
  unsigned: { x: [2, 3, 8, 8], free: [8, 12] },
  dynamic: { x: [2, 3, 8, 8], free: [8, 12] },
  columns: { x: [2, 5, 6], free: [16, 12] },
};

for (const [name, { x, free }] of Object.entries(NETWORKS)) {
  Deno.test(`${name}.onnx, as ONNX Runtime quantises it, loses channels one by one`, async () => {
    const model = quantized(name);
    const { prunable, boundaries } = channelGroups(model);
    assert.deepEqual(prunable.map(({ channels }) => channels), free);
    assert.deepEqual(boundaries, []);
    await assertEachChannelAlone(model, normalFeeds(x));
  });
}

Deno.test("a network on levels of its own for each filter, as compress quantises it, loses channels one by one", async () => {
  const g = new GraphBuilder("filters", { "": 21 });
  const random = seededRandom(3);
  const weight = (name: string, dims: number[]) =>
    g.parameter(
      name,
      float32(Float32Array.from({ length: sizeOf(dims) }, () => random.normal() + 0.5), dims),
    );
  const x = g.input("x", "float32", [2, 3, 6, 6]);
  const hidden = g.relu(g.conv(x, weight("first", [8, 3, 3, 3]), undefined, { pads: [1, 1, 1, 1] }));
  g.output(g.conv(hidden, weight("second", [4, 8, 1, 1])), "y");
  const method = "rtn", bits = 8;
  const { model, forms } = packQuantized(await compress(g.model(), { method, bits }));
  assert.deepEqual(Object.values(forms), ["DequantizeLinear", "DequantizeLinear"]);
  const points = [...model.graph.initializers].find(([name]) => name.endsWith(".zeros"))![1] as Tensor;
  assert.ok(new Set(points.data as Uint8Array).size > 1, "one zero point for all filters");
  assert.deepEqual(channelGroups(model).prunable.map(({ channels }) => channels), [8]);
  await assertEachChannelAlone(model, normalFeeds([2, 3, 6, 6]));
});

Deno.test("sums of whole numbers are the same bits without the channels", async () => {
  const { x } = NETWORKS["columns"]!;
  const model = quantized("columns");
  const plan = planPruning(model, { target: { macs: 0.5 }, criterion: "l2", roundTo: 1 });
  const small = await runNative(prune(model, plan), normalFeeds(x));
  const masked = await runNative(mask(model, plan), normalFeeds(x));
  assert.deepEqual(small["y"]!.data, masked["y"]!.data);
});

Deno.test("criteria read what whole numbers and bfloat16 stand for", () => {
  const g = new GraphBuilder("stored", { "": 21 });
  const x = g.input("x", "float32", ["N", 2]);
  const whole = g.parameter("whole", new Tensor("int8", Int8Array.of(3, 1, 2, -1, 0, 5), [2, 3]));
  const [weight] = g.node("DequantizeLinear", [
    whole,
    g.parameter("scale", float32([1, 10, 100])),
    g.parameter("zero", new Tensor("int8", Int8Array.of(1, 1, 1), [3])),
  ]);
  const half = g.parameter("half", {
    type: "bfloat16",
    dims: [3, 1],
    bytes: Uint8Array.of(0x80, 0x3f, 0x20, 0xc0, 0, 0), // 1, −2.5, 0
  } as OpaqueTensor);
  g.output(g.matMul(g.matMul(x, weight!), g.cast(half, "float32")), "y");
  const model = g.model();
  const numbers = realNumbers(model);
  assert.deepEqual([...numbers.get("whole")!.data as Float32Array], [2, 0, 100, -2, -10, 400]);
  assert.deepEqual([...numbers.get("half")!.data as Float32Array], [1, -2.5, 0]);
  const smaller = prune(
    model,
    planPruning(model, { target: { macs: 2 / 3 }, criterion: "group-l2", roundTo: 1 }),
  );
  const left = smaller.graph.initializers;
  // Of √(2² + 2² + 1), √(10² + 2.5²) and √(100² + 400²) the first goes.
  assert.deepEqual([...(left.get("whole") as Tensor).data as Int8Array], [1, 2, 0, 5]);
  assert.deepEqual([...(left.get("scale") as Tensor).data as Float32Array], [10, 100]);
  assert.deepEqual([...(left.get("half") as OpaqueTensor).bytes], [0x20, 0xc0, 0, 0]);
});

Deno.test("numbers of blocks are read with the scale and the zero point of their own", () => {
  const g = new GraphBuilder("blocks", { "": 21 });
  const x = g.input("x", "float32", [1, 4]);
  const whole = g.parameter("whole", new Tensor("uint8", Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), [4, 2]));
  const [weight] = g.node("DequantizeLinear", [
    whole,
    g.parameter("scale", float32([1, 10, 100, 1000], [2, 2])),
    g.parameter("zero", new Tensor("uint8", Uint8Array.of(0, 1, 2, 3), [2, 2])),
  ], { axis: 0, block_size: 2 });
  g.output(g.matMul(x, weight!), "y");
  const numbers = realNumbers(g.model()).get("whole")!.data as Float32Array;
  assert.deepEqual([...numbers], [1, 10, 3, 30, 300, 3000, 500, 5000]);
});

Deno.test("numbers that products read as they are stored have the scale and the zero point of their channel", () => {
  const g = new GraphBuilder("products");
  const bytes = (name: string, numbers: number[], dims: number[]) =>
    g.parameter(name, new Tensor("uint8", Uint8Array.from(numbers), dims));
  const scale = (name: string, numbers: number[], dims = [numbers.length]) =>
    g.parameter(name, float32(numbers, dims));
  const x = g.input("x", "uint8", [1, 2, 3, 3]);
  const point = bytes("point", [3], []);
  const bias = g.parameter("bias", new Tensor("int32", Int32Array.of(4, -6), [2]));
  const kernel = bytes("kernel", [1, 2, 3, 4], [2, 2, 1, 1]);
  const convolved = g.node("QLinearConv", [
    ...[x, scale("x.scale", [0.5], []), point, kernel, scale("kernel.scale", [1, 10])],
    ...[bytes("kernel.point", [1, 2], [2]), scale("y.scale", [1], []), point, bias],
  ])[0]!;
  const matrix = bytes("matrix", [5, 6, 7, 8, 9, 10], [3, 2]);
  const rounded = g.node("QLinearMatMul", [
    ...[convolved, "x.scale", point, matrix, scale("matrix.scale", [2, 3], [1, 2])],
    ...[bytes("matrix.point", [5, 8], [1, 2]), "y.scale", point],
  ])[0]!;
  const rows = bytes("rows", [9, 8, 7, 6, 5, 4], [2, 1, 3]);
  g.output(g.node("MatMulInteger", [rows, rounded, bytes("rows.point", [4, 7], [2, 1, 1])])[0]!, "y");
  const numbers = realNumbers(g.model());
  const of = (name: string) => [...numbers.get(name)!.data as Float32Array];
  assert.deepEqual(of("kernel"), [0, 1, 10, 20]);
  assert.deepEqual(of("bias"), [2, -30]);
  assert.deepEqual(of("matrix"), [0, -6, 4, 0, 8, 6]);
  assert.deepEqual(of("rows"), [5, 4, 3, -1, -2, -3]);
});

/** The same function in floats: each product of whole numbers as that of what is left of them without zero points. */
function inFloats(model: Model): Model {
  const g = new GraphBuilder({ ...model.graph, nodes: [] }, model.info.opsets);
  for (const node of model.graph.nodes) {
    if (node.op !== "MatMulInteger") {
      g.place(node);
      continue;
    }
    const [left, right] = [0, 1].map((input) => {
      const [matrix, points] = [node.inputs[input]!, node.inputs[input + 2]];
      if (!points) return g.cast(matrix, "float32");
      const rows = input === 0 && g.shape(points).length === 1;
      const own = rows ? g.node("Unsqueeze", [points, g.constant(int64([1]))])[0]! : points;
      return g.sub(g.cast(matrix, "float32"), g.cast(own, "float32"));
    });
    const product = g.node("MatMul", [left!, right!])[0]!;
    g.place({
      op: "Cast",
      inputs: [product],
      outputs: node.outputs,
      attributes: { to: { type: "int", value: 6 } },
    });
  }
  return new Model(g.graph(), model.info);
}

for (const dims of [[8], [8, 1], [1, 8, 1]]) {
  Deno.test(`rows of a product of whole numbers leave with their zero points, stored as [${dims}]`, async () => {
    const g = new GraphBuilder("rows");
    const random = seededRandom(4);
    const bytes = (from: number, dims: number[]) =>
      new Tensor("uint8", Uint8Array.from({ length: sizeOf(dims) }, () => from + random.uniform() * 9), dims);
    // Features as rows: codes [8, 6] of the first layer by the columns of x, in which the batch lies along the last axis.
    const batch = dims.length === 3 ? [1] : [];
    const codes = g.parameter("codes", bytes(100, [...batch, 8, 6]));
    const points = g.parameter("points", bytes(102, dims));
    const [whole, scale, zero] = g.node("DynamicQuantizeLinear", [g.input("x", "float32", [6, 4])], {}, {
      outputs: 3,
    });
    const sums = g.cast(g.node("MatMulInteger", [codes, whole!, points, zero!])[0]!, "float32");
    const hidden = g.relu(g.mul(sums, scale!));
    const last = g.parameter(
      "last",
      float32(Float32Array.from({ length: 24 }, () => random.normal()), [3, 8]),
    );
    g.output(g.node("MatMul", [last, hidden])[0]!, "y");
    const model = g.model();
    const { prunable } = channelGroups(model);
    assert.deepEqual(prunable.map(({ channels }) => channels), [8]);
    const plan = planPruning(model, { target: { parameters: 0.5 }, roundTo: 1, criterion: "l2" });
    const smaller = prune(model, plan);
    const kept = smaller.graph.initializers.get("points")!.dims;
    assert.deepEqual(kept, dims.map((dim) => dim === 8 ? 4 : dim));
    const feeds = normalFeeds([6, 4]);
    const [one, other] = [
      await runNative(inFloats(smaller), feeds),
      await runNative(inFloats(mask(model, plan)), feeds),
    ];
    assertClose(one["y"]!.data as Float32Array, other["y"]!.data as Float32Array, REORDERED_FLOAT32);
  });
}
