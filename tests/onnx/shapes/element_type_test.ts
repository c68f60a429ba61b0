import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { elementTypeAttribute } from "../../../lib/onnx/shapes/element_type.ts";
import { scopeOf } from "../../../lib/onnx/shapes/call.ts";
import { type DataType, ELEMENT_TYPE } from "../../../lib/tensor/tensor.ts";

function typeOf(attributes: Record<string, number>, fallback?: DataType) {
  const g = new GraphBuilder("cast");
  const node = { op: "Cast", inputs: ["x"], outputs: ["y"], attributes: {} };
  g.place(node);
  const typed = Object.entries(attributes).map(([name, value]) => [name, { type: "int", value }] as const);
  const call = { node: { ...node, attributes: Object.fromEntries(typed) }, scope: scopeOf(g.graph(), {}) };
  return elementTypeAttribute(call, "to", fallback);
}

Deno.test("codes of element types are those of ONNX, and no others", () => {
  // TensorProto.DataType: FLOAT, UINT8, INT64, BOOL, FLOAT16, BFLOAT16.
  const codes = { 1: "float32", 2: "uint8", 7: "int64", 9: "bool", 10: "float16", 16: "bfloat16" };
  for (const [code, type] of Object.entries(codes)) assert.equal(typeOf({ to: Number(code) }), type);
  for (const [type, code] of Object.entries(ELEMENT_TYPE)) assert.equal(typeOf({ to: code }), type);
  assert.deepEqual([typeOf({}), typeOf({}, "int32")], [undefined, "int32"]);
  for (const to of [0, 99]) {
    const message =
      `Cannot infer the type of Cast (output "y"): ${to} in attribute "to" is no ONNX element type`;
    assert.throws(() => typeOf({ to }), { name: "TypeError", message });
  }
});
