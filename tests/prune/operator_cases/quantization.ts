import type { Value } from "../../../lib/onnx/builder.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import type { Net } from "../net.ts";
import { type Case, each, IMAGE, SHAPE } from "./case.ts";

/** A layer's numbers as whole ones, with one scale for all or one for each position of an axis. */
const quantized = (axis: number | undefined, signed: boolean, zero: number): Case => ({
  shape: SHAPE,
  build(n, x) {
    const dims = axis === undefined ? [] : [SHAPE[axis]!];
    const scale = n.op("Abs", [n.weight(...dims)]);
    const attributes = axis === undefined ? {} : { axis };
    const whole = n.op("QuantizeLinear", [x, scale, n.zeroPoint(signed, zero, ...dims)], attributes);
    return n.op("DequantizeLinear", [whole, scale, n.zeroPoint(signed, zero, ...dims)], attributes);
  },
});

/** The second layer by stored whole numbers. */
const byWholeNumbers = (axis: number, signed: boolean, zero: number, blocks?: number): Case => ({
  shape: SHAPE,
  opsets: { "": 21 },
  build(n, x) {
    const dims = blocks ? [6, 5].with(axis, [6, 5][axis]! / blocks) : [[6, 5][axis]!];
    const weight = n.op("DequantizeLinear", [
      n.bytes(signed, 6, 5),
      n.weight(...dims),
      n.zeroPoint(signed, zero, ...dims),
    ], {
      axis,
      ...blocks && { block_size: blocks },
    });
    return n.op("MatMul", [n.op("Cos", [x]), weight]);
  },
});

/** A product with codes of four blocks of 16 for each of five features. */
const byCodes = (bits: number, parts: (n: Net) => (Value | "")[], fit = (_: Net, x: Value) => x): Case => ({
  shape: [2, 3, 64],
  build: (n, x) =>
    n.g.node(
      "MatMulNBits",
      [fit(n, x), n.bytes(false, 5, 4, 2 * bits), n.weight(20), ...parts(n)],
      { K: 64, N: 5, bits, block_size: 16 },
      { domain: "com.microsoft" },
    )[0]!,
});

