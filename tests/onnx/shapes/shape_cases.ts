/** Random graphs of one node each, by family: what shapes are inferred of them is compared with ONNX Runtime's. */
import fc from "npm:fast-check@4.10.2";
import type { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { Dim, Shape } from "../../../lib/onnx/dim.ts";
import { float32, int64 } from "../../../lib/tensor/tensor.ts";

export const ones = (...dims: number[]) =>
  float32(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1), dims);

export const int = (min: number, max: number) => fc.integer({ min, max });

export const flag = int(0, 1);

export const list = (length: number, min: number, max: number) =>
  fc.array(int(min, max), { minLength: length, maxLength: length });

/** Adds nodes to a graph. */
export type Build = (g: GraphBuilder) => void;

/** A family of random graphs, all of whose values must come out exactly. */
export interface Family {
  runs?: number;
  graphs: fc.Arbitrary<Build>;
}

/** A shape of sizes and of the unknowns N (1, 2, 3 in turn) and M (5). */
export const someShape = (minLength: number, maxLength: number): fc.Arbitrary<Shape> =>
  fc.array(fc.constantFrom<Dim>(1, 2, 3, 4, "N", "M"), { minLength, maxLength });

/** A shape that broadcasts with `shape`: fewer axes, some of them 1. */
export const broadcastable = (shape: Shape) =>
  fc.tuple(int(0, shape.length), list(shape.length, 0, 1)).map(([drop, ones]) =>
    shape.map((dim, i) => ones[i] ? 1 : dim).slice(drop)
  );

export const unary =
  `neg abs sign floor ceil round sqrt reciprocal exp log sin cos erf relu leakyRelu elu sigmoid hardSwish
  tanh softplus gelu silu softmax logSoftmax identity`.split(/\s+/) as ("neg" | "silu")[];

export const binary = [
  "add",
  "sub",
  "mul",
  "div",
  "pow",
  "min",
  "max",
  "equal",
  "greater",
  "greaterOrEqual",
  "less",
] as const;

export const reduce = `reduceSum reduceMean reduceMax reduceMin reduceProd reduceSumSquare reduceL1 reduceL2
  reduceLogSumExp`.split(/\s+/) as ("reduceSum" | "reduceMean")[];

/** Settings of a window over `rank` axes of size 9 and more. */
export const window = (rank: number) =>
  fc.record({
    kernel: list(rank, 1, 3),
    strides: list(rank, 1, 3),
    dilations: list(rank, 1, 2),
    pads: list(2 * rank, 0, 1),
  });

