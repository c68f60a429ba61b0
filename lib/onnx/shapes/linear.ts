import { rulesFor } from "../operators/table.ts";
import { intAttribute, stringAttribute } from "../attribute.ts";
import { type Dim, type Shape, shapeText } from "../dim.ts";
import {
  broadcastShapes,
  type Call,
  contradiction,
  requireEqual,
  requireRank,
  type Rows,
  shapeAt,
  type ShapeRule,
  typeAt,
} from "./call.ts";
import { einsumShape } from "./einsum.ts";

/** Swaps the last two axes. */
function transposed(shape: Shape): Shape {
  return [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
}

/** Shape of a product of (stacks of) matrices by NumPy's rules: vectors have no row or column axis. */
function matMulShape(call: Call, a: Shape | undefined, b: Shape | undefined): Shape | undefined {
  if (a) requireRank(call, a, 1);
  if (b) requireRank(call, b, 1);
  if (a === undefined || b === undefined) return undefined;
  const inner = b.length === 1 ? b[0] : b.at(-2);
  requireEqual(
    call,
    a.at(-1),
    inner,
    () =>
      `cannot multiply ${shapeText(a)} by ${shapeText(b)}: the inner dimensions are ${a.at(-1)} and ${inner}`,
  );
  const stack = broadcastShapes(call, [a.slice(0, -2), b.slice(0, -2)])!;
  return [...stack, ...a.length > 1 ? [a.at(-2)!] : [], ...b.length > 1 ? [b.at(-1)!] : []];
}

/** Either side may come transposed, and before that with its first axis behind those of the stack. */
const fusedMatMul: ShapeRule = (call) => {
  const turn = (input: 0 | 1): Shape | undefined => {
    const shape = shapeAt(call, input);
    const is = (name: string) => intAttribute(call.node, `${name}${"AB"[input]}`, 0) !== 0;
    if (shape === undefined || shape.length < 2) return shape;
    const [first, ...rest] = shape as [Dim, ...Dim[]];
    const stacked = is("transBatch") ? [...rest.slice(0, -1), first, rest.at(-1)!] : shape;
    return is("trans") ? transposed(stacked) : stacked;
  };
  return [{ type: typeAt(call), shape: matMulShape(call, turn(0), turn(1)) }];
};

const gemm: ShapeRule = (call) => {
  const type = typeAt(call);
  const [a, b, c] = [shapeAt(call, 0), shapeAt(call, 1), shapeAt(call, 2)];
  if (a === undefined || b === undefined) return [{ type }];
  if (a.length !== 2 || b.length !== 2) {
    throw contradiction(
      call,
      `expected two matrices, but its inputs are ${shapeText(a)} and ${shapeText(b)}`,
    );
  }
  const left = intAttribute(call.node, "transA", 0) ? transposed(a) : a;
  const right = intAttribute(call.node, "transB", 0) ? transposed(b) : b;
  const shape = [left[0]!, right[1]!];
  requireEqual(
    call,
    left[1],
    right[0],
    () =>
      `cannot multiply ${shapeText(a)} by ${shapeText(b)}: the inner dimensions are ${left[1]} and ${
        right[0]
      }`,
  );
  if (c) broadcastShapes(call, [shape, c]);
  return [{ type, shape }];
};

const lstmLike = (gates: number, outputs: number): ShapeRule => (call) => {
  const type = typeAt(call);
  const [x, r] = [shapeAt(call, 0), shapeAt(call, 2)];
  const hidden = intAttribute(call.node, "hidden_size", undefined) ?? r?.[2];
  if (x === undefined || hidden === undefined) return Array.from({ length: outputs }, () => ({ type }));
  requireRank(call, x, 3);
  if (r) {
    const rows = typeof hidden === "number" ? gates * hidden : undefined;
    requireEqual(
      call,
      r[1],
      rows,
      () => `recurrence weight ${shapeText(r)} is not for hidden size ${hidden}`,
    );
  }
  const directions = stringAttribute(call.node, "direction", "forward") === "bidirectional" ? 2 : 1;
  const batchFirst = intAttribute(call.node, "layout", 0) === 1;
  const [sequence, batch] = batchFirst ? [x[1]!, x[0]!] : [x[0]!, x[1]!];
  const state: Shape = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  const all: Shape = batchFirst
    ? [batch, sequence, directions, hidden]
    : [sequence, directions, batch, hidden];
  return [all, state, state].slice(0, outputs).map((shape) => ({ type, shape }));
};

/** Products of matrices, and the recurrent layers. */
export const linear: Rows = {
  MatMul: (call) => [{ type: typeAt(call), shape: matMulShape(call, shapeAt(call, 0), shapeAt(call, 1)) }],
  MatMulInteger: (call) => [{ type: "int32", shape: matMulShape(call, shapeAt(call, 0), shapeAt(call, 1)) }],
  QLinearMatMul: (call) => [{
    type: typeAt(call, 7),
    shape: matMulShape(call, shapeAt(call, 0), shapeAt(call, 3)),
  }],
  "com.microsoft:MatMulNBits": (call) => {
    const width = intAttribute(call.node, "N", undefined);
    const shape = width === undefined ? undefined : shapeAt(call, 0)?.slice(0, -1).concat(width);
    return [{ type: typeAt(call), shape }];
  },
  ...rulesFor(fusedMatMul, "com.microsoft:FusedMatMul", "com.microsoft:TransposeMatMul"),
  ...rulesFor(gemm, "Gemm", "com.microsoft:FusedGemm"),
  Einsum: (
    call,
  ) => [{
    type: typeAt(call),
    shape: einsumShape(call.node.inputs.map((_, i) => shapeAt(call, i)), call.node),
  }],
  Det: (call) => [{ type: typeAt(call), shape: shapeAt(call)?.slice(0, -2) }],
  LSTM: lstmLike(4, 3),
  GRU: lstmLike(3, 2),
  RNN: lstmLike(1, 2),
};
