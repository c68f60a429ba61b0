import { withDefaults } from "../options.ts";
import { type AttributeLike, float } from "./attribute.ts";
import { GraphEditor, type Value } from "./graph_editor.ts";
import { type AnyTensor, type DataType, ELEMENT_TYPE, float32, int64 } from "../tensor/tensor.ts";

export { CONSTANT_NAME, type Value } from "./graph_editor.ts";

/** Settings of `conv`, `maxPool` and their kin; lists have one entry per spatial axis. */
export interface WindowOptions {
  /** Size of the kernel along each axis. Default: that of the stored weight, where there is one. */
  kernel_shape?: number[] | undefined;
  /** Steps from one window to the next, along each axis. Default 1. */
  strides?: number[] | undefined;
  /** Distance between the places of a kernel. Default 1. */
  dilations?: number[] | undefined;
  /** Begins of all axes, then ends of all axes. */
  pads?: number[] | undefined;
  /** Groups of channels that do not see each other. Default 1. */
  group?: number | undefined;
}

/** Settings of the reductions. */
export interface ReduceOptions {
  /** Whether reduced axes stay, as 1. Default true. */
  keepdims?: boolean | undefined;
}

/** An attribute that operators have only had since opset 16, where it says what its absence does. */
const unlessNone = (reduction: string): string | undefined => reduction === "none" ? undefined : reduction;

/**
 * Builds a graph node by node, one method per ONNX operator (opset {@linkcode OPSET}), inferring types and
 * shapes on the way.
 *
 * Methods take and return value names. A number where a value is expected becomes a float32 scalar constant.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { GraphBuilder } from "./builder.ts";
 * import { float32 } from "../tensor/tensor.ts";
 *
 * const g = new GraphBuilder("affine");
 * const x = g.input("x", "float32", ["N", 2]);
 * const w = g.parameter("w", float32([1, 2, 3, 4], [2, 2]));
 * g.output(g.relu(g.matMul(x, w)), "y");
 * const model = g.model();
 * assert.deepEqual(model.graph.values.get("y"), { type: "float32", shape: ["N", 2] });
 * ```
 */
