import type { Node } from "../../onnx/model.ts";
import { factsOf, operatorOf, type OpName } from "../../onnx/operators/table.ts";
import { stringAttribute } from "../../onnx/attribute.ts";

/** Operators of which the result is zero where any input is. */
const PRODUCTS: ReadonlySet<string> = new Set<OpName>(["Mul", "MatMul", "Einsum", "And"]);

/** Operators, beside functions of single elements, that make zeros of a first input of zeros. */
const LAYOUTS: ReadonlySet<string> = new Set<OpName>([
  "Reshape",
  "Squeeze",
  "Unsqueeze",
  "Transpose",
  "Flatten",
  "Expand",
  "Identity",
  "Cast",
  "Slice",
  "Split",
  "Div",
  "ReduceSum",
]);

/** Whether all that a node makes is zero where its input at an index is. */
export function passesZero(node: Node, index: number): boolean {
  const op = operatorOf(node);
  if (PRODUCTS.has(op)) return true;
  const { elementwise, ofZero } = factsOf(node);
  return index === 0 && (LAYOUTS.has(op) || (elementwise === "unary" && ofZero === "zero"));
}

/** Whether a node only adds its input at an index to others. */
export function adds(node: Node, index: number): boolean {
  const op = operatorOf(node);
  if (op === "Add" || op === "Sum") return true;
  return (op === "ScatterND" || op === "ScatterElements") && index === 2 &&
    stringAttribute(node, "reduction", "none") === "add";
}

/** Operators behind which numbers of experts are still these. */
export const KEEPS_NUMBERS: ReadonlySet<string> = new Set<OpName>([
  "Cast",
  "Identity",
  "Reshape",
  "Squeeze",
  "Unsqueeze",
  "Transpose",
  "Flatten",
  "Expand",
]);
