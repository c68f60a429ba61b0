import { deepEqual, match } from "node:assert/strict";
import { float } from "../../../lib/onnx/attribute.ts";
import { flowOf } from "./flow_of.ts";

const SHAPE = [2, 4];

/** The axes behind a function of one value, at a place where masked channels are zero. */
const behind = (op: string, opset?: number) =>
  flowOf(op, [SHAPE], opset === undefined ? {} : { opset }).outputs[0];

Deno.test("a function with f(0) = 0 leaves masked channels zero, any other does not, and a pole keeps them", () => {
  for (const op of ["Relu", "Tanh", "Neg", "Abs", "Sin"]) deepEqual(behind(op), ["0.0", "0.1"], op);
  for (const op of ["Sigmoid", "Exp", "Cos", "Softplus"]) deepEqual(behind(op), ["0.0~", "0.1~"], op);
  for (const op of ["Log", "Reciprocal"]) {
    for (const axis of behind(op)!) match(axis, /has no finite value for a masked channel$/);
  }
  deepEqual(flowOf("Log", [SHAPE], { nonzero: ["0.0", "0.1"] }).outputs[0], ["0.0~", "0.1~"]);
});

Deno.test("Clip keeps zero where zero lies within its bounds", () => {
  const clip = (min: number, max: number) =>
    flowOf("Clip", [SHAPE], { opset: 6, attributes: { min: float(min), max: float(max) } }).outputs[0];
  deepEqual(clip(-0.5, 0.5), ["0.0", "0.1"]);
  deepEqual(clip(0, 6), ["0.0", "0.1"]);
  deepEqual(clip(0.5, 2), ["0.0~", "0.1~"]);
  deepEqual(clip(-2, -0.5), ["0.0~", "0.1~"]);
});

Deno.test("what two values become is zero where both are in a sum, where one is in a product", () => {
  const with_ = (op: string, ...nonzero: string[]) => flowOf(op, [SHAPE, SHAPE], { nonzero }).outputs[0]![1];
  deepEqual([with_("Add"), with_("Add", "1.1"), with_("Add", "0.1")], ["0.1", "0.1~", "0.1~"]);
  deepEqual([with_("Mul"), with_("Mul", "1.1"), with_("Mul", "0.1", "1.1")], ["0.1", "0.1", "0.1~"]);
  deepEqual([with_("Max"), with_("Max", "0.1")], ["0.1", "0.1~"]);
  deepEqual(with_("Greater"), "0.1~");
});

Deno.test("a divisor that a mask would make zero must stay", () => {
  const { consumed } = flowOf("Div", [SHAPE, SHAPE], { nonzero: ["1.0"] });
  deepEqual(consumed.length, 1);
  match(consumed[0]!, /^closed: Div.* divides by it, and a masked channel is zero$/);
});

Deno.test("a stored vector along the channels is their bias under Add and their scale under Mul", () => {
  deepEqual(flowOf("Add", [SHAPE, { weight: [4] }]).roles["1.0"], "bias");
  deepEqual(flowOf("Mul", [SHAPE, { weight: [4] }]).roles["1.0"], "scale");
  deepEqual(flowOf("Add", [SHAPE, { weight: [4] }]).joins, ["0.0 = 0.0", "0.1 = 0.1", "0.1 = 1.0"]);
});
