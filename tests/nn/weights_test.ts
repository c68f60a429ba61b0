import assert from "node:assert/strict";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { otherWeightsOf, weightsOf } from "../../lib/nn/weights.ts";
import { countMacs, countParameters } from "../../lib/onnx/count_macs.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, int64, sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import { isPrunable } from "../../lib/sparse/is_prunable.ts";
import { magnitudeMasks } from "../../lib/sparse/masks.ts";
import { seededRandom } from "../../lib/random.ts";

const numbers = (...dims: number[]): Tensor => {
  const random = seededRandom(1);
  return float32(Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()), dims);
};

Deno.test("weights are found by the slot they are read in, constants are not", () => {
  const g = new GraphBuilder("slots");
  const x = g.input("x", "float32", ["N", 3, 4, 4]);
  const ids = g.input("ids", "int64", ["N", 5]);
  // Normalising the input is no layer.
  let y = g.sub(x, g.parameter("mean", numbers(1, 3, 1, 1)));
  y = g.mul(y, g.parameter("inverse_deviation", numbers(1, 3, 1, 1)));
  y = g.conv(y, g.parameter("conv.w", numbers(4, 3, 1, 1)), g.parameter("conv.b", numbers(4)));
  y = g.batchNorm(
    y,
    g.parameter("bn.w", numbers(4)),
    g.parameter("bn.b", numbers(4)),
    g.parameter("bn.mean", numbers(4)),
    g.parameter("bn.var", numbers(4)),
  );
  y = g.mul(y, g.parameter("layer_scale", numbers(1, 4, 1, 1)));
  y = g.mul(y, 0.5);
  y = g.clip(y, g.parameter("clip.low", float32([-1], [])), 6);
  y = g.prelu(y, g.parameter("prelu", numbers(1)));
  y = g.reshape(y, g.parameter("shape", int64([-1, 16, 4])));
  y = g.matMul(y, g.transpose(g.parameter("onnx::MatMul_12", numbers(4, 4)), [1, 0]));
  y = g.add(y, g.parameter("fc.bias", numbers(4)));
  y = g.add(y, g.parameter("pos_embed", numbers(1, 16, 4)));
  y = g.add(y, g.parameter("/grid/Constant_output_0", numbers(1, 16, 4)));
  y = g.add(y, g.parameter("attention.mask", float32([0, -1e9, 0, 0], [4])));
  y = g.sub(g.parameter("beta", numbers(4)), y);
  g.output(y, "y");
  g.output(g.gather(g.parameter("table", numbers(9, 4)), ids), "embedded");
  const roles = Object.fromEntries(weightsOf(g.model()).map(({ name, role }) => [name, role]));
  assert.deepEqual(roles, {
    "conv.w": "weight",
    "conv.b": "bias",
    "bn.w": "scale",
    "bn.b": "bias",
    "bn.mean": "statistic",
    "bn.var": "statistic",
    "layer_scale": "scale",
    "prelu": "slope",
    "onnx::MatMul_12": "weight",
    "fc.bias": "bias",
    "pos_embed": "embedding",
    "beta": "bias",
    "table": "embedding",
  });
});

Deno.test("scales of RMS norms and weights of Einsum, recurrent layers and fused attention are weights", () => {
  const g = new GraphBuilder("wider", { "": 23, "com.microsoft": 1 });
  const x = g.input("x", "float32", [5, 2, 4]);
  let y = g.node("RMSNormalization", [x, g.parameter("rms", numbers(4))])[0]!;
  y = g.node("Einsum", [y, g.parameter("einsum", numbers(4, 4))], { equation: "abc,cd->abd" })[0]!;
  y = g.node("GRU", [y, g.parameter("w", numbers(1, 12, 4)), g.parameter("r", numbers(1, 12, 4))], {
    hidden_size: 4,
  })[0]!;
  y = g.reshape(y, [5, 2, 4]);
  const packed = [g.parameter("qkv", numbers(4, 12)), g.parameter("qkv.bias", numbers(12))];
  g.output(g.node("Attention", [y, ...packed], { num_heads: 2 }, { domain: "com.microsoft" })[0]!, "y");
  const found = weightsOf(g.model());
  assert.deepEqual(found.map(({ name, role }) => [name, role]), [
    ["rms", "scale"],
    ["einsum", "weight"],
    ["w", "weight"],
    ["r", "weight"],
    ["qkv", "weight"],
    ["qkv.bias", "bias"],
  ]);
  assert.deepEqual(found.filter(isPrunable).map(({ name }) => name), ["einsum", "w", "r", "qkv"]);
  assert.deepEqual(
    Object.keys(magnitudeMasks(g.model(), 0.5)),
    ["einsum", "w", "r", "qkv"],
  );
});

