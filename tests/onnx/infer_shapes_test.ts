import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { toAttributes } from "../../lib/onnx/attribute.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Dim, Shape } from "../../lib/onnx/dim.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import type { Graph, Model } from "../../lib/onnx/model.ts";
import { shapeRows } from "../../lib/onnx/shapes/table.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { assertInferred } from "./every_value.ts";

const ones = (...dims: number[]) => float32(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1), dims);
const int = (min: number, max: number) => fc.integer({ min, max });
const flag = int(0, 1);
const list = (length: number, min: number, max: number) =>
  fc.array(int(min, max), { minLength: length, maxLength: length });

/** Adds nodes to a graph. */
type Build = (g: GraphBuilder) => void;

/** A family of random graphs, all of whose values must come out exactly. */
interface Family {
  runs?: number;
  graphs: fc.Arbitrary<Build>;
}

/** A shape of sizes and of the unknowns N (1, 2, 3 in turn) and M (5). */
const someShape = (minLength: number, maxLength: number): fc.Arbitrary<Shape> =>
  fc.array(fc.constantFrom<Dim>(1, 2, 3, 4, "N", "M"), { minLength, maxLength });

/** A shape that broadcasts with `shape`: fewer axes, some of them 1. */
const broadcastable = (shape: Shape) =>
  fc.tuple(int(0, shape.length), list(shape.length, 0, 1)).map(([drop, ones]) =>
    shape.map((dim, i) => ones[i] ? 1 : dim).slice(drop)
  );

const unary =
  `neg abs sign floor ceil round sqrt reciprocal exp log sin cos erf relu leakyRelu elu sigmoid hardSwish
  tanh softplus gelu silu softmax logSoftmax identity`.split(/\s+/) as ("neg" | "silu")[];