export const quantization: Record<string, Case> = {
  "com.microsoft:MatMulNBits": byCodes(4, () => []),
  "com.microsoft:MatMulNBits of what is not zero": byCodes(4, () => [], (n, x) => n.op("Cos", [x])),
  "com.microsoft:MatMulNBits with zero points": byCodes(4, (n) => [n.bytes(false, 10)]),
  "com.microsoft:MatMulNBits with a bias": byCodes(8, (n) => [n.bytes(false, 5, 4), "", n.weight(5)]),
  "QuantizeLinear": quantized(undefined, true, 0),
  "QuantizeLinear with a zero point": quantized(undefined, false, 100),
  ...each("0 1 2", (axis) => ({
    [`QuantizeLinear along ${axis}`]: quantized(Number(axis), true, 0),
    [`QuantizeLinear along ${axis} with zero points`]: quantized(Number(axis), false, 7),
  })),
  "DequantizeLinear of columns": byWholeNumbers(1, true, 0),
  "DequantizeLinear of rows with zero points": byWholeNumbers(0, false, 120),
  "DequantizeLinear in blocks": byWholeNumbers(0, true, 0, 2),
  "DequantizeLinear with other zero points": {
    shape: SHAPE,
    build(n, x) {
      const zeros = n.g.constant(new Tensor("uint8", Uint8Array.of(1, 2, 3, 4, 5), [5]));
      return n.op("MatMul", [x, n.op("DequantizeLinear", [n.bytes(false, 6, 5), n.weight(5), zeros])]);
    },
  },
  "DynamicQuantizeLinear": {
    shape: [4, 6],
    build(n, x) {
      const [whole, scale, zero] = n.ops("DynamicQuantizeLinear", [x], {}, 3);
      return n.op("DequantizeLinear", [whole!, scale!, zero!]);
    },
  },
  ...each("120 0", (zero) => ({
    [`MatMulInteger with a zero point of ${zero}`]: {
      shape: SHAPE,
      build(n: Net, x: Value) {
        const [whole, scale, point] = n.ops("DynamicQuantizeLinear", [x], {}, 3);
        const weight = n.bytes(false, 6, 5);
        const sums = n.op("MatMulInteger", [whole!, weight, point!, n.zeroPoint(false, Number(zero))]);
        return n.op("Mul", [n.op("Cast", [sums], { to: 1 }), n.op("Mul", [scale!, n.weight(5)])]);
      },
    },
  })),
  ...Object.assign(
    {},
    ...[[0, 1], [7, 1], [0, 2]].map(([zero, group]) => ({
      [`QLinearConv in ${group} with a zero point of ${zero}`]: {
        shape: IMAGE,
        build(n: Net, x: Value) {
          const point = n.zeroPoint(true, zero!);
          const whole = n.op("QuantizeLinear", [x, n.number(0.02), n.zeroPoint(true, 0)]);
          const sums = n.op("QLinearConv", [
            ...[whole, n.number(0.02), n.zeroPoint(true, 0), n.bytes(true, 6, 4 / group!, 1, 1)],
            ...[n.positive(6), n.zeroPoint(true, 0, 6), n.number(0.5), point],
          ], { group: group! });
          return n.op("DequantizeLinear", [sums, n.number(0.5), point]);
        },
      },
      [`ConvInteger in ${group} with a zero point of ${zero}`]: {
        shape: IMAGE,
        build(n: Net, x: Value) {
          const [whole, scale, point] = n.ops("DynamicQuantizeLinear", [x], {}, 3);
          const weight = n.bytes(false, 6, 4 / group!, 1, 1);
          const sums = n.op("ConvInteger", [whole!, weight, point!, n.zeroPoint(false, zero!)], {
            group: group!,
          });
          return n.op("Mul", [n.op("Cast", [sums], { to: 1 }), scale!]);
        },
      },
    })),
  ),
  ...each("int4 uint4", (type) => ({
    [`DequantizeLinear of ${type}, one scale for each of an odd number of columns`]: {
      shape: SHAPE,
      opsets: { "": 21 },
      build(n: Net, x: Value) {
        const weight = n.nibbles(type as "int4" | "uint4", 6, 5);
        return n.op("MatMul", [x, n.op("DequantizeLinear", [weight, n.positive(5)], { axis: 1 })]);
      },
    },
  })),
  ...each("5 0", (zero) => ({
    [`QLinearMatMul with a zero point of ${zero}`]: {
      shape: SHAPE,
      build(n: Net, x: Value) {
        const point = n.zeroPoint(true, Number(zero));
        const whole = n.op("QuantizeLinear", [x, n.number(0.02), n.zeroPoint(true, 0)]);
        const sums = n.op("QLinearMatMul", [
          ...[whole, n.number(0.02), n.zeroPoint(true, 0), n.bytes(true, 6, 5)],
          ...[n.number(0.01), point, n.number(0.5), point],
        ]);
        return n.op("DequantizeLinear", [sums, n.number(0.5), point]);
      },
    },
  })),
  "MatMulInteger with zero points of columns of each matrix": {
    shape: SHAPE,
    build(n, x) {
      const [whole, , point] = n.ops("DynamicQuantizeLinear", [x], {}, 3);
      const points = n.g.constant(new Tensor("int8", Int8Array.from({ length: 10 }, (_, i) => i), [2, 1, 5]));
      return n.op("Cast", [
        n.op("MatMulInteger", [whole!, n.bytes(true, 2, 6, 5), point!, points]),
      ], { to: 1 });
    },
  },
  "MatMulInteger with zero points of columns": {
    shape: SHAPE,
    build(n, x) {
      const [whole, , point] = n.ops("DynamicQuantizeLinear", [x], {}, 3);
      return n.op("Cast", [
        n.op("MatMulInteger", [whole!, n.bytes(true, 6, 5), point!, n.zeroPoint(true, 3, 5)]),
      ], { to: 1 });
    },
  },
};
