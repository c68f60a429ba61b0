import { float } from "../../../lib/onnx/attribute.ts";
import { type Attributes, type Case, IMAGE, SHAPE } from "./case.ts";

const conv = (
  shape: number[],
  weight: number[],
  attributes: Attributes = {},
  op = "Conv",
): Case => ({
  shape,
  build: (n, x) => {
    const group = Number(attributes["group"] ?? 1);
    const out = op === "Conv" ? weight[0]! : weight[1]! * group;
    return n.op(op, [x, n.weight(...weight), n.weight(out)], attributes);
  },
});

export const linear: Record<string, Case> = {
  "Conv": conv(IMAGE, [6, 4, 3, 3]),
  "Conv along one axis": conv(SHAPE, [5, 4, 3]),
  "Conv along three axes": conv([2, 4, 3, 5, 6], [3, 4, 2, 2, 2]),
  "Conv of one pixel": conv(IMAGE, [6, 4, 1, 1]),
  "Conv in two groups": conv(IMAGE, [6, 2, 3, 3], { group: 2 }),
  "Conv per channel": conv(IMAGE, [4, 1, 3, 3], { group: 4 }),
  "Conv per channel, twice as many": conv(IMAGE, [8, 1, 3, 3], { group: 4 }),
  "Conv with steps": conv(IMAGE, [6, 4, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] }),
  "Conv of one feature": conv([2, 1, 6, 8], [4, 1, 3, 3]),
  "Conv with computed weights": {
    shape: [5, 4, 3, 3],
    build: (n, x) => n.op("Conv", [n.weight(2, 4, 6, 6), x]),
  },
  "Conv with computed weights in groups": {
    shape: [6, 2, 3, 3],
    build: (n, x) => n.op("Conv", [n.weight(2, 4, 6, 6), x], { group: 2 }),
  },
  "Conv with computed biases": {
    shape: [2, 6],
    build: (n, x) =>
      n.op("Conv", [
        n.weight(2, 4, 6, 6),
        n.weight(6, 4, 3, 3),
        n.op("ReduceSum", [x, n.ints(0)], { keepdims: 0 }),
      ]),
  },
  "ConvTranspose": conv(IMAGE, [4, 6, 2, 2], {}, "ConvTranspose"),
  "ConvTranspose along one axis": conv(SHAPE, [4, 6, 2], { strides: [2] }, "ConvTranspose"),
  "ConvTranspose in two groups": conv(IMAGE, [4, 3, 2, 2], { group: 2 }, "ConvTranspose"),
  "ConvTranspose per channel": conv(IMAGE, [4, 1, 2, 2], { group: 4, strides: [2, 2] }, "ConvTranspose"),
  "ConvTranspose with computed weights": {
    shape: [4, 5, 2, 2],
    build: (n, x) => n.op("ConvTranspose", [n.weight(2, 4, 6, 6), x]),
  },
  "MatMul with weights": { shape: SHAPE, build: (n, x) => n.op("MatMul", [x, n.weight(6, 5)]) },
  "MatMul of weights": { shape: SHAPE, build: (n, x) => n.op("MatMul", [n.weight(5, 4), x]) },
  "MatMul with weights per batch": { shape: SHAPE, build: (n, x) => n.op("MatMul", [x, n.weight(2, 6, 5)]) },
  "MatMul with more axes": { shape: SHAPE, build: (n, x) => n.op("MatMul", [x, n.weight(3, 1, 6, 5)]) },
  "MatMul of two layers": {
    shape: SHAPE,
    build: (n, x, more) => n.op("MatMul", [x, n.op("Transpose", [more()], { perm: [0, 2, 1] })]),
  },
  "MatMul with its own": {
    shape: SHAPE,
    build: (n, x) => n.op("MatMul", [n.op("Transpose", [x], { perm: [0, 2, 1] }), x]),
  },
  "MatMul with a vector": { shape: SHAPE, build: (n, x) => n.op("MatMul", [x, n.weight(6)]) },
  "MatMul of a vector": { shape: SHAPE, build: (n, x) => n.op("MatMul", [n.weight(4), x]) },
  "Gemm": { shape: [4, 6], build: (n, x) => n.op("Gemm", [x, n.weight(6, 5), n.weight(5)]) },
  "Gemm turned": {
    shape: [4, 6],
    build: (n, x) => n.op("Gemm", [x, n.weight(5, 4), n.weight(6, 5)], { transA: 1, transB: 1 }),
  },
  "Gemm with a column": { shape: [4, 6], build: (n, x) => n.op("Gemm", [x, n.weight(6, 5), n.weight(4, 1)]) },
  "Gemm with a number": { shape: [4, 6], build: (n, x) => n.op("Gemm", [x, n.weight(6, 5), n.number(0.3)]) },
  "Gemm of two layers": {
    shape: [4, 6],
    build: (n, x, more) => n.op("Gemm", [x, more(), n.weight(4)], { transB: 1 }),
  },
  "Gemm plus a layer": {
    shape: [4, 6],
    build: (n, x) => n.op("Gemm", [n.weight(4, 5), n.weight(5, 6), x], { alpha: float(0.5), beta: float(2) }),
  },
};