const binary = [
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
const reduce = `reduceSum reduceMean reduceMax reduceMin reduceProd reduceSumSquare reduceL1 reduceL2
  reduceLogSumExp`.split(/\s+/) as ("reduceSum" | "reduceMean")[];

/** Settings of a window over `rank` axes of size 9 and more. */
const window = (rank: number) =>
  fc.record({
    kernel: list(rank, 1, 3),
    strides: list(rank, 1, 3),
    dilations: list(rank, 1, 2),
    pads: list(2 * rank, 0, 1),
  });

const families: Record<string, Family> = {
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
const slicing: fc.Arbitrary<Build> = fc.tuple(
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

for (
  const [name, { graphs, runs = 40 }] of Object.entries({
    ...families,
    slicing: { graphs: slicing, runs: 80 },
  })
) {
  Deno.test(`inferShapes: ${name} as ONNX Runtime does it`, async () => {
    await fc.assert(
      fc.asyncProperty(graphs, int(1, 3), async (build, N) => {
        const g = new GraphBuilder("random");
        build(g);
        const { partial } = await assertInferred(g.model(), { N, M: 5, H: 10 + N, W: 12 });
        assert.deepEqual(partial, []);
      }),
      { numRuns: runs },
    );
  });
}

/** Builds, compares with ONNX Runtime at three batch sizes, and gives what was not completely known. */
async function partialOf(build: Build, opsets?: Record<string, number>): Promise<string[]> {
  let partial: string[] = [];
  for (const N of [1, 2, 3]) {
    const g = new GraphBuilder("fixed", opsets);
    build(g);
    ({ partial } = await assertInferred(g.model(), { N, M: 5, H: 10 + N, W: 12 }));
  }
  return partial;
}

Deno.test("inferShapes: what depends on data keeps its rank and type", async () => {
  const partial = await partialOf((g) => {
    const x = g.input("x", "float32", ["N", 3]);
    g.node("NonZero", [x]);
    g.node("Unique", [x], {}, { outputs: 4 });
    g.node("Unique", [x], { axis: 0 }, { name: "rows" });
    g.node("Compress", [x, g.cast(g.constant(int64([0, 1, 1])), "bool")], { axis: 1 });
    const [boxes, scores] = [g.constant(ones(1, 2, 4)), g.constant(ones(1, 1, 2))];
    g.node("NonMaxSuppression", [boxes, scores, g.constant(int64([2]))]);
    const first = g.gather(g.reshape(x, [-1]), g.ints([0]));
    g.reshape(x, g.where(g.greater(first, 0), g.ints([-1]), g.ints([3])));
  });
  assert.deepEqual(partial, [
    "nonzero",
    "unique",
    "unique.1",
    "unique.3",
    "rows",
    "compress",
    "nonmaxsuppression",
    "reshape_1",
  ]);
});

Deno.test("inferShapes: older operator sets give as attributes what is an input today", async () => {
  const build: Build = (g) => {
    const x = g.input("x", "float32", ["N", 4, "H", 6]);
    g.node("Slice", [x], { starts: [1, -3], ends: [3, 2147483647], axes: [1, 3] });
    g.node("Squeeze", [g.node("Unsqueeze", [x], { axes: [0, 2] })[0]!], { axes: [0] });
    g.node("ReduceSum", [x], { axes: [1, -1], keepdims: 0 });
    g.node("Split", [x], { axis: 1, split: [1, 3] }, { outputs: 2 });
    g.node("Pad", [x], { pads: [0, 1, 2, 3, 0, 1, 2, 3] });
    g.node("TopK", [x], { axis: 1, k: 2 }, { outputs: 2 });
    g.node("Upsample", [x, g.constant(float32([1, 1, 2, 2.5]))]);
    g.node("Dropout", [x], {}, { outputs: 2 });
    g.node("BatchNormalization", [x, ...Array.from({ length: 4 }, () => g.constant(ones(4)))]);
    g.node("Scatter", [x, g.constant(int64([0], [1, 1, 1, 1])), g.constant(ones(1, 1, 1, 1))]);
    g.node("Softmax", [x], { axis: 1 });
    g.node("Clip", [x], { min: 0.5, max: 1.5 });
  };
  assert.deepEqual(await partialOf(build, { "": 9 }), []);
  assert.deepEqual(
    await partialOf((g) => {
      g.node("Resize", [g.input("x", "float32", ["N", 2, "H", 6]), g.constant(float32([1, 1, 2, 0.5]))]);
    }, { "": 10 }),
    [],
  );
});

Deno.test("inferShapes: control flow has the types its subgraphs declare", async () => {
  const branch = (name: string, size: number): Graph => ({
    name,
    inputs: [],
    outputs: [name],
    nodes: [{
      op: "Constant",
      inputs: [],
      outputs: [name],
      attributes: toAttributes({ value: ones(size, 2) }),
    }],
    initializers: new Map(),
    values: new Map([[name, { type: "float32", shape: [size, 2] }]]),
  });
  const choose = (sizes: [number, number]): Build => (g) => {
    const condition = g.greater(
      g.reduceSum(g.input("x", "float32", ["N"]), undefined, { keepdims: false }),
      4,
    );
    g.node("If", [condition], {
      then_branch: { type: "graph", value: branch("yes", sizes[0]) },
      else_branch: { type: "graph", value: branch("no", sizes[1]) },
    });
  };
  assert.deepEqual(await partialOf(choose([3, 3])), []);
  assert.deepEqual(await partialOf(choose([3, 4])), ["if"]);
});

/** Graphs that cannot run, and what the error must say. */
const contradictions: Record<string, [Build, RegExp]> = {
  "matrices": [
    (g) => g.matMul(g.input("a", "float32", ["N", 3]), g.input("b", "float32", [4, 5])),
    /MatMul \(output "matmul"\).*\[N, 3\] by \[4, 5\].* 3 and 4$/,
  ],
  "channels": [
    (g) => g.conv(g.input("a", "float32", ["N", 3, 8, 8]), g.parameter("w", ones(4, 2, 3, 3))),
    /Conv .*\[N, 3, 8, 8\] has 3 channels, but weight \[4, 2, 3, 3\].* 2$/,
  ],
  "window too large": [
    (g) => g.maxPool(g.input("a", "float32", ["N", 3, 2, 2]), [3, 3]),
    /MaxPool .*window of 3 .*\[N, 3, 2, 2\]/,
  ],
  "broadcast": [
    (g) => g.add(g.input("a", "float32", ["N", 3]), g.input("b", "float32", [4])),
    /Add .*\[N, 3\] and \[4\] do not broadcast/,
  ],
  "gemm": [
    (g) => g.gemm(g.input("a", "float32", [2, 3]), g.input("b", "float32", [2, 3])),
    /Gemm .*\[2, 3\] by \[2, 3\].* 3 and 2$/,
  ],
  "reshape": [
    (g) => g.reshape(g.input("a", "float32", [2, 3]), [4, -1]),
    /Reshape .*\[2, 3\] the shape \[4, -1\]/,
  ],
  "concat": [
    (g) => g.concat([g.input("a", "float32", [2, 3]), g.input("b", "float32", [2, 4])], 0),
    /Concat .*\[2, 3\] and \[2, 4\] along axis 0/,
  ],
  "axis": [
    (g) => g.softmax(g.reduceSum(g.input("a", "float32", [2, 3]), [2])),
    /ReduceSum .*axis 2 is outside rank 2.*\[2, 3\]/,
  ],
  "channels of a norm": [
    (g) => {
      const c = g.parameter("c", ones(4));
      g.batchNorm(g.input("a", "float32", ["N", 3, 2]), c, c, c, c);
    },
    /BatchNormalization .*\[N, 3, 2\] has 3 channels.*"c" has \[4\]/,
  ],
  "squeeze": [
    (g) => g.squeeze(g.input("a", "float32", [2, 3]), [0]),
    /Squeeze .*axis 0 of \[2, 3\]/,
  ],
};

for (const [name, [build, message]] of Object.entries(contradictions)) {
  Deno.test(`inferShapes: a contradiction names node and shapes: ${name}`, () => {
    assert.throws(() => build(new GraphBuilder("wrong")), (error: Error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /^Cannot infer the shape of /);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("inferShapes: an operator without a row leaves its outputs unknown, and what follows", () => {
  const g = new GraphBuilder("odd");
  const [y] = g.node("Frobnicate", [g.input("x", "float32", ["N"])], {}, { domain: "org.example" });
  const z = g.add(y!, 1);
  assert.deepEqual([g.info(y!), g.info(z)], [{}, { type: "float32" }]);
  assert.throws(() => g.shape(z), /Cannot build on value "add"/);
});

Deno.test("inferShapes: what a file declares counts where nothing else tells, and for its own input shapes", () => {
  const g = new GraphBuilder("declared");
  const x = g.input("x", "float32", ["N", 3]);
  const [y] = g.node("Frobnicate", [x], {}, { domain: "org.example" });
  g.node("NonZero", [x]);
  const graph = g.graph();
  const values = new Map(graph.values);
  values.set(y!, { type: "float32", shape: ["N", 7] }).set("nonzero", { type: "int64", shape: [2, 5] });
  const shapes = (inputShapes: Record<string, Shape>) => {
    const inferred = inferShapes(g.model().withGraph({ ...graph, values }), { inputShapes }).graph.values;
    return [y!, "nonzero"].map((name) => inferred.get(name)?.shape);
  };
  assert.deepEqual(shapes({}), [["N", 7], [2, 5]]);
  assert.deepEqual(shapes({ x: [4, 3] }), [[4, 7], [2, 5]]);
  assert.deepEqual(shapes({ x: [4, 9] }), [undefined, [2, "nonzero#1"]]);
});

Deno.test("inferShapes: given input shapes bind unknowns everywhere", () => {
  const g = new GraphBuilder("bound");
  const x = g.input("x", "float32", ["N", "H"]);
  g.output(g.add(x, g.input("y", "float32", ["N", 1])), "z");
  const shapeIn = (model: Model, name: string) => model.graph.values.get(name)?.shape;
  const bound = inferShapes(g.model(), { inputShapes: { x: [4, "T"] } });
  assert.deepEqual(["y", "z"].map((name) => shapeIn(bound, name)), [[4, 1], [4, "T"]]);
  // Numbers can be changed too: what was inferred for the old ones does not stay.
  const again = inferShapes(bound, { inputShapes: { x: [9, 9], y: [9, 1] } });
  assert.deepEqual(shapeIn(again, "z"), [9, 9]);
  assert.deepEqual(shapeIn(g.model(), "z"), ["N", "H"], "the model given is not changed");
  assert.throws(() => inferShapes(g.model(), { inputShapes: { q: [1] } }), /"q".*inputs are "x", "y"/);
  assert.throws(() => inferShapes(g.model(), { inputShapes: { x: [1] } }), /"x".*\[1\].*\[N, H\]/);
});

Deno.test("inferShapes: every operator of the builder has a row", async () => {
  const source = await Deno.readTextFile(new URL("../../lib/onnx/builder.ts", import.meta.url));
  const operators = [...source.matchAll(/(?:#one|#reduce|\.node|#claim)\(\s*"(\w+)"/g)].map((match) =>
    match[1]!
  );
  assert.ok(operators.length > 90, `found ${operators.length} operators`);
  assert.deepEqual(operators.filter((operator) => !(operator in shapeRows)), []);
});
