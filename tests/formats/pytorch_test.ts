import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { decodeCheckpoint, loadCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { decodeNpy } from "../../lib/formats/npy.ts";
import { encodePytorch } from "../../lib/formats/pytorch/encode_pytorch.ts";
import { decodePytorch } from "../../lib/formats/pytorch/pytorch.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { dataFile } from "../data.ts";
import { expectedElement, expectedElements, fixture } from "./fixtures.ts";

for (const file of ["views.pth", "views_legacy.pth"]) {
  Deno.test(`${file}: every element type as PyTorch wrote it`, () => {
    const tensors = decodeCheckpoint(fixture(file));
    const types = { bfloat16: "float32", parameter: "float32", base: "float32" } as Record<
      string,
      Tensor.Type
    >;
    for (
      const name of "float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool base parameter".split(
        " ",
      )
    ) {
      const tensor = tensors[name]!;
      equal(tensor.type, types[name] ?? name);
      deepEqual(numbersOf(tensor), expectedElements(tensor.type, tensor.size), name);
    }
    deepEqual([tensors.scalar!.dims, numbersOf(tensors.scalar!)], [[], [3.5]]);
    deepEqual(tensors.empty!.dims, [0, 4]);
    deepEqual(tensors.int64!.dims, [3, 2]);
  });

  Deno.test(`${file}: views have their own shape and share or gather their elements`, () => {
    const tensors = decodeCheckpoint(fixture(file));
    const at = (row: number, column: number) => expectedElement("float32", row * 6 + column);
    const grid = (rows: number[], columns: number[]) =>
      rows.flatMap((row) => columns.map((column) => at(row, column)));
    const expected: Record<string, [number[], number[]]> = {
      transposed: [
        [6, 4],
        [0, 1, 2, 3, 4, 5].flatMap((column) => [0, 1, 2, 3].map((row) => at(row, column))),
      ],
      column: [[4], grid([0, 1, 2, 3], [2])],
      rows: [[2, 6], grid([1, 2], [0, 1, 2, 3, 4, 5])],
      steps: [[2, 2], grid([0, 2], [1, 4])],
      expanded: [[5], grid([0], [1, 1, 1, 1, 1])],
    };
    for (const [name, [dims, elements]] of Object.entries(expected)) {
      deepEqual([tensors[name]!.dims, numbersOf(tensors[name]!)], [dims, elements], name);
    }
    const buffer = (name: string) => (tensors[name]!.data as Float32Array).buffer;
    equal(buffer("rows"), buffer("base"));
  });
}

Deno.test("a training checkpoint is read whole, in two pickle protocols", () => {
  for (const file of ["checkpoint.pth", "checkpoint_protocol4.pth"]) {
    const checkpoint = decodePytorch(fixture(file)) as Map<string, unknown>;
    equal(checkpoint.get("epoch"), 7);
    equal(checkpoint.get("best"), 0.5);
    deepEqual(checkpoint.get("args"), new Map<string, unknown>([["lr", 0.1], ["name", "ü"]]));
    equal(checkpoint.get("big"), 2n ** 70n);
    equal(checkpoint.get("negative"), -(2 ** 40));
    deepEqual(checkpoint.get("shape"), [2, 3]);
    equal(checkpoint.get("device"), "cpu");
    deepEqual(checkpoint.get("seen"), new Set([1, 2]));
    const state = (checkpoint.get("optimizer") as Map<string, Map<number, Map<string, unknown>>>).get(
      "state",
    )!;
    ok(state.get(0)!.get("exp_avg") instanceof Tensor);
  }
});

Deno.test("weights are taken out of a training checkpoint", () => {
  const weights = decodeCheckpoint(fixture("checkpoint.pth"));
  deepEqual(Object.keys(weights).slice(0, 3), ["0.weight", "0.bias", "1.weight"]);
  deepEqual(numbersOf(weights["0.weight"]!), numbersOf(decodeNpy(fixture("checkpoint_weight.npy"))));
  deepEqual(weights["1.num_batches_tracked"]!.dims, []);
  equal(weights["1.num_batches_tracked"]!.type, "int64");
});

Deno.test("element types without a storage class of their own", () => {
  const tensors = decodeCheckpoint(fixture("untyped_storage.pth"));
  for (const type of ["uint16", "uint32", "uint64"] as const) {
    deepEqual([tensors[type]!.type, numbersOf(tensors[type]!)], [type, expectedElements(type, 6)]);
  }
});

Deno.test("a whole module is an error that names its class", () => {
  throws(() => decodeCheckpoint(fixture("whole_module.pth"), "net.pth"), {
    name: "SyntaxError",
    message: /net\.pth.*asks for torch\.nn\.modules\.container\.Sequential.*state_dict/,
  });
});

Deno.test("a file that is no checkpoint says what was expected", () => {
  throws(() => decodeCheckpoint(new TextEncoder().encode("<!doctype html>"), "page.html"), {
    name: "SyntaxError",
    message: /page\.html.*a web page/,
  });
  throws(() => decodeCheckpoint(Uint8Array.of(8, 7, 18, 0), "net.onnx"), {
    name: "SyntaxError",
    message: /net\.onnx: expected a PyTorch checkpoint.*ONNX models are read by loadModel/,
  });
});

const resnet = dataFile("resnet/resnet20-12fca82f.th");
Deno.test({
  name:
    "ResNet-20 and ResNet-56 in the old format: PROVENANCE.md's counts, and equal to the safetensors file",
  ignore: !resnet,
  async fn() {
    const tensors = await loadCheckpoint(resnet!);
    const twin = await loadCheckpoint(dataFile("resnet/resnet20-12fca82f.safetensors")!);
    deepEqual(Object.keys(tensors).toSorted(), Object.keys(twin).toSorted());
    for (const name of Object.keys(tensors)) sameTensor(tensors[name]!, twin[name]!, name);
    deepEqual(count(tensors), [97, 271_098]);
    deepEqual(count(await loadCheckpoint(dataFile("resnet/resnet56-4bfd9763.th")!)), [277, 857_082]);
    const whole = decodePytorch(await Deno.readFile(resnet!)) as Map<string, unknown>;
    equal((whole.get("best_prec1") as number).toFixed(2), "91.78");
  },
});

const ultraface = dataFile("pytorch/ultraface-version-RFB-320.pth");
Deno.test({
  name: "real checkpoints have PROVENANCE.md's counts, optimiser state beside them or not",
  ignore: !ultraface,
  async fn() {
    deepEqual(count(await loadCheckpoint(ultraface!)), [244, 281_135]);
    deepEqual(count(await loadCheckpoint(dataFile("pytorch/RFB-320-masked_face-v2.pth")!)), [244, 289_017]);
    const yunet = dataFile("pytorch/yunet_n.pth")!;
    deepEqual(count(await loadCheckpoint(yunet)), [208, 77_890]);
    const whole = decodePytorch(await Deno.readFile(yunet)) as Map<string, unknown>;
    ok(["meta", "state_dict", "optimizer"].every((key) => whole.has(key)));
  },
});

Deno.test({
  name: "UltraFace's checkpoint is its ONNX file's initializers, bit for bit",
  ignore: !ultraface,
  async fn() {
    const tensors = await loadCheckpoint(ultraface!);
    const { graph } = await loadModel(dataFile("onnx/ultraface-version-RFB-320.onnx")!);
    for (const [name, tensor] of Object.entries(tensors)) {
      const initializer = graph.initializers.get(name);
      ok(initializer instanceof Tensor, name);
      sameTensor(tensor, initializer, name);
    }
  },
});

const agp = dataFile("agp/model_coding.pth");
Deno.test({
  name: "weights equal those that another program printed",
  ignore: !agp,
  async fn() {
    const tensors = await loadCheckpoint(agp!);
    const printed: unknown = JSON.parse(await Deno.readTextFile(dataFile("agp/weights_coding.json")!));
    let compared = 0;
    const visit = (value: unknown, path: string) => {
      if (typeof value !== "object" || value === null) return;
      const tensor = tensors[path];
      const elements = (value as { data?: unknown }).data ?? value;
      if (tensor && Array.isArray(elements)) {
        deepEqual(Array.from(tensor.data as Float32Array), elements.map(Math.fround), path);
        compared++;
      } else if (!Array.isArray(value)) {
        for (const [key, item] of Object.entries(value)) visit(item, path ? `${path}.${key}` : key);
      }
    };
    visit(printed, "");
    ok(compared >= 8, `${compared} tensors compared`);
  },
});

function count(tensors: Record<string, Tensor>): [tensors: number, numbers: number] {
  const all = Object.values(tensors);
  return [all.length, all.reduce((sum, tensor) => sum + tensor.size, 0)];
}

function sameTensor(a: Tensor, b: Tensor, name: string): void {
  deepEqual([a.type, a.dims], [b.type, b.dims], name);
  deepEqual(a.data, b.data, name);
}

/** Tensors that are views of the same bytes. */
const views = (count: number, bytes: number): Record<string, Tensor> => {
  const data = new Uint8Array(bytes).fill(7);
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`t${i}`, new Tensor("uint8", data, [bytes])]),
  );
};

Deno.test("a checkpoint of as many tensors as an archive has room for is read again, and more are refused", () => {
  // Beside the tensors' files there are three.
  const most = 2 ** 16 - 2 - 3;
  const read = decodeCheckpoint(encodePytorch(views(most, 1)));
  equal(Object.keys(read).length, most);
  deepEqual(numbersOf(read[`t${most - 1}`]!), [7]);
  throws(() => encodePytorch(views(most + 1, 1)), {
    name: "RangeError",
    message: "Cannot write a PyTorch checkpoint of 65532 tensors: expected at most 65531; " +
      "write .safetensors, which Python reads as well",
  });
  // The tensors alone would have room, with the directory they have none.
  const bytes = Math.floor((2 ** 32 - 1) / 4000);
  throws(() => encodePytorch(views(4000, bytes)), {
    name: "RangeError",
    message:
      /^Cannot write a PyTorch checkpoint of 429\d{7} bytes: expected less than 4 GB; write \.safetensors/,
  });
});
