import assert from "node:assert/strict";
import {
  boolAt,
  type GgufValue,
  NUMBER_TYPES,
  numberAt,
  numbersAt,
  textAt,
  textsAt,
  typeOf,
} from "../../../lib/formats/gguf/values.ts";

const metadata = new Map<string, GgufValue>([
  ["text", { type: "string", value: "llama" }],
  ["bool", { type: "bool", value: true }],
  ["small", { type: "int8", value: -3 }],
  ["large", { type: "uint64", value: 2n ** 40n }],
  ["texts", { type: "array", of: "string", value: ["a"] }],
  ["numbers", { type: "array", of: "int16", value: Int16Array.of(1) }],
  ["bools", { type: "array", of: "bool", value: Uint8Array.of(1) }],
]);

Deno.test("a value is given where it is of the kind that is asked for, and of no other", () => {
  const found = (read: (of: typeof metadata, key: string) => unknown) =>
    [...metadata.keys(), "nowhere"].filter((key) => read(metadata, key) !== undefined);
  assert.deepEqual([found(textAt), found(boolAt), found(textsAt), found(numbersAt)], [["text"], ["bool"], [
    "texts",
  ], ["numbers"]]);
  assert.deepEqual([found(numberAt), numberAt(metadata, "large"), numberAt(metadata, "small")], [
    ["small", "large"],
    2 ** 40,
    -3,
  ]);
});

Deno.test("numbers of types in files are those of the format's description", () => {
  const order = [
    "uint8",
    "int8",
    "uint16",
    "int16",
    "uint32",
    "int32",
    "float32",
    "bool",
    "string",
    "array",
    "uint64",
    "int64",
    "float64",
  ];
  assert.deepEqual(Array.from({ length: 14 }, (_, id) => typeOf(id)), [...order, undefined]);
  for (const { array, bytes } of Object.values(NUMBER_TYPES)) {
    assert.equal(new array(new ArrayBuffer(16)).BYTES_PER_ELEMENT, bytes);
  }
});
