import { type AttributeLike, float } from "../../lib/onnx/attribute.ts";
import type { Value } from "../../lib/onnx/builder.ts";
import { Tensor } from "../../lib/tensor/tensor.ts";
import type { Net } from "./net.ts";

/** An operator as it stands between permutations. */
export interface Case {
  /** Of what it reads; each axis has channels in turn. */
  shape: number[];
  /** Adds it, and what it needs around it; `more` makes another value like `x`, from weights of its own. */
  build: (n: Net, x: Value, more: () => Value) => Value;
  /** Operator sets, where the operator is not in the usual one. */
  opsets?: Record<string, number>;
}

type Attributes = Record<string, AttributeLike>;

/** No two axes are equally long, but one for those that are. */
const SHAPE = [2, 4, 6];
const IMAGE = [2, 4, 6, 8];

const one = (op: string, shape: number[], attributes: Attributes = {}): Case => ({
  shape,
  build: (n, x) => n.op(op, [x], attributes),
});

const each = (ops: string, make: (op: string) => Record<string, Case>): Record<string, Case> =>
  Object.assign({}, ...ops.split(" ").map(make));

/** Made fit for the operator by another before it. */
const behind = (op: string, before: (n: Net, x: Value) => Value): Record<string, Case> => ({
  [op]: { shape: SHAPE, build: (n, x) => n.op(op, [before(n, x)]) },
});

const truth = (n: Net, x: Value) => n.op("Greater", [x, n.number(0)]);

const whole = (n: Net, x: Value) => n.op("Cast", [n.op("Mul", [x, n.number(5)])], { to: 7 });

const natural = (n: Net, x: Value) =>
  n.op("Cast", [n.op("Abs", [n.op("Mul", [x, n.number(5)])])], { to: 13 });

const unary: Record<string, Case> = {
  ...each(
    "Relu LeakyRelu ThresholdedRelu Elu Selu Celu Gelu Tanh Erf HardSwish Mish Softsign Abs Neg Sign Floor Ceil Round " +
      "Sin Sinh Asinh Tan Atan Identity Dropout Sigmoid HardSigmoid Exp Softplus Cos Cosh IsNaN IsInf Shrink",
    (op) => ({ [op]: one(op, SHAPE) }),
  ),
  // Experiments that later operator sets took back.
  ...each("Affine ScaledTanh ParametricSoftplus", (op) => ({
    [op]: { ...one(op, SHAPE, { alpha: float(2), beta: float(0.5) }), opsets: { "": 9 } },
  })),
  Swish: { ...one("Swish", SHAPE), opsets: { "": 24 } },
  Cast: one("Cast", SHAPE, { to: 11 }),
  ...behind("Not", truth),
  ...behind("BitwiseNot", whole),
  ...behind("Sqrt", (n, x) => n.op("Abs", [x])),
  ...each("Log Reciprocal", (op) => behind(op, (n, x) => n.op("Exp", [x]))),
  ...each("Asin Acos Atanh", (op) => behind(op, (n, x) => n.op("Sin", [x]))),
  ...behind("Acosh", (n, x) => n.op("Add", [n.op("Exp", [x]), n.number(1)])),
  ...each("Gelu QuickGelu", (op) => ({
    [`com.microsoft:${op}`]: {
      shape: SHAPE,
      build: (n: Net, x: Value) => n.g.node(op, [x], {}, { domain: "com.microsoft" })[0]!,
    },
  })),
  "Reciprocal of what may be zero": one("Reciprocal", SHAPE),
  "Log of what may be zero": { shape: SHAPE, build: (n, x) => n.op("Log", [n.op("Abs", [x])]) },
  "Clip about zero": { shape: SHAPE, build: (n, x) => n.op("Clip", [x, n.number(-0.5), n.number(0.5)]) },
  "Clip above zero": { shape: SHAPE, build: (n, x) => n.op("Clip", [x, n.number(0.5), n.number(2)]) },
  "Dropout's mask": {
    shape: SHAPE,
    build: (n, x) => n.op("Where", [n.ops("Dropout", [x], {}, 2)[1]!, x, n.number(2)]),
  },
};

