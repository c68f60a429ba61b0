import { float } from "../../../lib/onnx/attribute.ts";
import type { Value } from "../../../lib/onnx/builder.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import type { Net } from "../net.ts";
import { type Attributes, type Case, each, IMAGE, one, SHAPE } from "./case.ts";

const resize = (inputs: (n: Net) => Value[], attributes: Attributes): Case => ({
  shape: IMAGE,
  build: (n, x) => n.op("Resize", [x, "", ...inputs(n)], attributes),
});

const zerosLike = (n: Net, x: Value) => n.op("ConstantOfShape", [n.op("Shape", [x])]);

export const window: Record<string, Case> = {
  ...each("MaxPool AveragePool LpPool", (op) => ({
    [op]: one(op, IMAGE, { kernel_shape: [2, 2] }),
    [`${op} with steps`]: one(op, IMAGE, { kernel_shape: [2, 3], strides: [2, 1] }),
    [`${op} along one axis`]: one(op, SHAPE, { kernel_shape: [3] }),
    [`${op} along three axes`]: one(op, [2, 4, 3, 5, 6], { kernel_shape: [2, 2, 2] }),
    [`${op} that keeps sizes`]: one(op, IMAGE, { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
    [`${op} of one pixel`]: one(op, IMAGE, { kernel_shape: [1, 1] }),
  })),
  "MaxPool's indices": {
    shape: IMAGE,
    build: (n, x) => n.ops("MaxPool", [x], { kernel_shape: [2, 2] }, 2)[1]!,
  },
  ...each("GlobalAveragePool GlobalMaxPool GlobalLpPool", (op) => ({
    [op]: one(op, IMAGE),
    [`${op} along one axis`]: one(op, SHAPE),
  })),
  "Col2Im": {
    shape: [2, 12, 9],
    build: (n, x) => n.op("Col2Im", [x, n.ints(4, 4), n.ints(2, 2)]),
  },
  "Col2Im along one axis": {
    shape: [2, 6, 4],
    build: (n, x) => n.op("Col2Im", [x, n.ints(8), n.ints(3)], { strides: [2], pads: [1, 0] }),
  },
  "GridSample": {
    shape: IMAGE,
    build: (n, x) => n.op("GridSample", [x, n.op("Tanh", [n.weight(2, 3, 5, 2)])]),
  },
  "GridSample of places": {
    shape: [2, 3, 5, 2],
    build: (n, x) => n.op("GridSample", [n.weight(2, 4, 6, 8), n.op("Tanh", [x])]),
  },
  ...each("avg max", (mode) => ({
    [`RoiAlign by ${mode}`]: {
      shape: IMAGE,
      build: (n: Net, x: Value) => {
        const boxes = n.g.constant(new Tensor("float32", [0, 0, 4, 4, 1, 2, 6, 5, 0, 1, 3, 4], [3, 4]));
        return n.op("RoiAlign", [x, boxes, n.ints(0, 1, 1)], {
          mode,
          sampling_ratio: 1,
          output_height: 2,
          output_width: 3,
        });
      },
    },
  })),
  "MaxRoiPool": {
    shape: IMAGE,
    build: (n, x) => {
      const boxes = n.g.constant(new Tensor("float32", [0, 0, 0, 4, 4, 1, 1, 2, 6, 5], [2, 5]));
      return n.op("MaxRoiPool", [x, boxes], { pooled_shape: [2, 3] });
    },
  },
  "Resize to twice the size": resize((n) => [n.weights([1, 1, 2, 2])], { mode: "nearest" }),
  "Resize to other sizes": resize((n) => ["", n.ints(2, 4, 9, 5)], { mode: "linear" }),
  "Resize of all axes": resize((n) => ["", n.ints(4, 8, 6, 8)], { mode: "nearest" }),
  "Resize of named axes": resize((n) => ["", n.ints(9, 5)], { mode: "linear", axes: [2, 3] }),
  "Resize of named axes to their sizes": resize((n) => ["", n.ints(4, 8)], { mode: "nearest", axes: [1, 3] }),
  "Resize to the same sizes": resize((n) => ["", n.ints(2, 4, 6, 8)], { mode: "nearest" }),
  "Upsample": {
    shape: IMAGE,
    opsets: { "": 9 },
    build: (n, x) => n.op("Upsample", [x, n.weights([1, 1, 2, 2])], { mode: "nearest" }),
  },
  "Shape": {
    shape: SHAPE,
    build: (n, x) => n.op("Mul", [x, n.op("Cast", [n.op("Shape", [x], { start: 0, end: 1 })], { to: 1 })]),
  },
  "Shape of all axes": {
    shape: [2, 4, 3],
    build: (n, x) => n.op("Mul", [x, n.op("Cast", [n.op("Shape", [x])], { to: 1 })]),
  },
  "CastLike": { shape: SHAPE, build: (n, x, more) => n.op("CastLike", [x, more()]) },
  "CastLike of numbers": {
    shape: SHAPE,
    build: (n, x) => n.op("Mul", [x, n.op("CastLike", [n.weight(4, 1), x])]),
  },
  "ConstantOfShape": { shape: SHAPE, build: (n, x) => n.op("Add", [x, zerosLike(n, x)]) },
  "ConstantOfShape joined to it": {
    shape: SHAPE,
    build: (n, x) => n.op("Concat", [x, zerosLike(n, x)], { axis: 1 }),
  },
  "EyeLike": { shape: [4, 6], build: (n, x) => n.op("Add", [x, n.op("EyeLike", [x])]) },
  "EyeLike's mean": {
    shape: [4, 6],
    build: (n, x) => n.op("Add", [x, n.op("ReduceMean", [n.op("EyeLike", [x])], { keepdims: 0 })]),
  },
  // Nothing of what is drawn may show, only its shape: the comparison needs the same numbers twice.
  ...each("RandomNormalLike RandomUniformLike", (op) => ({
    [op]: {
      shape: SHAPE,
      build: (n: Net, x: Value) => n.op("Where", [n.op("IsNaN", [n.op(op, [x])]), n.number(0), x]),
    },
  })),
  "Size": { shape: SHAPE, build: (n, x) => n.op("Div", [x, n.op("Cast", [n.op("Size", [x])], { to: 1 })]) },
  "Constant": {
    shape: SHAPE,
    build: (n, x) => n.op("Mul", [x, n.op("Constant", [], { value_float: float(2) })]),
  },
};
