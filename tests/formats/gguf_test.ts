import assert from "node:assert/strict";
import { encodeBlocks } from "../../lib/formats/ggml/encode_blocks.ts";
import { openGguf } from "../../lib/formats/gguf/open_gguf.ts";
import type { GgufValue } from "../../lib/formats/gguf/values.ts";
import { encodeGguf, type GgufPart, writeGguf } from "../../lib/formats/gguf/write_gguf.ts";
import { dataFile } from "../data.ts";

const golden = dataFile("lm/stories260K-f32.gguf");

const METADATA = new Map<string, GgufValue>([
  ["general.architecture", { type: "string", value: "llama" }],
  ["a.bool", { type: "bool", value: true }],
  ["a.small", { type: "int8", value: -3 }],
  ["a.large", { type: "uint64", value: 2n ** 60n }],
  ["a.float", { type: "float32", value: 0.5 }],
  ["a.texts", { type: "array", of: "string", value: ["", "ü", "▁a"] }],
  ["a.numbers", { type: "array", of: "float64", value: Float64Array.of(1.5, -2) }],
  ["a.nested", {
    type: "array",
    of: "array",
    value: [{ type: "array", of: "int16", value: Int16Array.of(-1) }],
  }],
]);
const weights = Float32Array.from({ length: 128 }, (_, i) => Math.sin(i));
const part = (name: string, dims: number[], blocks = new Uint8Array(weights.buffer)): GgufPart => ({
  name,
  dims,
  type: "F32",
  blocks: () => blocks,
});
const TENSORS: GgufPart[] = [
  part("a", [2, 64]),
  { name: "b", dims: [4, 32], type: "Q8_0", blocks: () => encodeBlocks(weights, "Q8_0") },
  part("c", [3], new Uint8Array(weights.buffer, 0, 12)),
];

Deno.test("what is written is read back: values of all types, tensors at their places", async () => {
  const bytes = await encodeGguf({ metadata: METADATA, tensors: TENSORS });
  const file = await openGguf(bytes);
  assert.deepEqual(file.metadata, METADATA);
  assert.deepEqual([...file.tensors.values()].map(({ name, dims, type }) => [name, dims, type]), [
    ["a", [2, 64], "F32"],
    ["b", [4, 32], "Q8_0"],
    ["c", [3], "F32"],
  ]);
  assert.deepEqual((await file.read("a")).data, weights);
  assert.deepEqual((await file.read("c")).data, weights.slice(0, 3));
  const b = (await file.read("b")).data as Float32Array;
  assert.ok(b.every((value, i) => Math.abs(value - weights[i]!) < 1 / 254));
  await assert.rejects(file.read("d"), /there is no such tensor; it has a, b, c/);
});

Deno.test({
  name: "a file of another writer, read and written again, is the same file but for the padding",
  ignore: !golden,
  async fn() {
    const file = await openGguf(golden!);
    assert.equal(file.tensors.size, 47);
    assert.deepEqual(file.tensors.get("blk.0.attn_k.weight")!.dims, [32, 64]);
    const tensors = [...file.tensors.values()].map((tensor) => ({
      ...tensor,
      blocks: () => file.blocks(tensor.name),
    }));
    const again = await encodeGguf({ metadata: file.metadata, tensors });
    assert.deepEqual(again, await Deno.readFile(golden!));
  },
});

Deno.test("a file in parts is opened by its first, and each part must be there and right", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const name = (i: number) => `${folder}/m-0000${i}-of-00002.gguf`;
    const metadata = (no: number) =>
      new Map<string, GgufValue>([
        ["split.no", { type: "uint16", value: no }],
        ["split.count", { type: "uint16", value: 2 }],
        ["split.tensors.count", { type: "int32", value: 3 }],
      ]);
    await writeGguf(name(1), { metadata: metadata(0), tensors: TENSORS.slice(0, 1) });
    await assert.rejects(openGguf(name(1)), /Cannot read .*00002-of-00002.gguf: there is no such file/);
    await writeGguf(name(2), { metadata: metadata(1), tensors: TENSORS.slice(1) });
    const file = await openGguf(name(1));
    assert.deepEqual([...file.tensors.keys()], ["a", "b", "c"]);
    assert.deepEqual((await file.read("c")).data, weights.slice(0, 3));
    await assert.rejects(openGguf(name(2)), /expected the first of 2 parts/);
    await writeGguf(name(2), { metadata: metadata(1), tensors: TENSORS.slice(2) });
    await assert.rejects(openGguf(name(1)), /expected 3 tensors in all parts, found 2/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
