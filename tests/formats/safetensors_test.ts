import { deepEqual, equal, throws } from "node:assert/strict";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { float32, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { dataFile } from "../data.ts";
import { expectedElements, fixture } from "./fixtures.ts";

Deno.test("every element type as the reference library wrote it", () => {
  const { tensors, metadata } = decodeSafetensors(fixture("types.safetensors"));
  deepEqual(metadata, { format: "pt", note: "ü" });
  equal(tensors.bfloat16!.type, "float32");
  for (const name of "float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool base".split(" ")) {
    deepEqual(numbersOf(tensors[name]!), expectedElements(tensors[name]!.type, tensors[name]!.size), name);
  }
  deepEqual([tensors.scalar!.dims, tensors.empty!.dims, tensors.base!.dims], [[], [0, 4], [4, 6]]);
});

Deno.test("what is written is read back, with names that need care", () => {
  const { tensors } = decodeSafetensors(fixture("types.safetensors"));
  const all: Record<string, Tensor> = { ...tensors, ["__proto__"]: tensors.int8!, "ü \"'": tensors.bool! };
  const { tensors: again, metadata } = decodeSafetensors(encodeSafetensors(all, { metadata: { a: "b" } }));
  deepEqual(metadata, { a: "b" });
  deepEqual(Object.keys(again).toSorted(), Object.keys(all).toSorted());
  for (const name of Object.keys(all)) deepEqual(again[name], all[name], name);
});

Deno.test("a file that is changed and written again has no checksum of the one before", () => {
  const sealed = encodeSafetensors({ w: float32([1, 2]) }, { metadata: { a: "b" }, checksum: true });
  const { tensors, metadata, checked } = decodeSafetensors(sealed);
  deepEqual([metadata, checked], [{ a: "b" }, true]);
  const changed = { ...tensors, w: float32([3, 4]) };
  const again = decodeSafetensors(encodeSafetensors(changed, { metadata }));
  deepEqual([again.metadata, again.checked, again.tensors], [{ a: "b" }, false, changed]);
  deepEqual(encodeSafetensors(tensors, { metadata, checksum: true }), sealed);
  throws(() => encodeSafetensors(tensors, { metadata: { espalier_crc32: "00000000" } }), {
    name: "TypeError",
    message: /^Cannot write metadata espalier_crc32 as safetensors: .* leave it out/,
  });
});

Deno.test("tensors lie aligned in a written file", () => {
  const { tensors } = decodeSafetensors(fixture("types.safetensors"));
  const file = encodeSafetensors(tensors);
  const start = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
  const sizes: Record<string, number> = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, I16: 2 };
  for (const entry of Object.values(header) as { dtype: string; data_offsets: number[] }[]) {
    equal((start + entry.data_offsets[0]!) % (sizes[entry.dtype] ?? 1), 0);
  }
});

Deno.test("a header that contradicts the file is an error with the tensor's name", () => {
  const cases: [object, RegExp][] = [
    [{ a: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, /expected 4 bytes of tensors, found 8/],
    [{ a: { dtype: "F32", shape: [3], data_offsets: [0, 8] } }, /expected 12 bytes for tensor "a"/],
    [{ a: { dtype: "F32", shape: [1], data_offsets: [4, 8] } }, /"a" right after the one before it, at 0/],
    [
      { a: { dtype: "F31", shape: [2], data_offsets: [0, 8] } },
      /found none; of "a", its type "F31" is none of/,
    ],
    [{ a: { dtype: ["F32"], shape: [2], data_offsets: [0, 8] } }, /type of tensor "a" to be one of/],
    [{ a: { dtype: "F8_E4M3", shape: [2], data_offsets: [8, 0] } }, /"a" to end behind its begin/],
    [{ a: { dtype: "F32", shape: [-2], data_offsets: [0, 8] } }, /whole numbers/],
    [{ a: { dtype: "F32", shape: [2], data_offsets: [0, 8] }, __metadata__: { b: 1 } }, /__metadata__/],
    [{
      a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
      b: { dtype: "F32", shape: [1], data_offsets: [4, 8] },
    }, /"b" right after the one before it, at 8, found it at 4/],
  ];
  for (const [header, message] of cases) {
    throws(() => decodeSafetensors(fileOf(JSON.stringify(header), 8), "x.safetensors"), {
      name: "SyntaxError",
      message,
    });
  }
  const one = '{"dtype":"F32","shape":[2],"data_offsets":[0,8]}';
  for (const header of [`{"a":${one},"a":${one}}`, `{"\\u0061" : ${one}, "a": ${one}}`]) {
    throws(() => decodeSafetensors(fileOf(header, 8)), { message: /found two entries called "a"/ });
  }
  decodeSafetensors(fileOf(`{"a:{":${one},"__metadata__":{"a:{":"\\"a:{\\":"}}`, 8));
  throws(() => decodeSafetensors(fileOf("{", 8)), { name: "SyntaxError", message: /JSON object/ });
  throws(() => decodeSafetensors(Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0, 1)), {
    message: /found a length of/,
  });
  throws(() => encodeSafetensors({ a: new Tensor("string", ["x"], [1]) }), {
    name: "TypeError",
    message: /"a"/,
  });
});

Deno.test("more tensors than any network has are refused before they are made", () => {
  const entries = Array.from(
    { length: 200_001 },
    (_, i) => `"${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`,
  );
  throws(() => decodeSafetensors(fileOf(`{${entries}}`, 0)), {
    name: "SyntaxError",
    message: /found 200001 tensors or entries; no network has more than 200000/,
  });
});

const real = dataFile("resnet/resnet20-12fca82f.safetensors");
Deno.test({
  name: "a real file has what PROVENANCE.md counts",
  ignore: !real,
  async fn() {
    const { tensors } = decodeSafetensors(await Deno.readFile(real!), real);
    equal(Object.values(tensors).reduce((sum, tensor) => sum + tensor.size, 0), 271_098);
  },
});

function fileOf(header: string, bytes: number): Uint8Array {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + bytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

Deno.test("a header with texts of millions of characters is read as any other, and keys are told twice", () => {
  for (const long of ["x".repeat(20_000_000), '\\"{'.repeat(7_000_000)]) {
    const metadata = { note: long, 'a\\"[': "}" };
    const file = encodeSafetensors({ w: float32([1, 2]) }, { metadata });
    const read = decodeSafetensors(file);
    equal(read.metadata.note === long && read.metadata['a\\"['] === "}", true);
    deepEqual(numbersOf(read.tensors.w!), [1, 2]);
  }
  const entry = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}';
  const header = `{"a\\"{" : ${entry}, "b": ${entry}, "a\\u0022{"\n:${entry}}`;
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  throws(() => decodeSafetensors(Uint8Array.from([...length, ...new TextEncoder().encode(header)])), {
    name: "SyntaxError",
    message: /found two entries called .* in the header/,
  });
});