Deno.test("as long as the batch is no state where the batch is another axis", () => {
  const g = new GraphBuilder("lengths");
  const x = g.input("x", "float32", [2, 4, 3]);
  const y = g.matMul(x, g.parameter("w", numbers(3, 5)));
  const state = g.add(y, g.parameter("state", numbers(2, 4, 5)));
  const turned = g.add(g.transpose(state, [1, 0, 2]), g.parameter("by example", numbers(4, 2, 5)));
  const fewer = g.matMul(g.parameter("mixes", numbers(2, 4)), g.transpose(turned, [2, 0, 1]));
  g.output(g.add(fewer, g.parameter("by feature", numbers(5, 2, 2))), "y");
  g.output(g.concat([g.parameter("more", numbers(2, 2, 2)), fewer], 0), "z");
  assert.deepEqual(weightsOf(g.model()).map(({ name }) => name), [
    "w",
    "by example",
    "mixes",
    "by feature",
    "more",
  ]);
});

Deno.test("sizes that arithmetic goes on with are no weights", () => {
  const g = new GraphBuilder("sizes");
  const y = g.matMul(g.input("x", "float32", [2, 3]), g.parameter("w", numbers(3, 3)));
  g.output(g.mul(y, g.node("Cast", [g.parameter("length", int64([1, 2, 3]))], { to: 1 })[0]!), "y");
  assert.deepEqual(weightsOf(g.model()).map(({ name }) => name), ["w"]);
});

Deno.test("a state that is stored, tables of sines and masks are no weights", () => {
  const g = new GraphBuilder("buffers");
  const x = g.input("x", "float32", [2, 4, 6]);
  let y = g.matMul(x, g.parameter("w", numbers(6, 6)));
  y = g.mul(y, g.parameter("rotary.cos", numbers(4, 6)));
  y = g.add(
    y,
    g.parameter("attn_mask", float32(Array.from({ length: 24 }, (_, i) => i % 3 ? 0 : -100), [4, 6])),
  );
  y = g.add(y, g.parameter("position", numbers(1, 4, 6)));
  y = g.mul(y, g.parameter("zeros", float32(new Float32Array(48), [2, 4, 6])));
  g.output(g.concat([y, g.parameter("token", numbers(2, 1, 6))], 1), "y");
  assert.deepEqual(weightsOf(g.model()).map(({ name }) => name), ["w", "position"]);
  assert.equal(countMacs(g.model()).parameters, 36 + 24);
});

Deno.test("all stored floats of the zoo's networks are weights", () => {
  const model = resnetCifar({ depth: 20, shortcut: "B" });
  const floats = [...model.graph.initializers].filter(([, tensor]) =>
    tensor.type === "float32" && tensor.dims.length
  );
  assert.deepEqual(weightsOf(model).map(({ name }) => name).sort(), floats.map(([name]) => name).sort());
});

Deno.test("zeros that an exporter writes where a convolution has no bias are no parameters; named ones are", () => {
  const count = (name: string) => {
    const g = new GraphBuilder("bias");
    const x = g.input("x", "float32", ["N", 3, 4, 4]);
    const zero = g.parameter(name, float32([0, 0, 0, 0]));
    g.output(g.conv(x, g.parameter("conv.weight", numbers(4, 3, 1, 1)), zero), "y");
    return countMacs(g.model()).parameters;
  };
  assert.deepEqual([count("val_3"), count("conv.bias")], [12, 16]);
});

Deno.test("weights in bfloat16 and in codes are told apart from those that are computed with", () => {
  const g = new GraphBuilder("others");
  const brain = g.parameter("brain", {
    type: "bfloat16",
    dims: [2, 3],
    bytes: new Uint8Array(12).fill(0x3f),
  });
  const codes = g.parameter("codes", new Tensor("int8", new Int8Array(12).fill(1), [3, 4]));
  const hidden = g.matMul(
    g.input("x", "float32", ["N", 2]),
    g.node("Cast", [brain], { to: { type: "int", value: 1 } })[0]!,
  );
  const weight = g.node("DequantizeLinear", [codes, g.parameter("scale", float32([1], []))])[0]!;
  g.output(g.matMul(g.matMul(hidden, weight), g.parameter("last", numbers(4, 2))), "y");
  const names = (list: readonly { name: string; role: string }[]) =>
    list.map(({ name, role }) => [name, role]);
  assert.deepEqual(names(otherWeightsOf(g.model())), [["brain", "weight"], ["codes", "weight"]]);
  assert.deepEqual(names(weightsOf(g.model())), [["last", "weight"]]);
});

Deno.test("truth values are no weights, also where they become floats", async () => {
  const path = new URL("../fixtures/transformers/vit_dynamo.onnx", import.meta.url);
  const model = await loadModel(path);
  assert.ok([...model.graph.initializers.values()].some(({ type }) => type === "bool"));
  assert.deepEqual(otherWeightsOf(model), []);
  const floats = weightsOf(model).reduce((sum, { tensor }) => sum + sizeOf(tensor.dims), 0);
  assert.equal(countParameters(inferShapes(model)), floats);
});