/** A pair of operands in every way that broadcasting joins them. */
const pairs = (op: string, attributes: Attributes = {}, fit: (n: Net, x: Value) => Value = (_, x) => x) => {
  const pair = (other: (n: Net, x: Value, more: () => Value) => Value, turned = false): Case => ({
    shape: SHAPE,
    build(n, x, more) {
      const operands = [fit(n, x), fit(n, other(n, x, more))];
      return n.op(op, turned ? operands.toReversed() : operands, attributes);
    },
  });
  return {
    [`${op} of two layers`]: pair((_n, _x, more) => more()),
    [`${op} with a number`]: pair((n) => n.number(0.3)),
    [`${op} of a number`]: pair((n) => n.number(0.3), true),
    [`${op} with numbers along the last axis`]: pair((n) => n.weight(6)),
    [`${op} with numbers along the middle axis`]: pair((n) => n.weight(4, 1)),
    [`${op} with numbers along the first axes`]: pair((n) => n.weight(2, 4, 1)),
    [`${op} with more axes`]: pair((n) => n.weight(3, 1, 4, 1)),
    [`${op} of numbers along all axes`]: pair((n) => n.weight(2, 4, 6), true),
    [`${op} with one of its channels`]: pair((n, _, more) =>
      n.op("Slice", [more(), n.ints(1), n.ints(2), n.ints(1)])
    ),
    [`${op} of its mean along the first axis`]: pair(
      (n, x) => n.op("ReduceSum", [x, n.ints(0)], { keepdims: 1 }),
      true,
    ),
  };
};

const positive = (n: Net, x: Value) => n.op("Exp", [x]);

const binary: Record<string, Case> = {
  ...each("Add Sub Mul Div Sum Mean Max Min", (op) => pairs(op)),
  // Its slope is repeated along the input, never the input along the slope.
  ...Object.fromEntries(
    Object.entries(pairs("PRelu")).filter(([name]) => !/more axes|of a number|of its mean/.test(name)),
  ),
  ...pairs("Pow", {}, positive),
  ...pairs("Mod", { fmod: 1 }),
  ...each("And Or Xor", (op) => pairs(op, {}, truth)),
  ...each("BitwiseAnd BitwiseOr BitwiseXor", (op) => pairs(op, {}, whole)),
  ...pairs("BitShift", { direction: "LEFT" }, natural),
  ...each("Less LessOrEqual Greater GreaterOrEqual", (op) => pairs(op)),
  Equal: { shape: SHAPE, build: (n, x, more) => n.op("Equal", [truth(n, x), truth(n, more())]) },
  "Pow to the second": { shape: SHAPE, build: (n, x) => n.op("Pow", [x, n.number(2)]) },
  "Sum of three": { shape: SHAPE, build: (n, x, more) => n.op("Sum", [x, n.weight(4, 1), more()]) },
  "Where between layers": {
    shape: SHAPE,
    build: (n, x, more) => n.op("Where", [truth(n, more()), x, more()]),
  },
  "Where with numbers": {
    shape: SHAPE,
    build: (n, x) => n.op("Where", [truth(n, x), n.weight(6), n.weight(4, 1)]),
  },
};

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

