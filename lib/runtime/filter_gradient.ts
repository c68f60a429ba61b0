import { operatorOf } from "../onnx/operators/table.ts";
import { intAttribute, intsAttribute, stringAttribute } from "../onnx/attribute.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { isStatic } from "../onnx/dim.ts";
import type { Node } from "../onnx/model.ts";

/** A filter gradient as the gradient of Conv writes it: xᵀ [C, N, H, W] convolved with dyᵀ [O, N, h, w]. */
export interface FilterGradient {
  /** [N, C, H, W] */
  x: Value;
  /** [N, O, h, w] */
  dy: Value;
  /** Size of the batch, N. */
  examples: number;
  /** Channels of x, C. */
  ins: number;
  /** Channels of dy, O. */
  outs: number;
  /** H and W. */
  rows: number;
  /** Width of x, W. */
  columns: number;
  /** h and w. */
  high: number;
  /** Width of dy, w. */
  wide: number;
  /** Size of the result, [C, O, height, width]. */
  height: number;
  /** Width of the filter that results. */
  width: number;
  /** Steps of the original convolution. */
  down: number;
  /** Horizontal step of the original convolution, its stride. */
  right: number;
  /** Rows of zeros above x. */
  top: number;
  /** Columns of zeros before x. */
  left: number;
}

/** Recognises a filter gradient without groups, over two axes of known sizes. */
export function matchFilterGradient(
  g: GraphBuilder,
  node: Node,
  made: ReadonlyMap<Value, Node>,
): FilterGradient | undefined {
  const [x, dy] = node.inputs.map((input) => transposedFrom(made.get(input)));
  if (!x || !dy || operatorOf(node) !== "Conv" || node.inputs.length > 2) return undefined;
  if (intAttribute(node, "group", 1) !== 1 || stringAttribute(node, "auto_pad", "NOTSET") !== "NOTSET") {
    return undefined;
  }
  if (intsAttribute(node, "strides", [1, 1]).some((stride) => stride !== 1)) return undefined;
  const [from, to, taps] = [x, dy, node.outputs[0]!].map((value) => g.info(value).shape);
  if (!isStatic(from) || !isStatic(to) || !isStatic(taps)) return undefined;
  const [examples, ins, rows, columns] = from as [number, number, number, number];
  const [, outs, high, wide] = to as [number, number, number, number];
  const [, , height, width] = taps as [number, number, number, number];
  const [down, right] = intsAttribute(node, "dilations", [1, 1]) as [number, number];
  const [top, left] = intsAttribute(node, "pads", [0, 0, 0, 0]) as [number, number];
  return { x, dy, examples, ins, outs, rows, columns, high, wide, height, width, down, right, top, left };
}

/** x padded, or cut, so that the taps just fit. */
export function padForTaps(
  g: GraphBuilder,
  { x, rows, columns, high, wide, height, width, down, right, top, left }: FilterGradient,
): { padded: Value; paddedRows: number; paddedColumns: number } {
  const [paddedRows, paddedColumns] = [height + (high - 1) * down, width + (wide - 1) * right];
  const pads = [0, 0, top, left, 0, 0, paddedRows - rows - top, paddedColumns - columns - left];
  return { padded: pads.some((pad) => pad !== 0) ? g.pad(x, pads) : x, paddedRows, paddedColumns };
}

/** The value that a transpose of the first two of four axes was made from. */
function transposedFrom(node: Node | undefined): Value | undefined {
  const swaps = node && operatorOf(node) === "Transpose" &&
    intsAttribute(node, "perm", []).join() === "1,0,2,3";
  return swaps ? node.inputs[0] : undefined;
}
