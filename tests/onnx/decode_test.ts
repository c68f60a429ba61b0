import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { bytesOf } from "../../lib/tensor/arrays.ts";
import { encodeModel } from "../../lib/onnx/codec/encode.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { ELEMENT_TYPE, type Tensor } from "../../lib/tensor/tensor.ts";

const FIXTURE = new URL("../fixtures/onnx/everything.onnx", import.meta.url);
const listing: Record<string, { code: number; dims: number[]; bytes: string }> = JSON.parse(
  readFileSync(new URL("../fixtures/onnx/everything.json", import.meta.url), "utf8"),
);

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("every element type in every form of storage has the bytes that ONNX's own library reads", async () => {
  const { graph } = await loadModel(FIXTURE);
  const codes = new Set<number>();
  for (const [name, { code, dims, bytes }] of Object.entries(listing)) {
    const tensor = graph.initializers.get(name);
    assert.ok(tensor, name);
    assert.equal(ELEMENT_TYPE[tensor.type], code, name);
    assert.deepEqual([...tensor.dims], dims, name);
    assert.equal(hex(bytesOf(tensor)), bytes, name);
    codes.add(code);
  }
  assert.equal(codes.size, Object.keys(ELEMENT_TYPE).length - 1, "all types but text");
  assert.deepEqual((graph.initializers.get("strings") as Tensor).data, ["plain", "größer"]);
});

Deno.test("attributes of every type keep their values", async () => {
  const { graph } = await loadModel(FIXTURE);
  const { attributes } = graph.nodes.find(({ op }) => op === "Custom")!;
  assert.deepEqual(attributes.f, { type: "float", value: 1 });
  assert.deepEqual(attributes.i, { type: "int", value: -(2n ** 63n) });
  assert.deepEqual(attributes.s, { type: "string", value: "text" });
  assert.deepEqual(attributes.b, { type: "string", value: Uint8Array.of(0xff, 0xfe) });
  assert.deepEqual(attributes.floats, { type: "floats", value: [1, 2.5] });
  assert.deepEqual(attributes.ints, { type: "ints", value: [1, 2n ** 62n] });
  assert.deepEqual(attributes.strings, { type: "strings", value: ["p", "q"] });
  assert.deepEqual(attributes.no_ints, { type: "ints", value: [] });
  assert.equal(attributes.t?.type === "tensor" && (attributes.t.value as Tensor).data[0], 1.5);
  assert.equal(attributes.graphs?.type, "graphs");
  assert.equal(attributes.type?.type, "opaque");
});

Deno.test("nodes are sorted, open dimensions have names of their own, types that are no tensors are kept", async () => {
  const { graph } = await loadModel(FIXTURE);
  assert.deepEqual(graph.nodes.map(({ op }) => op), ["If", "Custom"]);
  assert.deepEqual(graph.values.get("y")?.shape, ["y#0", 3, "M"]);
  assert.ok(graph.values.get("list")?.opaque);
});

/** Bytes of the texts that the fixture has in places Espalier does not interpret. */
const CARRIED = [
  "a note",
  "about f",
  "about a tensor",
  "IMAGE",
  "SCALE",
  "init",
  "a graph",
  "a model",
  "named",
  "who",
];

Deno.test("what is not interpreted survives writing, and a second round changes nothing", async () => {
  const model = await loadModel(FIXTURE);
  const bytes = encodeModel(model);
  const text = new TextDecoder("latin1").decode(bytes);
  for (const carried of CARRIED) assert.ok(text.includes(carried), carried);
  const again = decodeModel(bytes);
  assert.deepEqual(again, model);
  assert.deepEqual(encodeModel(again), bytes);
});

Deno.test("float16 tensors hold the numbers, in the array that onnxruntime-common takes", async () => {
  const { graph } = await loadModel(FIXTURE);
  const half = graph.initializers.get("raw_float16") as Tensor;
  assert.deepEqual([...half.data as unknown as ArrayLike<number> as number[]], [0, 1, 1, 0, 1]);
});

const refused: Record<string, [bytes: Uint8Array | string, message: RegExp]> = {
  "an empty file": ["", /^Cannot read f\.onnx: it is empty/],
  "a web page": ["<!DOCTYPE html><html>", /a web page/],
  "a Git LFS pointer": ["version https://git-lfs.github.com/spec/v1\noid sha256:0", /git lfs pull/],
  "a zip": [Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), /zip archive.*loadCheckpoint/],
  "a pickle": [Uint8Array.of(0x80, 2, 0x8a), /pickle.*loadCheckpoint/],
  "a safetensors file": [
    Uint8Array.of(40, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode('{"weight":{')),
    /safetensors file.*loadCheckpoint/,
  ],
  "gzip": [Uint8Array.of(0x1f, 0x8b, 8, 0), /gzip/],
  "noise": [Uint8Array.of(0xff, 0xff, 0xff, 0xff), /at byte \d/],
  "a model without a graph": [Uint8Array.of(8, 7), /no graph/],
};

for (const [what, [bytes, message]] of Object.entries(refused)) {
  Deno.test(`${what} is refused`, () => {
    const given = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    assert.throws(() => decodeModel(given, { file: "f.onnx" }), { name: "SyntaxError", message });
  });
}

Deno.test("a broken field is named with its path and place", () => {
  const bytes = new Uint8Array(readFileSync(FIXTURE));
  const at = new TextDecoder("latin1").decode(bytes).indexOf("example");
  bytes[at] = 0xff;
  assert.throws(() => decodeModel(bytes, { file: "f.onnx" }), {
    name: "SyntaxError",
    message: /^Cannot read f\.onnx: expected text in UTF-8, at byte \d+ \(graph\.node(\[\d+\])?\.\w+\)$/,
  });
});
