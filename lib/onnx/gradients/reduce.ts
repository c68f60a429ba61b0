import { intAttribute } from "../attribute.ts";
import type { Value } from "../builder.ts";
import { divideDims, multiplyDims, shapeSize } from "../dim.ts";
import { first, type GradientCall, type GradientRule, type GradientRules } from "./call.ts";
import { expandLike } from "./shape.ts";

/** A value in the shape of the reduction's output, with the reduced axes put back as 1. */
function kept({ g, node, x: [x, axes] }: GradientCall, value: Value): Value {
  if (intAttribute(node, "keepdims", 1) === 1) return value;
  if (axes && g.contents(axes)?.length !== 0) return g.node("Unsqueeze", [value, axes])[0]!;
  const rank = g.shape(x!).length;
  if (g.shape(value).length === rank) return value;
  return rank === 0 ? value : g.reshape(value, new Array<number>(rank).fill(1));
}

/**
 * Rule of a reduction: `dx` gets d loss / d y with the reduced axes as 1, and may return any shape up to x's.
 */
function reduction(dx: (call: GradientCall, dy: Value, x: Value, y: () => Value) => Value): GradientRule {
  return first((call, dy, x, y) => expandLike(call.g, dx(call, kept(call, dy), x, () => kept(call, y)), x));
}

/** 1 / (how many numbers of x each number of y is the mean of), known now or when the graph runs. */
export function shareOfMean({ g, constant }: GradientCall, x: Value, y: Value): Value {
  const [all, left] = [shapeSize(g.shape(x)), shapeSize(g.shape(y))];
  if (left !== 0) {
    const count = divideDims(all, left);
    if (typeof count === "number" && multiplyDims(count, left) === all) return constant(1 / count);
  }
  const size = (value: Value) => g.cast(g.node("Size", [value])[0]!, g.info(x).type ?? "float32");
  return g.div(size(y), size(x));
}

/** Adds another reduction over the same axes, which stay as 1. */
function likewise({ g, node, x: [, axes] }: GradientCall, op: string, value: Value): Value {
  const noop_with_empty_axes = intAttribute(node, "noop_with_empty_axes", 0);
  return g.node(op, [value, axes], { keepdims: 1, noop_with_empty_axes })[0]!;
}

/** The largest or smallest ones share what comes equally, as in PyTorch's `amax`. */
const extreme = reduction((call, dy, x, y) => {
  const { g } = call;
  const winners = g.cast(g.equal(x, y()), g.info(x).type ?? "float32");
  return g.mul(winners, g.div(dy, likewise(call, "ReduceSum", winners)));
});

/** The product of the others: where exactly one number is 0, only that one has a slope. */
const product = reduction((call, dy, x, y) => {
  const { g, constant } = call;
  const [zero, one] = [constant(0), constant(1)];
  const isZero = g.equal(x, zero);
  const zeros = likewise(call, "ReduceSum", g.where(isZero, one, zero));
  const others = g.where(isZero, one, x);
  const rest = g.where(g.equal(zeros, one), likewise(call, "ReduceProd", others), zero);
  return g.mul(dy, g.where(isZero, rest, g.div(y(), others)));
});

export const reductions: GradientRules = {
  ReduceSum: reduction((_, dy) => dy),
  ReduceMean: reduction((call, dy, x) => call.g.mul(dy, shareOfMean(call, x, call.y[0]!))),
  ReduceMax: extreme,
  ReduceMin: extreme,
  ReduceProd: product,
  ReduceSumSquare: reduction(({ g, constant }, dy, x) => g.mul(x, g.mul(dy, constant(2)))),
  ReduceL1: reduction(({ g }, dy, x) => g.mul(g.sign(x), dy)),
  // At the origin the norm has no slope; 0 is the one PyTorch takes.
  ReduceL2: reduction(({ g, constant }, dy, x, y) => {
    const norm = y();
    return g.mul(x, g.div(dy, g.where(g.equal(norm, constant(0)), constant(1), norm)));
  }),
  ReduceLogSum: reduction(({ g }, dy, _, y) => g.mul(dy, g.exp(g.neg(y())))),
  ReduceLogSumExp: reduction(({ g }, dy, x, y) => g.mul(g.exp(g.sub(x, y())), dy)),
  CumSum: first(({ g, node, x: [, axis] }, dy) => {
    const reverse = 1 - intAttribute(node, "reverse", 0);
    return g.node("CumSum", [dy, axis], { reverse, exclusive: intAttribute(node, "exclusive", 0) })[0]!;
  }),
};
