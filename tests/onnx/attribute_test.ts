import assert from "node:assert/strict";
import {
  type Attributes,
  describe,
  float,
  floatAttribute,
  intAttribute,
  intsAttribute,
  stringAttribute,
  toAttributes,
} from "../../lib/onnx/attribute.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

const node = (attributes: Attributes) => ({ op: "Conv", name: "c", outputs: ["y"], attributes });

Deno.test("plain values get the type that ONNX has for them, and what is undefined is left out", () => {
  const tensor = float32([1]);
  assert.deepEqual(
    toAttributes({ i: 2, f: 0.5, one: float(1), s: "x", n: [1, 2], m: [1, 0.5], t: tensor, u: undefined }),
    {
      i: { type: "int", value: 2 },
      f: { type: "float", value: 0.5 },
      one: { type: "float", value: 1 },
      s: { type: "string", value: "x" },
      n: { type: "ints", value: [1, 2] },
      m: { type: "floats", value: [1, 0.5] },
      t: { type: "tensor", value: tensor },
    },
  );
});

Deno.test("attributes are read by type, or what stands in where there is none", () => {
  const given = node({
    big: { type: "int", value: 2n ** 62n },
    axes: { type: "ints", value: [1, -1n] },
    mode: { type: "string", value: new TextEncoder().encode("größer") },
    alpha: float(3),
  });
  assert.equal(intAttribute(given, "big", 0), 2 ** 62);
  assert.deepEqual(intsAttribute(given, "axes", []), [1, -1]);
  assert.equal(stringAttribute(given, "mode", ""), "größer");
  assert.equal(floatAttribute(given, "alpha", 1), 3);
  assert.deepEqual([intAttribute(given, "none", 7), floatAttribute(given, "none", undefined)], [
    7,
    undefined,
  ]);
  assert.deepEqual([intsAttribute(given, "none", "no"), stringAttribute(given, "none", null)], ["no", null]);
});

Deno.test("an attribute of another type is an error that names it and the node", () => {
  const given = node({ a: float(1), s: { type: "string", value: "x" } });
  const reads: [() => unknown, string][] = [
    [
      () => intAttribute(given, "a", 0),
      '"a" of Conv "c" (output "y"): expected an integer, but it is of type float',
    ],
    [
      () => intsAttribute(given, "s", []),
      '"s" of Conv "c" (output "y"): expected a list of integers, but it is of type string',
    ],
    [
      () => floatAttribute(given, "s", 0),
      '"s" of Conv "c" (output "y"): expected a float, but it is of type string',
    ],
    [
      () => stringAttribute(given, "a", ""),
      '"a" of Conv "c" (output "y"): expected a string, but it is of type float',
    ],
  ];
  for (const [read, said] of reads) {
    assert.throws(read, { name: "TypeError", message: `Cannot read attribute ${said}` });
  }
  assert.equal(describe({ op: "A\x1b", outputs: [] }), 'A\\x1b (output "")');
});
