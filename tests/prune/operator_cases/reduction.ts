import { type Case, each, one, SHAPE } from "./case.ts";

const reduceOver = (op: string, axes: number[], keepdims: number): Case => ({
  shape: SHAPE,
  build: (n, x) => n.op(op, [x, n.ints(...axes)], { keepdims }),
});

export const reduction: Record<string, Case> = {
  ...each(
    "ReduceSum ReduceL1 ReduceL2 ReduceSumSquare ReduceMean ReduceMax ReduceMin ReduceProd ReduceLogSumExp",
    (op) => ({
      [`${op} over the first`]: reduceOver(op, [0], 0),
      [`${op} over the middle`]: reduceOver(op, [1], 1),
      [`${op} over the last two`]: reduceOver(op, [-1, 1], 0),
      [`${op} over all`]: { shape: SHAPE, build: (n, x) => n.op(op, [x], { keepdims: 1 }) },
      [`${op} over nothing`]: { shape: SHAPE, build: (n, x) => n.op(op, [x], { noop_with_empty_axes: 1 }) },
      [`${op} of opset 11`]: { ...one(op, SHAPE, { axes: [1], keepdims: 0 }), opsets: { "": 11 } },
    }),
  ),
  ...each("0 1 2", (axis) => ({
    [`ReduceLogSum over ${axis}`]: {
      shape: SHAPE,
      build: (n, x) => n.op("ReduceLogSum", [n.op("Exp", [x]), n.ints(Number(axis))]),
    },
  })),
  ...each("ArgMax ArgMin", (op) => ({
    [`${op} along the middle`]: one(op, SHAPE, { axis: 1 }),
    [`${op} along the last`]: one(op, SHAPE, { axis: -1, keepdims: 0 }),
  })),
};