const linear: Record<string, Case> = {
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

const einsum = (equation: string, ...weights: number[][]): Case => ({
  shape: SHAPE,
  build: (n, x) => n.op("Einsum", [x, ...weights.map((dims) => n.weight(...dims))], { equation }),
});

const einsums: Record<string, Case> = {
  "Einsum with weights of two axes": einsum("abc,bcd->ad", [4, 6, 5]),
  "Einsum with more axes": einsum("...c,cd->d...", [6, 5]),
  "Einsum of three": einsum("abc,bd,c->da", [4, 3], [6]),
  "Einsum that sums alone": einsum("abc->ac"),
  "Einsum that repeats": einsum("abc,bc->abc", [1, 6]),
  "Einsum of two layers": {
    shape: SHAPE,
    build: (n, x, more) => n.op("Einsum", [x, more()], { equation: "abc,adc->abd" }),
  },
  "Einsum of a diagonal": { shape: [4, 6, 4], build: (n, x) => n.op("Einsum", [x], { equation: "aba->ab" }) },
};

const attend = (
  shape: number[],
  inputs: (n: Net, x: Value, more: () => Value) => Value[],
  attributes: Attributes = {},
): Case => ({
  shape,
  opsets: { "": 23 },
  build: (n, x, more) => n.op("Attention", inputs(n, x, more), attributes),
});

const turn = (shape: number[], angles: number[], attributes: Attributes = {}): Case => ({
  shape,
  opsets: { "": 23 },
  build: (n, x) => n.op("RotaryEmbedding", [x, n.weight(...angles), n.weight(...angles)], attributes),
});

const attention: Record<string, Case> = {
  "Attention of three layers": attend([2, 4, 3, 6], (_, x, more) => [x, more(), more()]),
  "Attention of its own": attend([2, 4, 3, 6], (_, x) => [x, x, x], { is_causal: 1 }),
  "Attention of values": attend([2, 4, 3, 6], (n, x) => [n.weight(2, 4, 5, 2), n.weight(2, 4, 3, 2), x]),
  "Attention of keys that queries share": attend([2, 3, 5, 2], (n, x) => [n.weight(2, 6, 4, 2), x, x]),
  "Attention with a mask per head": attend([2, 4, 3, 6], (n, x) => [x, x, x, n.weight(4, 3, 3)]),
  "Attention of joined heads": attend([2, 3, 8], (_, x, more) => [x, more(), x], {
    q_num_heads: 4,
    kv_num_heads: 4,
  }),
  "Attention of joined keys that queries share": attend([2, 5, 6], (n, x) => [n.weight(2, 4, 12), x, x], {
    q_num_heads: 6,
    kv_num_heads: 3,
  }),
  "RotaryEmbedding": turn([2, 3, 5, 4], [2, 5, 2]),
  "RotaryEmbedding of joined heads": turn([2, 5, 12], [2, 5, 2], { num_heads: 3, interleaved: 1 }),
};

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

const quantization: Record<string, Case> = {
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

const GATES = { LSTM: 4, GRU: 3, RNN: 1 };

/** A recurrent layer of three hidden units that reads [steps, batch, features]. */
const recurrent = (
  op: keyof typeof GATES,
  { both = false, states = 0, lengths = false, peepholes = false, output = 0, attributes = {} }: {
    both?: boolean;
    states?: number;
    lengths?: boolean;
    peepholes?: boolean;
    output?: number;
    attributes?: Attributes;
  } = {},
): Case => ({
  shape: SHAPE,
  build(n, x) {
    const [rows, ways] = [3 * GATES[op], both ? 2 : 1];
    const inputs = [x, n.weight(ways, rows, 6), n.weight(ways, rows, 3), n.weight(ways, 2 * rows)];
    inputs.push(lengths ? n.op("Cast", [n.ints(2, 1, 0, 2)], { to: 6 }) : "");
    for (let i = 0; i < states; i++) inputs.push(n.weight(ways, 4, 3));
    if (peepholes) inputs.push(n.weight(ways, 9));
    const direction = both ? "bidirectional" : "forward";
    return n.ops(op, inputs, { hidden_size: 3, direction, ...attributes }, output + 1)[output]!;
  },
});

const recurrents: Record<string, Case> = {
  ...each("LSTM GRU RNN", (op) => ({
    [op]: recurrent(op as "GRU"),
    [`${op} in both directions, of several lengths`]: recurrent(op as "GRU", { both: true, lengths: true }),
    [`${op}'s last state`]: recurrent(op as "GRU", { output: 1 }),
  })),
  "LSTM that begins somewhere": recurrent("LSTM", { states: 2, peepholes: true }),
  "LSTM's cell state": recurrent("LSTM", { output: 2 }),
  "LSTM with other functions": recurrent("LSTM", {
    attributes: { activations: { type: "strings", value: ["Tanh", "Sigmoid", "Relu"] } },
  }),
  "GRU that begins somewhere": recurrent("GRU", { states: 1, attributes: { linear_before_reset: 1 } }),
};

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

const normalization: Record<string, Case> = {
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

const to = (shape: number[], ...dims: number[]): Case => ({ shape, build: (n, x) => n.reshape(x, ...dims) });

const layout: Record<string, Case> = {
  "Reshape that merges the last": to(SHAPE, 2, 24),
  "Reshape that merges the first": to(SHAPE, 8, 6),
  "Reshape into one": to(SHAPE, -1),
  "Reshape that splits the middle": to(SHAPE, 2, 2, 2, 6),
  "Reshape that splits the last": to(SHAPE, 0, 0, 2, -1),
  "Reshape that splits two": to(SHAPE, 2, 2, 2, 3, 2),
  "Reshape across": to(SHAPE, 4, 2, 6),
  "Reshape across and on": to(SHAPE, 3, 16),
  "Reshape with ones": to(SHAPE, 1, 2, 1, 4, 6, 1),
  "Reshape by its own size": {
    shape: SHAPE,
    build: (n, x) => n.op("Reshape", [x, n.op("Shape", [x])]),
  },
  "Reshape forth and back": { shape: SHAPE, build: (n, x) => n.reshape(n.reshape(x, 2, 24), 2, 4, 6) },
  "Reshape with one operator inside, and back": {
    shape: SHAPE,
    build: (n, x) => n.reshape(n.op("Relu", [n.reshape(x, 8, 6)]), 2, 4, 6),
  },
  ...each("0 1 2 3", (axis) => ({ [`Flatten at ${axis}`]: one("Flatten", IMAGE, { axis: Number(axis) }) })),
  "Squeeze": { shape: [2, 1, 4, 1, 6], build: (n, x) => n.op("Squeeze", [x, n.ints(1, -2)]) },
  "Squeeze of all": { shape: [2, 1, 4, 6], build: (n, x) => n.op("Squeeze", [x]) },
  "Unsqueeze": { shape: SHAPE, build: (n, x) => n.op("Unsqueeze", [x, n.ints(1, 3)]) },
  "Transpose": one("Transpose", SHAPE),
  "Transpose by a permutation": one("Transpose", SHAPE, { perm: [1, 2, 0] }),
  ...each("0 1 2", (axis) => ({
    [`Concat along ${axis}`]: {
      shape: SHAPE,
      build: (n, x, more) => n.op("Concat", [x, more()], { axis: Number(axis) }),
    },
    [`Concat along ${axis} with itself`]: {
      shape: SHAPE,
      build: (n, x) => n.op("Concat", [x, n.op("Sigmoid", [x])], { axis: Number(axis) }),
    },
    [`Concat along ${axis} with numbers`]: {
      shape: SHAPE,
      build: (n, x) => n.op("Concat", [n.weight(...SHAPE), x], { axis: Number(axis) }),
    },
  })),
  "DepthToSpace": one("DepthToSpace", [2, 8, 3, 5], { blocksize: 2 }),
  "DepthToSpace by columns first": one("DepthToSpace", [2, 8, 3, 5], { blocksize: 2, mode: "CRD" }),
  "SpaceToDepth": one("SpaceToDepth", IMAGE, { blocksize: 2 }),
};

/** Its parts, each on a way of its own. */
const splitInto = (axis: number, ...lengths: number[]): Case => ({
  shape: SHAPE,
  build(n, x) {
    const parts = n.ops("Split", [x, n.ints(...lengths)], { axis }, lengths.length);
    const ways = ["Relu", "Sigmoid", "Neg", "Tanh", "Abs", "Exp"];
    return n.op("Concat", parts.map((part, i) => n.op(ways[i]!, [part])), { axis });
  },
});

const cut = (axis: number, start: number, end: number, step = 1): Case => ({
  shape: SHAPE,
  build: (n, x) => n.op("Slice", [x, n.ints(start), n.ints(end), n.ints(axis), n.ints(step)]),
});

const gather = (axis: number, ...indices: number[]): Case => ({
  shape: SHAPE,
  build: (n, x) => n.op("Gather", [x, n.ints(...indices)], { axis }),
});

/** One position by itself, as a value without the axis. */
const taken = (axis: number, take: (n: Net, x: Value) => Value): Case => ({
  shape: SHAPE,
  build: (n, x) => n.op("Add", [x, n.op("Unsqueeze", [take(n, x), n.ints(axis)])]),
});

const pad = (pads: number[], attributes: Attributes = {}, fill?: number): Case => ({
  shape: SHAPE,
  build: (n, x) =>
    n.op("Pad", [x, n.ints(...pads), ...fill === undefined ? [] : [n.number(fill)]], attributes),
});

const expand = (shape: number[], ...dims: number[]): Case => ({
  shape,
  build: (n, x) => n.op("Expand", [x, n.ints(...dims)]),
});

const indexing: Record<string, Case> = {
  ...each("0 1 2", (name) => {
    const axis = Number(name);
    const length = SHAPE[axis]!;
    return {
      [`Split along ${axis} in two`]: splitInto(axis, length / 2, length / 2),
      [`Split along ${axis}, one and the others`]: splitInto(axis, 1, length - 1),
      [`Split along ${axis} into ones`]: splitInto(axis, ...Array(length).fill(1)),
      [`Split along ${axis}, halves added`]: {
        shape: SHAPE,
        build: (n: Net, x: Value) => n.op("Add", n.ops("Split", [x], { axis, num_outputs: 2 }, 2)),
      },
      [`Split along ${axis}, one part multiplied with the others`]: {
        shape: SHAPE,
        build: (n: Net, x: Value) => n.op("Mul", n.ops("Split", [x, n.ints(1, length - 1)], { axis }, 2)),
      },
      [`Split along ${axis}, one part squeezed`]: taken(
        axis,
        (n, x) =>
          n.op("Squeeze", [n.ops("Split", [x, n.ints(1, length - 1)], { axis }, 2)[0]!, n.ints(axis)]),
      ),
      [`Slice along ${axis}`]: cut(axis, 1, length),
      [`Slice along ${axis} with a step`]: cut(axis, 0, 99, 2),
      [`Slice along ${axis} backwards`]: cut(axis, -1, -99, -1),
      [`Slice along ${axis} of one`]: cut(axis, 1, 2),
      [`Slice along ${axis} of one, squeezed`]: taken(
        axis,
        (n, x) => n.op("Squeeze", [n.op("Slice", [x, n.ints(1), n.ints(2), n.ints(axis)]), n.ints(axis)]),
      ),
      [`Slice along ${axis} of one, multiplied with all`]: {
        shape: SHAPE,
        build: (n: Net, x: Value) => n.op("Mul", [x, n.op("Slice", [x, n.ints(1), n.ints(2), n.ints(axis)])]),
      },
      [`Gather along ${axis}`]: gather(axis, 1, 0, -1, 1),
      [`Gather along ${axis} of one`]: gather(axis, 1),
      [`Gather along ${axis} of one by a number`]: taken(
        axis,
        (n, x) => n.op("Gather", [x, n.op("Squeeze", [n.ints(1)])], { axis }),
      ),
      [`Gather along ${axis} by a table`]: {
        shape: SHAPE,
        build: (n: Net, x: Value) =>
          n.op("Gather", [x, n.op("Reshape", [n.ints(0, 1, 1, 0), n.ints(2, 2)])], { axis }),
      },
    };
  }),
  "Slice along two": {
    shape: SHAPE,
    build: (n, x) => n.op("Slice", [x, n.ints(1, 0), n.ints(4, -1), n.ints(1, -1)]),
  },
  "Gather from stored rows": {
    shape: SHAPE,
    build: (n, x) => {
      const indices = n.op("Cast", [n.op("Greater", [x, n.number(0)])], { to: 7 });
      return n.op("Gather", [n.weight(5, 3), indices]);
    },
  },
  ...each("1 2 3", (depth) => ({
    [`GatherND by ${depth}`]: {
      shape: SHAPE,
      build: (n: Net, x: Value) => {
        const places = [[1, 3, 5], [0, 2, -1], [1, 1, 0]].flatMap((place) => place.slice(0, Number(depth)));
        return n.op("GatherND", [x, n.op("Reshape", [n.ints(...places), n.ints(3, Number(depth))])]);
      },
    },
  })),
  "GatherND in batches": {
    shape: SHAPE,
    build: (n, x) =>
      n.op("GatherND", [x, n.op("Reshape", [n.ints(3, 0, 1, 2), n.ints(2, 2, 1)])], { batch_dims: 1 }),
  },
  ...each("0 1 2", (name) => {
    const axis = Number(name);
    const places = (n: Net, length: number) =>
      n.op("Expand", [
        n.op("Reshape", [
          n.ints(...Array.from({ length }, (_, i) => (i * 3 + 1) % SHAPE[axis]!)),
          n.ints(length, ...Array(2 - axis).fill(1)),
        ]),
        n.ints(...SHAPE.with(axis, length)),
      ]);
    return {
      [`GatherElements along ${axis}`]: {
        shape: SHAPE,
        build: (n, x) => n.op("GatherElements", [x, places(n, 3)], { axis }),
      },
      [`GatherElements along ${axis} by what is largest`]: {
        shape: SHAPE,
        build: (n, x, more) => n.op("GatherElements", [x, n.op("ArgMax", [more()], { axis })], { axis }),
      },
      [`GatherElements along ${axis} of a part`]: {
        shape: SHAPE,
        build: (n, x) =>
          n.op("GatherElements", [x, n.op("Reshape", [n.ints(1, 0), n.ints(1, 2, 1)])], { axis }),
      },
      [`ScatterElements along ${axis}`]: {
        shape: SHAPE,
        build: (n, x, more) =>
          n.op("ScatterElements", [x, places(n, SHAPE[axis]!), more()], { axis, reduction: "add" }),
      },
      [`ScatterElements along ${axis} over numbers`]: {
        shape: SHAPE,
        build: (n, x) =>
          n.op("ScatterElements", [n.weight(...SHAPE), places(n, SHAPE[axis]!), x], {
            axis,
            reduction: "add",
          }),
      },
      [`TopK along ${axis}`]: {
        shape: SHAPE,
        build(n, x) {
          const [values, places] = n.ops("TopK", [x, n.ints(2)], { axis }, 2);
          return n.op("Add", [values!, n.op("Cast", [places!], { to: 1 })]);
        },
      },
    };
  }),
  ...each("1 2 3", (depth) => ({
    [`ScatterND by ${depth}`]: {
      shape: SHAPE,
      build: (n: Net, x: Value, more: () => Value) => {
        const places = [[1, 3, 5], [0, 2, 4]].flatMap((place) => place.slice(0, Number(depth)));
        const indices = n.op("Reshape", [n.ints(...places), n.ints(2, Number(depth))]);
        return n.op("ScatterND", [x, indices, n.op("GatherND", [more(), indices])]);
      },
    },
    [`ScatterND by ${depth} over numbers`]: {
      shape: SHAPE,
      build: (n: Net, x: Value) => {
        const places = [[1, 3, 5], [0, 2, 4]].flatMap((place) => place.slice(0, Number(depth)));
        const indices = n.op("Reshape", [n.ints(...places), n.ints(2, Number(depth))]);
        return n.op("ScatterND", [n.weight(...SHAPE), indices, n.op("GatherND", [x, indices])]);
      },
    },
  })),
  "MaxUnpool": {
    shape: IMAGE,
    build(n, x) {
      const window = { kernel_shape: [2, 2], strides: [2, 2] };
      const [pooled, places] = n.ops("MaxPool", [x], window, 2);
      return n.op("MaxUnpool", [n.op("Tanh", [pooled!]), places!], window);
    },
  },
  "MaxUnpool to told sizes": {
    shape: IMAGE,
    build(n, x) {
      const window = { kernel_shape: [2, 2], strides: [2, 2] };
      const [pooled, places] = n.ops("MaxPool", [x], window, 2);
      return n.op("MaxUnpool", [pooled!, places!, n.ints(2, 4, 6, 8)], window);
    },
  },
  "MaxUnpool whose places somebody else reads": {
    shape: IMAGE,
    build(n, x) {
      const window = { kernel_shape: [2, 2], strides: [2, 2] };
      const [pooled, places] = n.ops("MaxPool", [x], window, 2);
      const spread = n.op("MaxUnpool", [pooled!, places!], window);
      return n.op("Add", [spread, n.op("ReduceMax", [n.op("Cast", [places!], { to: 1 })], { keepdims: 1 })]);
    },
  },
  "OneHot along a new last axis": {
    shape: SHAPE,
    build: (n, x) => n.op("OneHot", [whole(n, x), n.ints(3), n.weights([0.5, 2])]),
  },
  "OneHot along a new axis in the middle": {
    shape: SHAPE,
    build: (n, x) => n.op("OneHot", [whole(n, x), n.ints(3), n.weights([0, 1])], { axis: 1 }),
  },
  "Trilu": one("Trilu", IMAGE),
  "Trilu of the lower half": {
    shape: SHAPE,
    build: (n, x) => n.op("Trilu", [x, n.op("Squeeze", [n.ints(1)])], { upper: 0 }),
  },
  "Pad with zeros": pad([0, 1, 2, 0, 2, 0]),
  "Pad with zeros first": pad([1, 0, 0, 0, 0, 0]),
  "Pad with a number": pad([0, 1, 2, 0, 2, 0], {}, 0.7),
  "Pad that reflects": pad([0, 1, 2, 0, 2, 0], { mode: "reflect" }),
  "Pad with the edges": pad([1, 0, 0, 0, 0, 1], { mode: "edge" }),
  "Pad that crops": pad([0, -1, 0, 0, 0, -2]),
  "Pad of named axes": {
    shape: SHAPE,
    build: (n, x) => n.op("Pad", [x, n.ints(1, 2), "", n.ints(-2)]),
  },
  "Expand of nothing": expand(SHAPE, 1, 1, 1),
  "Expand with a new axis": expand(SHAPE, 3, 2, 4, 6),
  "Expand of one": expand([2, 1, 6], 2, 4, 6),
  "Tile of nothing": { shape: SHAPE, build: (n, x) => n.op("Tile", [x, n.ints(1, 1, 1)]) },
  "Tile along all": { shape: SHAPE, build: (n, x) => n.op("Tile", [x, n.ints(2, 3, 2)]) },
  "Tile of one": { shape: [2, 1, 6], build: (n, x) => n.op("Tile", [x, n.ints(1, 4, 1)]) },
};

const reduceOver = (op: string, axes: number[], keepdims: number): Case => ({
  shape: SHAPE,
  build: (n, x) => n.op(op, [x, n.ints(...axes)], { keepdims }),
});

const reduction: Record<string, Case> = {
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

const resize = (inputs: (n: Net) => Value[], attributes: Attributes): Case => ({
  shape: IMAGE,
  build: (n, x) => n.op("Resize", [x, "", ...inputs(n)], attributes),
});

const zerosLike = (n: Net, x: Value) => n.op("ConstantOfShape", [n.op("Shape", [x])]);

const window: Record<string, Case> = {
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

/** Every operator that has a row, by its name and then what is particular; more than one way where it has more. */
export const OPERATOR_CASES: Record<string, Case> = {
  ...unary,
  ...binary,
  ...linear,
  ...einsums,
  ...attention,
  ...recurrents,
  ...quantization,
  ...normalization,
  ...layout,
  ...indexing,
  ...reduction,
  ...window,
};
