import { TypeError } from "../../errors.ts";
import { describe, intAttribute } from "../attribute.ts";
import type { GraphBuilder, Value } from "../builder.ts";
import { constantOf, first, type GradientRules } from "./call.ts";
import { dimValue, expandLike, reshapeLike, shapeValue } from "./shape.ts";
import { onesKernel, spans, spread, type Window, windowOf } from "./window.ts";
import { sizeOf } from "../../tensor/tensor.ts";

/** [N, C, …] → [N·C, 1, …]: pooling treats channels as examples. */
function single(g: GraphBuilder, value: Value): Value {
  const spatial = g.shape(value).slice(2).map((_, i) => dimValue(g, value, i + 2));
  return g.reshape(value, g.concat([g.ints([-1, 1]), ...spatial], 0));
}

/** How many elements each window averages over: [1, 1, …] in the spatial shape of `y`, or one number. */
function windowSizes(
  g: GraphBuilder,
  { x, y, window, includePad }: { x: Value; y: Value; window: Window; includePad: boolean },
): Value {
  const { kernel, strides, dilations, begin, end } = window;
  const [type, rank] = [g.info(x).type, kernel.length];
  const span = spans(window);
  const [from, to] = [g.shape(x).slice(2), g.shape(y).slice(2)];
  const all = sizeOf(kernel);
  // Rounding up lets the last window hang over the padded end, and what hangs over never counts.
  const over = to.map((places, i) =>
    typeof places === "number" && typeof from[i] === "number"
      ? Math.max((places - 1) * strides[i]! + span[i]! - (from[i] + begin[i]! + end[i]!), 0)
      : span[i]! - 1
  );
  const plain = over.every((n) => n === 0) && (includePad || [...begin, ...end].every((pad) => pad === 0));
  if (plain) return constantOf(g, type, all);
  const sizes = g.node("Shape", [x], { start: 2 })[0]!;
  const grown = includePad ? g.add(sizes, g.ints(begin.map((pad, i) => pad + end[i]!))) : sizes;
  const ones = g.expand(constantOf(g, "float32", 1), g.concat([g.ints([1, 1]), grown], 0));
  const none = new Array<number>(rank).fill(0);
  const pads = includePad ? [...none, ...over] : [...begin, ...end.map((pad, i) => pad + over[i]!)];
  const weights = onesKernel(g, ones, kernel);
  const counts = g.conv(ones, weights, undefined, { strides, dilations, pads });
  const cut = g.node("Slice", [
    counts,
    g.ints(none),
    g.node("Shape", [y], { start: 2 })[0]!,
    g.ints(to.map((_, i) => i + 2)),
  ])[0]!;
  g.declare(cut, { type: "float32", shape: [1, 1, ...to] });
  return type === undefined || type === "float32" ? cut : g.cast(cut, type);
}

const averagePool = first(({ g, node }, dy, x, y) => {
  const window = windowOf(g, node, { input: x, output: y });
  const includePad = intAttribute(node, "count_include_pad", 0) === 1;
  const shares = g.div(dy, windowSizes(g, { x, y, window, includePad }));
  // Where rounding up left a hole at the end, spreading cuts what hangs over.
  const wide = spread(g, single(g, shares), onesKernel(g, x, window.kernel), { window, x });
  return reshapeLike(g, wide, x);
});

/**
 * Every maximum passes its gradient to the place it came from, which the forward operator tells: the first
 * one where several are equal, as in PyTorch.
 */
const maxPool = first(({ g, node }, dy, x) => {
  if (intAttribute(node, "storage_order", 0) !== 0) {
    throw new TypeError(
      `Cannot differentiate ${describe(node)}: storage_order 1 has no gradient; expected 0`,
    );
  }
  const flat = (value: Value) => g.reshape(value, [-1]);
  const indices = g.outputOf(node, 1);
  const size = g.node("Size", [x])[0]!;
  const zeros = g.expand(constantOf(g, g.info(x).type, 0), g.reshape(size, [1]));
  const sum = g.scatterElements(zeros, flat(indices), flat(dy), 0, "add");
  return reshapeLike(g, sum, x);
});

/** Every number was put in one place, whose gradient it gets. */
const maxUnpool = first(({ g, node }, dy, x) => {
  const flat = (value: Value) => g.reshape(value, [-1]);
  const [read] = g.node("Gather", [flat(dy), flat(node.inputs[1]!)], { axis: 0 });
  return reshapeLike(g, read!, x);
});

const globalAveragePool = first(({ g, constant }, dy, x) => {
  const sizes = g.shape(x).slice(2);
  if (sizes.every((size) => typeof size === "number")) {
    return expandLike(g, g.mul(dy, constant(1 / sizeOf(sizes))), x);
  }
  const count = g.reduceProd(g.node("Shape", [x], { start: 2 })[0]!, undefined, { keepdims: false });
  return g.expand(g.div(dy, g.cast(count, g.info(x).type ?? "float32")), shapeValue(g, x));
});

/** The largest ones share what comes, as in ReduceMax. */
const globalMaxPool = first(({ g }, dy, x, y) => {
  const winners = g.cast(g.equal(x, y), g.info(x).type ?? "float32");
  const axes = g.shape(x).slice(2).map((_, i) => i + 2);
  return g.mul(winners, g.div(dy, g.reduceSum(winners, axes)));
});

export const pooling: GradientRules = {
  AveragePool: averagePool,
  MaxPool: maxPool,
  MaxUnpool: maxUnpool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
};