export class GraphBuilder extends GraphEditor {
  #one(
    op: string,
    inputs: readonly (Value | number | undefined)[],
    attributes?: Record<string, AttributeLike>,
  ): Value {
    return this.node(op, inputs, attributes)[0]!;
  }

  // Arithmetic, element by element with broadcasting.
  /** a + b. */
  add = (a: Value | number, b: Value | number): Value => this.#one("Add", [a, b]);
  /** a − b. */
  sub = (a: Value | number, b: Value | number): Value => this.#one("Sub", [a, b]);
  /** a · b. */
  mul = (a: Value | number, b: Value | number): Value => this.#one("Mul", [a, b]);
  /** a / b; whole numbers are cut towards zero. */
  div = (a: Value | number, b: Value | number): Value => this.#one("Div", [a, b]);
  /** a to the power b. */
  pow = (a: Value, b: Value | number): Value => this.#one("Pow", [a, b]);
  /** The smallest of the values, element by element. */
  min = (...values: (Value | number)[]): Value => this.#one("Min", values);
  /** The largest of the values, element by element. */
  max = (...values: (Value | number)[]): Value => this.#one("Max", values);
  /** The sum of the values, element by element. */
  sum = (...values: Value[]): Value => this.#one("Sum", values);
  /** The mean of the values, element by element. */
  mean = (...values: Value[]): Value => this.#one("Mean", values);
  /** The remainder of a / b, with the sign of b; with `fmod` 1 that of a, which floats need. */
  mod = (a: Value, b: Value, fmod = 0): Value => this.#one("Mod", [a, b], { fmod });
  /** −x. */
  neg = (x: Value): Value => this.#one("Neg", [x]);
  /** |x|. */
  abs = (x: Value): Value => this.#one("Abs", [x]);
  /** −1, 0 or 1. */
  sign = (x: Value): Value => this.#one("Sign", [x]);
  /** The largest whole number not above x. */
  floor = (x: Value): Value => this.#one("Floor", [x]);
  /** The smallest whole number not below x. */
  ceil = (x: Value): Value => this.#one("Ceil", [x]);
  /** The nearest whole number; halves go to the even one. */
  round = (x: Value): Value => this.#one("Round", [x]);
  /** √x. */
  sqrt = (x: Value): Value => this.#one("Sqrt", [x]);
  /** 1 / x. */
  reciprocal = (x: Value): Value => this.#one("Reciprocal", [x]);
  /** e to the power x. */
  exp = (x: Value): Value => this.#one("Exp", [x]);
  /** Natural logarithm. */
  log = (x: Value): Value => this.#one("Log", [x]);
  /** Sine of radians. */
  sin = (x: Value): Value => this.#one("Sin", [x]);
  /** Cosine of radians. */
  cos = (x: Value): Value => this.#one("Cos", [x]);
  /** Gauss error function. */
  erf = (x: Value): Value => this.#one("Erf", [x]);

  // Comparison and choice.
  /** a = b, as bool. */
  equal = (a: Value | number, b: Value | number): Value => this.#one("Equal", [a, b]);
  /** a > b, as bool. */
  greater = (a: Value | number, b: Value | number): Value => this.#one("Greater", [a, b]);
  /** a ≥ b, as bool. */
  greaterOrEqual = (a: Value | number, b: Value | number): Value => this.#one("GreaterOrEqual", [a, b]);
  /** a < b, as bool. */
  less = (a: Value | number, b: Value | number): Value => this.#one("Less", [a, b]);
  /** a ≤ b, as bool. */
  lessOrEqual = (a: Value | number, b: Value | number): Value => this.#one("LessOrEqual", [a, b]);
  /** a and b, elementwise on bools. */
  and = (a: Value, b: Value): Value => this.#one("And", [a, b]);
  /** a or b, elementwise on bools. */
  or = (a: Value, b: Value): Value => this.#one("Or", [a, b]);
  /** Negation of a bool. */
  not = (x: Value): Value => this.#one("Not", [x]);
  /** a where the condition holds, else b. */
  where = (condition: Value, a: Value | number, b: Value | number): Value =>
    this.#one("Where", [condition, a, b]);

  // Activations.
  /** max(x, 0). */
  relu = (x: Value): Value => this.#one("Relu", [x]);
  /** x above 0, alpha · x below. */
  leakyRelu = (x: Value, alpha = 0.01): Value => this.#one("LeakyRelu", [x], { alpha: float(alpha) });
  /** x above 0, slope · x below; the slope broadcasts to x. */
  prelu = (x: Value, slope: Value): Value => this.#one("PRelu", [x, slope]);
  /** x above 0, alpha · (eˣ − 1) below. */
  elu = (x: Value, alpha = 1): Value => this.#one("Elu", [x], { alpha: float(alpha) });
  /** 1 / (1 + e⁻ˣ). */
  sigmoid = (x: Value): Value => this.#one("Sigmoid", [x]);
  /** alpha · x + beta, between 0 and 1. */
  hardSigmoid = (x: Value, alpha = 0.2, beta = 0.5): Value =>
    this.#one("HardSigmoid", [x], { alpha: float(alpha), beta: float(beta) });
  /** x · hardSigmoid(x) with alpha 1/6. */
  hardSwish = (x: Value): Value => this.#one("HardSwish", [x]);
  /** Hyperbolic tangent. */
  tanh = (x: Value): Value => this.#one("Tanh", [x]);
  /** log(1 + eˣ). */
  softplus = (x: Value): Value => this.#one("Softplus", [x]);
  /** x · Φ(x), exactly or by tanh. */
  gelu = (x: Value, approximate: "none" | "tanh" = "none"): Value => this.#one("Gelu", [x], { approximate });
  /** x · sigmoid(x). ONNX has no operator for it before opset 24. */
  silu = (x: Value): Value => this.mul(x, this.sigmoid(x));
  /** x, no lower than `low` and no higher than `high`. */
  clip = (x: Value, low?: Value | number, high?: Value | number): Value => this.#one("Clip", [x, low, high]);
  /** eˣ, divided by its sum along the axis. */
  softmax = (x: Value, axis = -1): Value => this.#one("Softmax", [x], { axis });
  /** Logarithm of the softmax along the axis. */
  logSoftmax = (x: Value, axis = -1): Value => this.#one("LogSoftmax", [x], { axis });

  // Reductions; no axes means all of them.
  #reduce(op: string, x: Value, axes: readonly number[] | undefined, options: ReduceOptions): Value {
    return this.#one(op, [x, axes && this.ints(axes)], { keepdims: options.keepdims === false ? 0 : 1 });
  }
  /** Σ x over the axes. */
  reduceSum = (x: Value, axes?: readonly number[], options: ReduceOptions = {}): Value =>
    this.#reduce("ReduceSum", x, axes, options);
  /** Mean over the axes. */
  reduceMean = (x: Value, axes?: readonly number[], options: ReduceOptions = {}): Value =>
    this.#reduce("ReduceMean", x, axes, options);
  /** Largest over the axes. */
  reduceMax = (x: Value, axes?: readonly number[], options: ReduceOptions = {}): Value =>
    this.#reduce("ReduceMax", x, axes, options);
  /** Smallest over the axes. */
  reduceMin = (x: Value, axes?: readonly number[], options: ReduceOptions = {}): Value =>
    this.#reduce("ReduceMin", x, axes, options);
  /** Product over the axes. */
  reduceProd = (x: Value, axes?: readonly number[], options: ReduceOptions = {}): Value =>
    this.#reduce("ReduceProd", x, axes, options);
  /** Σ x² over the axes. */
  reduceSumSquare = (x: Value, axes?: readonly number[], options: ReduceOptions = {}): Value =>
    this.#reduce("ReduceSumSquare", x, axes, options);
  /** Σ |x| over the axes. */
  reduceL1 = (x: Value, axes?: readonly number[], options: ReduceOptions = {}): Value =>
    this.#reduce("ReduceL1", x, axes, options);
  /** √(Σ x²) over the axes. */
  reduceL2 = (x: Value, axes?: readonly number[], options: ReduceOptions = {}): Value =>
    this.#reduce("ReduceL2", x, axes, options);
  /** log Σ eˣ over the axes. */
  reduceLogSumExp = (x: Value, axes?: readonly number[], options: ReduceOptions = {}): Value =>
    this.#reduce("ReduceLogSumExp", x, axes, options);
  /** Index of the largest along the axis, as int64; the first where several are. */
  argMax = (x: Value, axis: number, { keepdims = true }: ReduceOptions = {}): Value =>
    this.#one("ArgMax", [x], { axis, keepdims: Number(keepdims) });
  /** Running sum along the axis. */
  cumSum = (x: Value, axis: number): Value => this.#one("CumSum", [x, this.constant(int64([axis], []))]);
  /** The k largest along the axis, largest first, and where they are. */
  topK = (x: Value, k: number, axis = -1): [values: Value, indices: Value] =>
    this.node("TopK", [x, this.ints([k])], { axis }, { outputs: 2 }) as [Value, Value];

  // Shape and layout.
  /** x by another name. */
  identity = (x: Value): Value => this.#one("Identity", [x]);
  /** x in another element type. */
  cast = (x: Value, to: DataType): Value => this.#one("Cast", [x], { to: ELEMENT_TYPE[to] });
  /** The shape of x, as int64 [rank]. */
  shapeOf = (x: Value): Value => this.#one("Shape", [x]);
  /** Adds a Reshape, the elements of x in another shape: one −1 is what is left, 0 copies the size of x. */
  reshape = (x: Value, shape: readonly number[] | Value): Value =>
    this.#one("Reshape", [x, typeof shape === "string" ? shape : this.ints(shape)]);
  /** Two axes: all before `axis`, and all from it on. */
  flatten = (x: Value, axis = 1): Value => this.#one("Flatten", [x], { axis });
  /** Axis i of the result is axis `perm[i]` of x. */
  transpose = (x: Value, perm: number[]): Value => this.#one("Transpose", [x], { perm });
  /** Without these axes of size 1. */
  squeeze = (x: Value, axes: readonly number[]): Value => this.#one("Squeeze", [x, this.ints(axes)]);
  /** Adds axes of size 1, at these places in the result. */
  unsqueeze = (x: Value, axes: readonly number[]): Value => this.#one("Unsqueeze", [x, this.ints(axes)]);
  /** x broadcast with a shape. */
  expand = (x: Value, shape: readonly number[] | Value): Value =>
    this.#one("Expand", [x, typeof shape === "string" ? shape : this.ints(shape)]);
  /** x repeated so many times along each axis. */
  tile = (x: Value, repeats: readonly number[] | Value): Value =>
    this.#one("Tile", [x, typeof repeats === "string" ? repeats : this.ints(repeats)]);
  /** The values one after the other along the axis. */
  concat = (values: readonly Value[], axis: number): Value => this.#one("Concat", values, { axis });
  /** Pieces of the given sizes along the axis. */
  split = (x: Value, sizes: readonly number[], axis = 0): Value[] =>
    this.node("Split", [x, this.ints(sizes)], { axis }, { outputs: sizes.length });
  /**
   * Along each of the axes, every `steps`-th element from a start to before an end; negative ones count from
   * the end.
   */
  slice = (
    x: Value,
    starts: readonly number[],
    ends: readonly (number | bigint)[],
    axes: readonly number[],
    steps?: readonly number[],
  ): Value =>
    this.#one("Slice", [x, this.ints(starts), this.ints(ends), this.ints(axes), steps && this.ints(steps)]);
  /** Adds `pads` more at the beginning of every axis, then at the end of every axis; fewer where negative. */
  pad = (x: Value, pads: readonly number[] | Value, value?: number, mode = "constant"): Value =>
    this.#one("Pad", [x, typeof pads === "string" ? pads : this.ints(pads), value], { mode });
  /** The slices at the indices along the axis: the axis of x becomes the axes of the indices. */
  gather = (x: Value, indices: Value, axis = 0): Value => this.#one("Gather", [x, indices], { axis });
  /** The element of each index along the axis, in the shape of the indices. */
  gatherElements = (x: Value, indices: Value, axis = 0): Value =>
    this.#one("GatherElements", [x, indices], { axis });
  /** The slices of x at coordinates, which lie along the last axis of the indices. */
  gatherND = (x: Value, indices: Value): Value => this.#one("GatherND", [x, indices]);
  /** x with updates at coordinates, which lie along the last axis of the indices. */
  scatterND = (x: Value, indices: Value, updates: Value, reduction = "none"): Value =>
    this.#one("ScatterND", [x, indices, updates], { reduction: unlessNone(reduction) });
  /** x with each update at its index along the axis. */
  scatterElements = (x: Value, indices: Value, updates: Value, axis = 0, reduction = "none"): Value =>
    this.#one("ScatterElements", [x, indices, updates], { axis, reduction: unlessNone(reduction) });
  /** A new axis of length `depth`, with the second of `offAndOn` at the index and the first elsewhere. */
  oneHot = (indices: Value, depth: number, offAndOn: Value, axis = -1): Value =>
    this.#one("OneHot", [indices, this.constant(int64([depth], [])), offAndOn], { axis });
  /** Blocks of channels become pixels: [N, C·b², H, W] → [N, C, H·b, W·b]. */
  depthToSpace = (x: Value, blocksize: number, mode: "DCR" | "CRD" = "DCR"): Value =>
    this.#one("DepthToSpace", [x], { blocksize, mode });
  /** Blocks of pixels become channels: [N, C, H·b, W·b] → [N, C·b², H, W]. */
  spaceToDepth = (x: Value, blocksize: number): Value => this.#one("SpaceToDepth", [x], { blocksize });
  /** Nearest-neighbour or other interpolation by constant factors, one per axis. */
  resize = (x: Value, scales: readonly number[], attributes: Record<string, AttributeLike> = {}): Value =>
    this.#one("Resize", [x, undefined, this.constant(float32(scales))], {
      mode: "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
      ...attributes,
    });
  /** A tensor of that shape, filled with the one number in `value`. */
  constantOfShape = (shape: Value, value: AnyTensor): Value =>
    this.#one("ConstantOfShape", [shape], { value });
  /** The upper or lower triangle of matrices, from diagonal k; 0 elsewhere. */
  trilu = (x: Value, upper: boolean, k = 0): Value =>
    this.#one("Trilu", [x, this.constant(int64([k], []))], { upper: Number(upper) });

  // Linear algebra, convolution, normalisation.
  /** Product of matrices, over the last two axes, broadcasting the others: [M, K] · [K, N] → [M, N]. */
  matMul = (a: Value, b: Value): Value => this.#one("MatMul", [a, b]);
  /** alpha · a · b + beta · c for matrices, transposed where asked. */
  gemm = (
    a: Value,
    b: Value,
    c?: Value,
    { transA = 0, transB = 0, alpha = 1, beta = 1 }: {
      transA?: number;
      transB?: number;
      alpha?: number;
      beta?: number;
    } = {},
  ): Value => this.#one("Gemm", [a, b, c], { transA, transB, alpha: float(alpha), beta: float(beta) });
  /** Convolution: x [N, C, …size], w [M, C / group, …kernel], bias [M] → [N, M, …size]. */
  conv = (
    x: Value,
    w: Value,
    bias?: Value,
    options: WindowOptions = {},
    { name }: { name?: string } = {},
  ): Value => this.node("Conv", [x, w, bias], { ...options }, name ? { name } : {})[0]!;
  /** Transposed convolution: x [N, C, …size], w [C, M / group, …kernel], bias [M] → [N, M, …size]. */
  convTranspose = (
    x: Value,
    w: Value,
    bias?: Value,
    options: WindowOptions & { output_padding?: number[] } = {},
  ): Value => this.#one("ConvTranspose", [x, w, bias], { ...options });
  /** Largest in each window, channel by channel. */
  maxPool = (x: Value, kernel_shape: number[], options: WindowOptions & { ceil_mode?: number } = {}): Value =>
    this.#one("MaxPool", [x], withDefaults({ kernel_shape }, options));
  /** Mean of each window, channel by channel. */
  averagePool = (
    x: Value,
    kernel_shape: number[],
    options: WindowOptions & { ceil_mode?: number; count_include_pad?: number } = {},
  ): Value => this.#one("AveragePool", [x], withDefaults({ kernel_shape }, options));
  /** Mean over all of each channel: [N, C, …size] → [N, C, 1, …]. */
  globalAveragePool = (x: Value): Value => this.#one("GlobalAveragePool", [x]);
  /** Largest of each channel: [N, C, …size] → [N, C, 1, …]. */
  globalMaxPool = (x: Value): Value => this.#one("GlobalMaxPool", [x]);
  /** Inference form, with stored statistics. */
  batchNorm = (
    x: Value,
    scale: Value,
    bias: Value,
    mean: Value,
    variance: Value,
    { epsilon = 1e-5, momentum = 0.9 }: { epsilon?: number; momentum?: number } = {},
  ): Value =>
    this.#one("BatchNormalization", [x, scale, bias, mean, variance], {
      epsilon: float(epsilon),
      momentum: float(momentum),
    });
  /** Mean 0 and variance 1 over the axes from `axis` on, then scaled and shifted. */
  layerNorm = (x: Value, scale: Value, bias?: Value, { axis = -1, epsilon = 1e-5 } = {}): Value =>
    this.#one("LayerNormalization", [x, scale, bias], { axis, epsilon: float(epsilon) });
  /** Mean 0 and variance 1 of each channel of each example, then scaled and shifted by channel. */
  instanceNorm = (x: Value, scale: Value, bias: Value, epsilon = 1e-5): Value =>
    this.#one("InstanceNormalization", [x, scale, bias], { epsilon: float(epsilon) });
  /**
   * Dropout: in training, zeros with probability `ratio` and the rest scaled up; else x. `training` is a
   * bool.
   */
  dropout = (x: Value, ratio: number, training: Value, seed?: number): Value =>
    this.#one("Dropout", [x, ratio, training], { seed });
}
