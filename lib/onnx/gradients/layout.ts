import { rulesFor } from "../operators/table.ts";
import { intAttribute, intsAttribute, stringAttribute } from "../attribute.ts";
import type { Value } from "../builder.ts";
import { isStatic } from "../dim.ts";
import {
  first,
  type GradientCall,
  type GradientRule,
  type GradientRules,
  nonDifferentiable,
  ZERO,
} from "./call.ts";
import { padRule, sliceRule } from "./slice.ts";
import { dimValue, reshapeLike, shapeValue, sumTo, zerosLike } from "./shape.ts";
import { normalAxis } from "../../tensor/tensor.ts";

/** An axis attribute, counted from the front. */
export function axisFrom(call: GradientCall, fallback: number, rank: number): number {
  return normalAxis(intAttribute(call.node, "axis", fallback), rank);
}

const reshaped = first(({ g }, dy, x) => reshapeLike(g, dy, x));
const castBack = first(({ g }, dy, x) => g.cast(dy, g.info(x).type ?? "float32"));

const transpose = first(({ g, node }, dy) => {
  const rank = g.shape(dy).length;
  const perm = intsAttribute(node, "perm", Array.from({ length: rank }, (_, i) => rank - 1 - i));
  return g.transpose(dy, perm.map((_, i) => perm.indexOf(i)));
});

/** Each axis of length d repeated r times is a grid r × d: the gradient is its sum over the r's. */
const tile = first(({ g, x: [, repeats] }, dy, x) => {
  const [shape, counts] = [g.shape(x), g.contents(repeats!)];
  const axes = shape.map((_, i) => 2 * i);
  const column = (value: Value) => g.unsqueeze(value, [1]);
  const grid = counts && isStatic(counts) && isStatic(shape)
    ? g.ints(shape.flatMap((dim, i) => [counts[i]!, dim]))
    : g.reshape(g.concat([column(repeats!), column(shapeValue(g, x))], 1), [-1]);
  return reshapeLike(g, g.reduceSum(g.reshape(dy, grid), axes, { keepdims: false }), x);
});

const concat: GradientRule = (call) => {
  const { g, x, dy: [dy], needs } = call;
  if (dy === undefined) return [];
  const axis = axisFrom(call, 0, g.shape(dy).length);
  const sizes = x.map((value) => g.shape(value)[axis]!);
  const lengths = isStatic(sizes) ? g.ints(sizes) : g.concat(x.map((value) => dimValue(g, value, axis)), 0);
  const parts = g.node("Split", [dy, lengths], { axis }, { outputs: x.length });
  return parts.map((part, i) => needs(i) ? part : undefined);
};

const split: GradientRule = (call) => {
  const { g, x: [x], y, dy } = call;
  const axis = axisFrom(call, 0, g.shape(x!).length);
  return [g.concat(dy.map((part, i) => part ?? zerosLike(g, y[i]!)), axis)];
};

/** [b, c·s², h, w] from [b, c, h·s, w·s], in the channel order of the node's mode. */
const depthToSpace = first(({ g, node }, dy, x) => {
  const size = intAttribute(node, "blocksize", 1);
  if (stringAttribute(node, "mode", "DCR") === "DCR") return g.spaceToDepth(dy, size);
  const side = g.ints([size]);
  const grid = [dimValue(g, x, 0), dimValue(g, dy, 1), dimValue(g, x, 2), side, dimValue(g, x, 3), side];
  const blocks = g.reshape(dy, g.concat(grid, 0));
  return reshapeLike(g, g.transpose(blocks, [0, 1, 3, 5, 2, 4]), x);
});

export const layouts: GradientRules = {
  Identity: first((_, dy) => dy),
  Cast: castBack,
  CastLike: (call) => [castBack(call)[0], ZERO],
  ...rulesFor(reshaped, "Reshape", "Flatten", "Squeeze", "Unsqueeze"),
  Transpose: transpose,
  Expand: first(({ g }, dy, x) => sumTo(g, dy, x)),
  Tile: tile,
  Concat: concat,
  Split: split,
  Slice: sliceRule,
  Pad: padRule,
  Trilu: first(({ g, node, x: [, k] }, dy) =>
    g.node("Trilu", [dy, k || undefined], { upper: intAttribute(node, "upper", 1) })[0]
  ),
  // Turning the same parts round again puts them back.
  ReverseSequence: first(({ g, node, x: [, lengths] }, dy) => {
    const [batch_axis, time_axis] = [intAttribute(node, "batch_axis", 1), intAttribute(node, "time_axis", 0)];
    return g.node("ReverseSequence", [dy, lengths], { batch_axis, time_axis })[0]!;
  }),
  DepthToSpace: depthToSpace,
  SpaceToDepth: first(({ g, node }, dy) => g.depthToSpace(dy, intAttribute(node, "blocksize", 1))),
  ...rulesFor(
    nonDifferentiable,
    "Shape",
    "Size",
    "NonZero",
    "ArgMax",
    "ArgMin",
    "Hardmax",
    "ConstantOfShape",
    "EyeLike",
    "Bernoulli",
  ),
  ...rulesFor(
    nonDifferentiable,
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
    "Multinomial",
    "Constant",
  ),
};
