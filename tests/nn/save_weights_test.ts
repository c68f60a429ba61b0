import assert from "node:assert/strict";
import { decodeCheckpoint, loadCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { encodePytorch } from "../../lib/formats/pytorch/encode_pytorch.ts";
import { decodeSafetensors } from "../../lib/formats/safetensors.ts";
import { loadWeights } from "../../lib/nn/load_weights.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { saveWeights } from "../../lib/nn/save_weights.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { cutsOf } from "../../lib/prune/cuts.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { seededRandom } from "../../lib/random.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, type OpaqueTensor, Tensor } from "../../lib/tensor/tensor.ts";
import { inFolder } from "../in_folder.ts";

const sizes = { depth: 20, widths: [4, 8, 16] } as const;
const model = resnetCifar({ ...sizes, widths: [4, 8, 16], seed: 1 });

Deno.test("weights that were saved are loaded by their names, statistics with them", async () => {
  await inFolder(async (folder) => {
    for (const name of ["weights.pth", "weights.pt", "weights.safetensors"]) {
      await saveWeights(model, `${folder}/${name}`);
      const checkpoint = await loadCheckpoint(`${folder}/${name}`);
      assert.deepEqual(Object.keys(checkpoint).sort(), weightsOf(model).map(({ name }) => name).sort());
      const again = loadWeights(resnetCifar({ ...sizes, widths: [4, 8, 16], seed: 2 }), checkpoint);
      assert.deepEqual(again.toOnnx(), model.toOnnx());
    }
    const { metadata } = decodeSafetensors(await Deno.readFile(`${folder}/weights.safetensors`));
    assert.deepEqual(metadata, { format: "pt" }); // which Python's transformers asks for
    assert.deepEqual([...Deno.readDirSync(folder)].length, 3);
  });
});

Deno.test("what was cut where is written beside the weights", async () => {
  await inFolder(async (folder) => {
    const plan = planPruning(model, { target: { macs: 0.5 } });
    const cuts = cutsOf(model, plan);
    await saveWeights(prune(model, plan), `${folder}/smaller.pth`, { cuts });
    const json = JSON.parse(await Deno.readTextFile(`${folder}/smaller.json`));
    assert.deepEqual(json, { format: "espalier cuts 1", tensors: cuts });
    const weights = await loadCheckpoint(`${folder}/smaller.pth`);
    for (const [name, { shape }] of Object.entries(cuts)) assert.deepEqual(weights[name]!.dims, shape, name);
  });
});

Deno.test("constants of the graph that were cut are no part of a module, and are left out", async () => {
  const g = new GraphBuilder("constant");
  const random = seededRandom(0);
  const drawn = (...dims: number[]) =>
    float32(Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()), dims);
  let x = g.conv(g.input("x", "float32", ["N", 3, 4, 4]), g.parameter("a.weight", drawn(8, 3, 1, 1)));
  x = g.mul(x, g.parameter("z.mask", drawn(1, 8, 1, 1)));
  g.output(g.conv(x, g.parameter("b.weight", drawn(4, 8, 1, 1))), "y");
  const plan = planPruning(g.model(), { target: { macs: 0.5 } });
  const cuts = cutsOf(g.model(), plan);
  assert.deepEqual(Object.keys(cuts).sort(), ["a.weight", "b.weight", "z.mask"]);
  await inFolder(async (folder) => {
    await saveWeights(prune(g.model(), plan), `${folder}/x.safetensors`, { cuts });
    const { tensors } = JSON.parse(await Deno.readTextFile(`${folder}/x.json`));
    assert.deepEqual(Object.keys(tensors).sort(), ["a.weight", "b.weight"]);
  });
});

Deno.test("a name of another kind of file is refused", async () => {
  await assert.rejects(
    saveWeights(model, "weights.onnx"),
    /^RangeError: Cannot save weights as weights\.onnx: expected a name in \.safetensors, \.pth, \.pt, such as weights\.safetensors; a whole/,
  );
});

