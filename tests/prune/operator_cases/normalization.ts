import { float } from "../../../lib/onnx/attribute.ts";
import type { Value } from "../../../lib/onnx/builder.ts";
import type { Net } from "../net.ts";
import { type Case, each, IMAGE, one, SHAPE } from "./case.ts";

const batchNorm = (shape: number[]): Case => ({
  shape,
  build(n, x) {
    const of = (value: number) => n.level(shape[1]!, value);
    return n.op("BatchNormalization", [
      x,
      n.weight(shape[1]!),
      n.weight(shape[1]!),
      n.weight(shape[1]!),
      of(0.7),
    ]);
  },
});

const groupNorm = (groups: number, opset: number): Case => ({
  shape: IMAGE,
  opsets: { "": opset },
  build(n, x) {
    const size = opset < 21 ? groups : 4;
    return n.op("GroupNormalization", [x, n.weight(size), n.weight(size)], { num_groups: groups });
  },
});

export const normalization: Record<string, Case> = {
  "BatchNormalization": batchNorm(IMAGE),
  "BatchNormalization of vectors": batchNorm([4, 6]),
  "BatchNormalization over tokens": batchNorm(SHAPE),
  "InstanceNormalization": {
    shape: IMAGE,
    build: (n, x) => n.op("InstanceNormalization", [x, n.weight(4), n.weight(4)]),
  },
  "InstanceNormalization over tokens": {
    shape: SHAPE,
    build: (n, x) => n.op("InstanceNormalization", [x, n.weight(4), n.weight(4)]),
  },
  ...Object.assign(
    {},
    ...[1, 2, 4].flatMap((groups) =>
      [20, 21].map((opset) => ({
        [`GroupNormalization in ${groups}, opset ${opset}`]: groupNorm(groups, opset),
      }))
    ),
  ),
  ...Object.assign(
    {},
    ...[1, 2, 4].map((groups) => ({
      [`Reshape and InstanceNormalization, as a group norm in ${groups}`]: {
        shape: IMAGE,
        build(n: Net, x: Value) {
          const [ones, zeros] = [n.level(groups, 1), n.level(groups, 0)];
          const y = n.op("InstanceNormalization", [n.reshape(x, 0, groups, -1), ones, zeros]);
          const back = n.reshape(y, 2, 4, 6, 8);
          return n.op("Add", [n.op("Mul", [back, n.weight(4, 1, 1)]), n.weight(4, 1, 1)]);
        },
      },
    })),
  ),
  "LayerNormalization": {
    shape: SHAPE,
    build: (n, x) => n.op("LayerNormalization", [x, n.weight(6), n.weight(6)]),
  },
  "LayerNormalization over two axes": {
    shape: SHAPE,
    build: (n, x) => n.op("LayerNormalization", [x, n.weight(4, 6)], { axis: 1 }),
  },
  "LayerNormalization's mean": {
    shape: SHAPE,
    build(n, x) {
      const [y, mean] = n.ops("LayerNormalization", [x, n.weight(6), n.weight(6)], { axis: -1 }, 2);
      return n.op("Add", [y!, mean!]);
    },
  },
  "RMSNormalization": {
    shape: SHAPE,
    opsets: { "": 23 },
    build: (n, x) => n.op("RMSNormalization", [x, n.weight(6)], { epsilon: float(0.3) }),
  },
  "RMSNormalization over two axes": {
    shape: SHAPE,
    opsets: { "": 23 },
    build: (n, x) => n.op("RMSNormalization", [x, n.weight(4, 6)], { axis: 1 }),
  },
  "RMSNormalization with a computed scale": {
    shape: SHAPE,
    opsets: { "": 23 },
    build: (n, x) => n.op("RMSNormalization", [x, n.op("Exp", [n.weight(6)])]),
  },
  "SimplifiedLayerNormalization": {
    shape: SHAPE,
    build: (n, x) => n.op("SimplifiedLayerNormalization", [x, n.weight(6)], { epsilon: float(0.3) }),
  },
  "SimplifiedLayerNormalization's root": {
    shape: SHAPE,
    build(n, x) {
      const [y, root] = n.ops("SimplifiedLayerNormalization", [x, n.weight(6)], {}, 2);
      return n.op("Add", [y!, root!]);
    },
  },
  ...each("Softmax LogSoftmax Hardmax", (op) => ({
    [`${op} along the last axis`]: one(op, SHAPE),
    [`${op} along the middle axis`]: one(op, SHAPE, { axis: 1 }),
    [`${op} of opset 11`]: { ...one(op, SHAPE, { axis: 1 }), opsets: { "": 11 } },
  })),
  "LRN": one("LRN", IMAGE, { size: 3 }),
  "MeanVarianceNormalization": one("MeanVarianceNormalization", IMAGE),
  ...each("0 1 -1", (axis) => ({
    [`LpNormalization along ${axis}`]: one("LpNormalization", SHAPE, { axis: Number(axis) }),
    [`CumSum along ${axis}`]: { shape: SHAPE, build: (n, x) => n.op("CumSum", [x, n.ints(Number(axis))]) },
  })),
};