export const families: Record<string, Family> = {
  "elementwise with broadcasting": {
    graphs: someShape(0, 4).chain((shape) =>
      fc.tuple(broadcastable(shape), broadcastable(shape), fc.boolean()).map(
        ([b, c, swap]) => (g: GraphBuilder) => {
          const x = g.input("x", "float32", shape);
          const y = g.input("y", "float32", b);
          const z = g.input("z", "float32", c);
          const i = g.input("i", "int64", b);
          for (const op of binary) swap ? g[op](x, y) : g[op](y, x);
          g.mod(x, y, 1);
          g.mean(x, y, z);
          const condition = g.and(g.lessOrEqual(x, y), g.not(g.or(g.equal(z, 1), g.equal(x, 2))));
          g.cast(g.where(condition, x, z), "int32");
          g.add(i, i);
          g.clip(x, 0, 1);
          g.prelu(x, g.parameter("slope", ones()));
          g.dropout(x, 0.5, g.cast(g.constant(int64([0], [])), "bool"));
          if (shape.length > 0) { for (const op of unary) g[op](x); }
        },
      )
    ),
  },

  "reductions": {
    graphs: someShape(1, 4).chain((shape) =>
      fc.tuple(fc.uniqueArray(int(0, shape.length - 1)), fc.boolean(), fc.boolean()).map((
        [axes, keepdims, negative],
      ) =>
      (g: GraphBuilder) => {
        const x = g.input("x", "float32", shape);
        const given = axes.map((axis) => negative ? axis - shape.length : axis);
        for (const op of reduce) g[op](x, given.length ? given : undefined, { keepdims });
        g.argMax(x, given[0] ?? 0, { keepdims });
        g.node("ArgMin", [x], { axis: given[0] ?? 0 });
        g.cumSum(x, given[0] ?? 0);
        g.node("ReduceSum", [x, g.ints([])], { noop_with_empty_axes: 1 });
        g.topK(x, 1, given[0] ?? -1);
      })
    ),
  },

  "convolution and pooling": {
    runs: 60,
    graphs: int(1, 3).chain((rank) =>
      fc.tuple(window(rank), int(1, 2), flag, list(rank, 0, 1)).map((
        [{ kernel, strides, dilations, pads }, group, ceil_mode, output_padding],
      ) =>
      (g: GraphBuilder) => {
        const space = ["H", "W", 9].slice(0, rank);
        const x = g.input("x", "float32", ["N", 4, ...space]);
        const w = g.parameter("w", ones(6, 4 / group, ...kernel));
        const t = g.parameter("t", ones(4, 3, ...kernel));
        g.conv(x, w, g.parameter("b", ones(6)), { strides, dilations, pads, group });
        for (const auto_pad of ["SAME_UPPER", "SAME_LOWER", "VALID"]) {
          g.node("Conv", [x, w], { auto_pad, strides, group });
          // Where windows leave gaps, this padding would be negative, which the runtime refuses.
          const kernel_shape = kernel.map((size, axis) => Math.max(size, strides[axis]!));
          g.node("MaxPool", [x], { auto_pad, strides, kernel_shape });
        }
        const smaller = output_padding.map((p, i) => Math.min(p, strides[i]! - 1));
        g.convTranspose(x, t, undefined, { strides, dilations, pads, group, output_padding: smaller });
        g.node("ConvTranspose", [x, t], { auto_pad: "SAME_UPPER", strides, group });
        const inside = pads.map((pad, i) => Math.min(pad, kernel[i % rank]! - 1));
        g.maxPool(x, kernel, { strides, dilations, pads: inside, ceil_mode });
        g.averagePool(x, kernel, { strides, pads: inside, ceil_mode });
        g.node("LpPool", [x], { kernel_shape: kernel, strides, pads: inside });
        g.node("MaxPool", [x], { kernel_shape: kernel, strides }, { outputs: 2 });
        g.globalAveragePool(x);
        g.globalMaxPool(x);
      })
    ),
  },

  "matrix products": {
    graphs: fc.tuple(someShape(0, 2), flag, flag, int(1, 3)).chain(([stack, transA, transB, k]) =>
      broadcastable(stack).map((other) => (g: GraphBuilder) => {
        const a = g.input("a", "float32", [...stack, "N", k]);
        const b = g.input("b", "float32", [...other, k, "M"]);
        const v = g.input("v", "float32", [k]);
        g.matMul(a, b);
        g.matMul(a, v);
        g.matMul(v, b);
        g.matMul(v, v);
        const p = g.input("p", "float32", transA ? [k, "N"] : ["N", k]);
        const q = g.input("q", "float32", transB ? ["M", k] : [k, "M"]);
        g.gemm(p, q, g.parameter("c", ones(1)), { transA, transB });
        // The runtime's own inference takes an unknown and a 1 under "..." for a contradiction.
        if (!stack.some((dim, i) => dim !== other[i])) {
          g.node("Einsum", [a, b], { equation: "...ij,...jk->...ik" });
        }
        g.node("Einsum", [p, p], { equation: "ij, ij" });
        g.node("Einsum", [p], { equation: "ij->j" });
        const [l, r] = [
          g.input("l", "float32", [2, ...transA ? [k, "N"] : ["N", k]]),
          g.input("r", "float32", [2, ...transB ? ["M", k] : [k, "M"]]),
        ];
        g.node("FusedMatMul", [l, r], { transA, transB }, { domain: "com.microsoft" });
      })
    ),
  },

  "layout": {
    runs: 60,
    graphs: fc.tuple(someShape(2, 4), int(1, 3)).chain(([shape, parts]) =>
      fc.tuple(
        fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
        int(-shape.length, shape.length - 1),
        list(2 * shape.length, 0, 2),
        int(0, shape.length),
      ).map(([perm, axis, pads, flat]) => (g: GraphBuilder) => {
        const x = g.input("x", "float32", shape);
        g.transpose(x, perm);
        g.node("Transpose", [x]);
        g.flatten(x, flat);
        g.flatten(x, flat - shape.length);
        g.unsqueeze(x, [axis, axis < 0 ? axis - 1 : axis + 1]);
        g.squeeze(g.unsqueeze(x, [axis]), [axis]);
        const wide = g.concat(Array.from({ length: parts }, () => x), axis);
        g.concat([wide, x], axis);
        g.node("Split", [wide], { axis, num_outputs: parts }, { outputs: parts });
        g.node("Split", [g.input("uneven", "float32", [7, "N"])], { num_outputs: parts }, { outputs: parts });
        g.node("Split", [g.input("open", "float32", ["H"])], { num_outputs: parts }, { outputs: parts });
        const length = g.node("Shape", [wide], { start: axis, end: axis === -1 ? undefined : axis + 1 })[0]!;
        g.node("Split", [wide, g.concat([g.ints([0]), length], 0)], { axis }, { outputs: 2 });
        const size = shape.at(axis);
        if (typeof size === "number") g.split(g.concat([x, x], axis), [size - 1, size + 1], axis);
        g.pad(x, pads);
        g.node("Pad", [x, g.ints([1, 2]), undefined, g.ints([axis])]);
        g.tile(x, pads.slice(0, shape.length));
        g.expand(x, [3, ...shape.map(() => 1)]);
        g.reshape(x, [0, -1]);
        g.reshape(x, [-1]);
        g.trilu(x, true);
        g.shapeOf(x);
        g.node("Shape", [x], { start: 1 });
        g.node("Shape", [x], { start: -2, end: -1 });
        g.node("Size", [x]);
      })
    ),
  },

  "normalization": {
    graphs: fc.tuple(int(-4, 3), int(1, 2)).map(([axis, training]) => (g: GraphBuilder) => {
      const x = g.input("x", "float32", ["N", 4, "M", 3]);
      const c = g.parameter("c", ones(4));
      g.batchNorm(x, c, c, c, c);
      if (training === 2) g.node("BatchNormalization", [x, c, c, c, c], { training_mode: 1 }, { outputs: 3 });
      g.instanceNorm(x, c, c);
      g.node("LRN", [x], { size: 3 });
      g.node("LpNormalization", [x], { axis });
      g.node("MeanVarianceNormalization", [x]);
      const y = g.input("y", "float32", ["N", 5, 4]);
      g.node("LayerNormalization", [y, c], { axis: -1 }, { outputs: 3 });
      g.layerNorm(y, g.parameter("s", ones(5, 4)), undefined, { axis: 1 });
      const extra = { domain: "com.microsoft" };
      g.node("SkipLayerNormalization", [y, y, c, c, c], {}, extra);
      for (const op of ["QuickGelu", "FastGelu", "Gelu"]) g.node(op, [y], {}, extra);
      g.node("BiasGelu", [y, c], {}, extra);
      g.node("FusedConv", [x, g.parameter("w", ones(2, 4, 1, 1))], { activation: "Relu" }, extra);
    }),
  },

  "attention": {
    runs: 20,
    graphs: fc.tuple(int(1, 3), int(1, 3)).map(([heads, size]) => (g: GraphBuilder) => {
      const hidden = heads * size;
      const extra = { domain: "com.microsoft" };
      const x = g.input("x", "float32", ["N", "M", hidden]);
      const w = g.constant(ones(hidden, 3 * hidden));
      g.node("Attention", [x, w, g.constant(ones(3 * hidden))], { num_heads: heads }, extra);
      const memory = g.input("memory", "float32", ["N", 4, hidden]);
      g.node("MultiHeadAttention", [x, memory, memory], { num_heads: heads }, extra);
    }),
  },

  "picking elements": {
    graphs: fc.tuple(someShape(1, 2), int(-3, 2), flag).map(
      ([indexShape, axis, keep]) => (g: GraphBuilder) => {
        const x = g.input("x", "float32", [7, 6, 8]);
        const indices = g.input("i", "int64", indexShape);
        g.gather(x, indices, axis);
        g.gather(g.input("table", "float32", ["M", "N"]), g.parameter("first", int64([0], [])), 1);
        const nd = g.input("nd", "int64", ["N", "M", 2]);
        const same = g.input("same", "int64", [2, "N", 2]);
        g.gatherND(x, nd);
        g.node(
          "GatherND",
          [g.input("batch", "float32", ["N", 3, 4]), g.input("of", "int64", ["N", "M", 1])],
          {
            batch_dims: 1,
          },
        );
        g.gatherElements(x, same, axis);
        g.scatterND(x, nd, g.input("u", "float32", ["N", "M", 8]));
        g.scatterElements(
          x,
          g.parameter("to", int64([1, 0], [1, 1, 2])),
          g.parameter("from", ones(1, 1, 2)),
          axis,
        );
        g.topK(x, 3, axis);
        g.oneHot(indices, 9, g.parameter("offOn", ones(2)), indexShape.length - 1 + keep);
        g.node("ReverseSequence", [x, g.parameter("lengths", int64([1, 2, 3, 4, 5, 6]))]);
      },
    ),
  },

  "images": {
    graphs: fc.tuple(list(2, 1, 6), int(1, 9), int(1, 9)).map(
      ([factors, height, width]) => (g: GraphBuilder) => {
        const x = g.input("x", "float32", ["N", 8, "H", 6]);
        g.depthToSpace(x, 2);
        g.depthToSpace(x, 2, "CRD");
        g.spaceToDepth(g.concat([x, x], 2), 2);
        g.resize(x, [1, 1, factors[0]! / 2, factors[1]! / 2]);
        g.resize(x, [1, 1, factors[0]!, 1.7], { mode: "linear" });
        const sizes = g.ints([height, width]);
        g.node("Resize", [x, undefined, undefined, sizes], { axes: [2, 3], mode: "linear" });
        const still = g.input("still", "float32", [1, 1, 7, 5]);
        g.resize(still, [1, 1, 0.37 * factors[0]!, 0.6 * factors[1]!]);
        for (const keep_aspect_ratio_policy of ["not_larger", "not_smaller"]) {
          g.node("Resize", [still, undefined, undefined, sizes], { axes: [2, 3], keep_aspect_ratio_policy });
        }
        g.node("DFT", [g.input("signal", "float32", ["N", 9, 2])]);
        const real = g.input("real", "float32", ["N", "M", 8, 1]);
        g.node("DFT", [real, g.constant(int64([height], [])), g.constant(int64([1], []))], { onesided: 1 });
        g.node("DFT", [real], { onesided: 1 });
        g.node("GridSample", [x, g.input("grid", "float32", ["N", "M", 4, 2])]);
        g.node("Col2Im", [g.input("columns", "float32", ["N", 12, 15]), g.ints([4, 6]), g.ints([2, 2])]);
        g.node("AffineGrid", [g.input("theta", "float32", ["N", 2, 3]), g.concat([g.shapeOf(x)], 0)]);
        g.node("CenterCropPad", [still, g.ints([3, 9])], { axes: [2, 3] });
        const boxes = g.node("Shape", [g.input("boxes", "float32", ["M", 4])])[0]!;
        const empty = g.constantOfShape(boxes, float32([0]));
        const which = g.constantOfShape(g.slice(boxes, [0], [1], [0]), int64([0]));
        g.node("RoiAlign", [x, empty, which], { output_height: height, output_width: width });
        g.node("MaxRoiPool", [x, g.pad(empty, [0, 1, 0, 0])], { pooled_shape: [2, 3] });
      },
    ),
  },

  "recurrent layers": {
    runs: 20,
    graphs: fc.tuple(flag, int(1, 3)).map(([both, hidden]) => (g: GraphBuilder) => {
      const x = g.input("x", "float32", ["M", "N", 2]);
      const directions = 1 + both;
      for (const [op, gates, outputs] of [["LSTM", 4, 3], ["GRU", 3, 2], ["RNN", 1, 2]] as const) {
        const w = g.constant(ones(directions, gates * hidden, 2));
        const r = g.constant(ones(directions, gates * hidden, hidden));
        const settings = { hidden_size: hidden, direction: both ? "bidirectional" : "forward" };
        g.node(op, [x, w, r], settings, { outputs });
      }
    }),
  },

  "constants and random numbers": {
    graphs: fc.tuple(int(-3, 3), int(0, 9), int(1, 3), someShape(1, 3)).map((
      [start, limit, delta, shape],
    ) =>
    (g: GraphBuilder) => {
      const x = g.input("x", "float32", shape);
      const number = (value: number) => g.constant(int64([value], []));
      g.node("Range", [number(start), number(limit), number(delta)]);
      const rows = g.gather(g.shapeOf(x), number(0));
      g.node("Range", [number(0), rows, number(delta)]);
      g.constantOfShape(g.shapeOf(x), int64([7]));
      g.node("ConstantOfShape", [g.shapeOf(x)]);
      g.node("Constant", [], { value: ones(2, 3) });
      g.node("Constant", [], { value_int: 4 });
      g.node("Constant", [], { value_ints: [4, 5] });
      g.node("Constant", [], { value_floats: { type: "floats", value: [4, 5] } });
      g.node("RandomNormal", [], { shape: [2, 3] });
      g.node("RandomUniform", [], { shape: [2], dtype: 11 });
      g.node("RandomNormalLike", [x]);
      g.node("Bernoulli", [g.clip(x, 0, 1)], { dtype: 9 });
      g.node("EyeLike", [g.input("square", "float32", ["N", 3])], { dtype: 7 });
      g.node("Multinomial", [g.input("odds", "float32", ["N", 3])], { sample_size: 4, dtype: 7 });
      const [q, scale, zero] = g.node("DynamicQuantizeLinear", [x], {}, { outputs: 3 }) as [
        string,
        string,
        string,
      ];
      g.node("DequantizeLinear", [q, scale, zero]);
      g.node("QuantizeLinear", [x, scale, zero]);
      g.node("MatMulInteger", [
        g.node("Cast", [g.reshape(x, [1, -1])], { to: 2 })[0]!,
        g.node("Cast", [g.reshape(x, [-1, 1])], { to: 2 })[0]!,
      ]);
      g.node("CastLike", [x, q]);
      g.node("IsNaN", [x]);
    }),
  },

  "shape arithmetic": {
    graphs: fc.tuple(int(1, 4), flag).map(([heads, keep]) => (g: GraphBuilder) => {
      const x = g.input("x", "float32", ["N", "M", 4 * heads]);
      const shape = g.shapeOf(x);
      const at = (i: number) => g.gather(shape, g.ints([i]));
      const one = (i: number) => g.unsqueeze(g.gather(shape, g.constant(int64([i], []))), [0]);
      // Heads split off and joined again, as exporters write it.
      const split = g.reshape(x, g.concat([at(0), at(-2), g.ints([heads, 4])], 0));
      g.reshape(
        g.transpose(split, [0, 2, 1, 3]),
        g.concat([one(0), g.ints([-1]), g.slice(shape, [2], [3], [0])], 0),
      );
      g.reshape(x, g.concat([g.reduceProd(g.slice(shape, [0], [2], [0]), [0]), at(2)], 0));
      g.reshape(x, g.cast(g.cast(g.concat([g.mul(at(0), at(1)), g.ints([-1])], 0), "float32"), "int64"));
      g.expand(g.constant(ones(1)), g.concat([g.add(at(0), at(1)), g.sub(at(2), g.ints([1]))], 0));
      g.constantOfShape(g.max(at(0), g.ints([2])), ones(1));
      g.constantOfShape(g.div(g.min(at(1), g.ints([3])), g.ints([2])), ones(1));
      g.tile(x, g.concat([g.ints([2]), at(1), at(0)], 0));
      const open = g.constantOfShape(g.ints([3]), int64([-1]));
      const asked = g.where(g.equal(g.ints([-1, -1, 8]), open), shape, g.ints([-1, -1, 8]));
      g.expand(g.constant(ones(1)), asked);
      g.slice(x, [0], [1], [keep]);
      g.node("Slice", [x, g.ints([0]), g.sub(at(1), g.ints([1])), g.ints([1])]);
      g.pad(x, g.concat([g.ints([0, 0, 0]), at(0), g.ints([0, 0])], 0));
      g.reshape(x, g.squeeze(g.unsqueeze(g.concat([at(0), g.ints([-1])], 0), [0]), [0]));
      g.constantOfShape(g.mod(at(1), g.ints([3])), ones(1));
      g.expand(g.constant(ones(1)), g.slice(shape, [-1], [-4], [0], [-1]));
    }),
  },
};

/** Slices need their own sizes: bounds may lie anywhere around an axis. */
export const slicing: fc.Arbitrary<Build> = fc.tuple(
  list(2, -7, 7),
  list(2, -7, 7),
  fc.constantFrom(-3, -2, -1, 1, 2, 3),
  flag,
)
  .map(([starts, ends, step, far]) => (g: GraphBuilder) => {
    const x = g.input("x", "float32", [5, 4, "N"]);
    g.slice(x, starts, ends, [0, -2], [step, 1]);
    const end = step < 0 ? -(2 ** 31) : far ? 2 ** 31 - 1 : 2n ** 63n - 1n;
    g.slice(x, [starts[0]!], [end], [1], [step]);
    g.node("Slice", [x, g.ints(starts), g.ints(ends)]);
  });