Deno.test("a PyTorch checkpoint holds every type that PyTorch has, any shape and any name", () => {
  const tensors = {
    "a.weight": new Tensor("float32", Float32Array.of(1, -2, 3, 0.5, 0, -0), [2, 3]),
    "ein Maß": new Tensor("float64", Float64Array.of(Math.PI), []),
    half: new Tensor("float16", Uint16Array.of(0x3c00, 0xc000), [2, 1]),
    steps: new Tensor("int64", BigInt64Array.of(2n ** 53n + 1n, -1n), [2]),
    int: new Tensor("int32", Int32Array.of(-7), [1, 1, 1]),
    byte: new Tensor("uint8", Uint8Array.of(0, 255), [2]),
    yes: new Tensor("bool", Uint8Array.of(1, 0), [2]),
    none: new Tensor("float32", new Float32Array(), [0, 4]),
  };
  const again = decodeCheckpoint(encodePytorch(tensors));
  assert.deepEqual(Object.keys(again), Object.keys(tensors));
  for (const [name, { type, dims, data }] of Object.entries(tensors)) {
    assert.deepEqual([again[name]!.type, again[name]!.dims], [type, dims], name);
    assert.deepEqual([...again[name]!.data as Uint8Array], [...data as Uint8Array], name);
  }
  assert.throws(
    () => encodePytorch({ u: new Tensor("uint32", Uint32Array.of(1), [1]) }),
    /^TypeError: Cannot write tensor "u" of type uint32 as a PyTorch checkpoint: expected one of float32, /,
  );
});

/** bfloat16s of these numbers, which it holds exactly: the upper halves of float32s. */
function bfloat16(numbers: readonly number[], dims: readonly number[]): OpaqueTensor {
  const halves = Uint16Array.from(new Uint32Array(Float32Array.from(numbers).buffer), (word) => word >>> 16);
  return { type: "bfloat16", dims, bytes: new Uint8Array(halves.buffer) };
}

/** x (B, 2) · w (2, 3), with a weight of any type that is cast to float32. */
function product(weight: OpaqueTensor | Tensor, op = "Cast"): Model {
  const g = new GraphBuilder("product");
  const w = g.parameter("w", weight);
  const floats = op === "Cast"
    ? g.node("Cast", [w], { to: { type: "int", value: 1 } })[0]!
    : g.node(op, [w, g.parameter("scale", float32([0.5], []))])[0]!;
  g.output(g.matMul(g.input("x", "float32", ["N", 2]), floats), "y");
  return g.model();
}

Deno.test("weights in bfloat16 are written as such, number for number", async () => {
  const numbers = [1, -2.5, 0.15625, 3e38, 0, -0];
  await inFolder(async (folder) => {
    for (const [name, type] of [["w.pth", "BFloat16Storage"], ["w.safetensors", '"dtype":"BF16"']] as const) {
      await saveWeights(product(bfloat16(numbers, [2, 3])), `${folder}/${name}`);
      const { w } = await loadCheckpoint(`${folder}/${name}`);
      assert.deepEqual(w!.dims, [2, 3]);
      for (const [i, value] of [...w!.data as Float32Array].entries()) {
        assert.ok(Math.abs(value - numbers[i]!) <= Math.abs(numbers[i]!) / 256, `${value}`);
        if (i !== 3) assert.ok(Object.is(value, numbers[i]));
      }
      const bytes = await Deno.readFile(`${folder}/${name}`);
      assert.ok(new TextDecoder("latin1").decode(bytes).includes(type));
      assert.ok(bytes.length < 1500);
    }
  });
});

Deno.test("a model without weights has none to write", async () => {
  const g = new GraphBuilder("plain");
  g.output(g.relu(g.input("x", "float32", ["N"])), "y");
  await assert.rejects(saveWeights(g.model(), "/tmp/weights.pth"), {
    name: "TypeError",
    message: 'Cannot save the weights of "plain": it stores none',
  });
});

Deno.test("weights in codes, which mean nothing alone, are refused", async () => {
  const codes = new Tensor("int8", Int8Array.of(1, -2, 3, 4, 5, 6), [2, 3]);
  for (const name of ["weights.pth", "weights.safetensors"]) {
    await assert.rejects(saveWeights(product(codes, "DequantizeLinear"), `/tmp/${name}`), {
      name: "TypeError",
      message:
        'Cannot save the weights of "product" alone: "w" holds codes (int8), which the graph makes weights ' +
        "of; save the whole model (.onnx), or weights from before it was quantised",
    });
  }
});
