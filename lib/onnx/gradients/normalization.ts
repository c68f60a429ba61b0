import { floatAttribute, intAttribute, intsAttribute } from "../attribute.ts";
import type { GraphBuilder, Value } from "../builder.ts";
import type { Node } from "../model.ts";
import { first, type GradientCall, type GradientRule, type GradientRules, ZERO } from "./call.ts";
import { inverseDeviation, moments } from "./batch_norm.ts";
import { shareOfMean } from "./reduce.ts";
import { dimValue, expandLike, reshapeLike, sumTo } from "./shape.ts";
import { normalAxis } from "../../tensor/tensor.ts";

/**
 * d loss / d x of x̂ = (x − mean) / deviation over `axes`:
 * (dx̂ − mean(dx̂) − x̂·mean(dx̂·x̂)) / deviation.
 */
function standardized(
  g: GraphBuilder,
  dHat: Value,
  { hat, inverse, axes }: { hat: Value; inverse: Value; axes: readonly number[] },
): Value {
  const along = g.mul(hat, g.reduceMean(g.mul(dHat, hat), axes));
  return g.mul(g.sub(g.sub(dHat, g.reduceMean(dHat, axes)), along), inverse);
}

/** x̂ over `axes` and 1 / deviation, computed anew. */
function standardize(
  call: GradientCall,
  x: Value,
  axes: readonly number[],
  epsilon = 1e-5,
): { hat: Value; inverse: Value } {
  const { g, node, constant } = call;
  const { centred, variance } = moments(g, x, axes);
  const inverse = inverseDeviation(g, variance, constant(floatAttribute(node, "epsilon", epsilon)));
  return { hat: g.mul(centred, inverse), inverse };
}

/** The axes from the `axis` attribute to the last. */
function axesFrom(g: GraphBuilder, node: Node, x: Value): number[] {
  const rank = g.shape(x).length;
  const axis = intAttribute(node, "axis", -1);
  return Array.from({ length: rank }, (_, i) => i).slice(normalAxis(axis, rank));
}

/** The mean and 1 / deviation that LayerNormalization computes anyway, in float32 and no better. */
function forwardStatistics({ g, node }: GradientCall, x: Value): { hat: Value; inverse: Value } | undefined {
  const { type } = g.info(x);
  if (type !== "float32" && type !== "float16") return undefined;
  const [mean, inverse] = [1, 2].map((index) => {
    const value = g.outputOf(node, index);
    return type === "float32" ? value : g.cast(value, type);
  });
  return { hat: g.mul(g.sub(x, mean!), inverse!), inverse: inverse! };
}

/** d loss / d x by way of the mean and 1 / deviation: (dMean − dInverse·inverse²·x̂) / (numbers of each). */
function fromStatistics(
  call: GradientCall,
  x: Value,
  { hat, inverse }: { hat: Value; inverse: Value },
): Value | undefined {
  const { g } = call;
  const type = g.info(x).type ?? "float32";
  const [dMean, dInverse] = [1, 2].map((index) => {
    const dy = call.dy[index];
    return dy && g.info(dy).type !== type ? g.cast(dy, type) : dy;
  });
  const slope = dInverse && g.mul(g.mul(dInverse, g.mul(inverse, inverse)), hat);
  const sum = slope ? dMean ? g.sub(dMean, slope) : g.neg(slope) : dMean;
  return sum && expandLike(g, g.mul(sum, shareOfMean(call, x, inverse)), x);
}

const layerNorm: GradientRule = (call) => {
  const { g, x: [x, scale, bias], dy: [dy], needs } = call;
  const axes = axesFrom(g, call.node, x!);
  const db = () => dy ? sumTo(g, dy, bias!) : ZERO;
  if (!needs(0) && !needs(1)) return [undefined, undefined, needs(2) ? db() : undefined];
  const parts = forwardStatistics(call, x!) ?? standardize(call, x!, axes);
  const dx = () => {
    const rest = fromStatistics(call, x!, parts);
    const own = dy && standardized(g, g.mul(dy, scale!), { ...parts, axes });
    return own && rest ? g.add(own, rest) : own ?? rest;
  };
  const ds = () => dy ? sumTo(g, g.mul(dy, parts.hat), scale!) : ZERO;
  return [needs(0) ? dx() : undefined, needs(1) ? ds() : undefined, needs(2) ? db() : undefined];
};

/** Scale and bias per channel (axis 1), statistics per example and channel. */
const instanceNorm: GradientRule = (call) => {
  const { g, x: [x, scale, bias], dy: [dy], needs } = call;
  if (dy === undefined) return [];
  const rank = g.shape(x!).length;
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i + 2);
  const others = [0, ...spatial];
  const db = needs(2) ? reshapeLike(g, g.reduceSum(dy, others, { keepdims: false }), bias!) : undefined;
  if (!needs(0) && !needs(1)) return [undefined, undefined, db];
  const { hat, inverse } = standardize(call, x!, spatial);
  const perChannel = g.unsqueeze(scale!, spatial.map((axis) => axis - 1));
  return [
    needs(0) ? standardized(g, g.mul(dy, perChannel), { hat, inverse, axes: spatial }) : undefined,
    needs(1) ? g.reduceSum(g.mul(dy, hat), others, { keepdims: false }) : undefined,
    db,
  ];
};

/** Statistics per example and group of channels; scale and bias per channel, or per group before opset 21. */
const groupNorm: GradientRule = (call) => {
  const { g, node, x: [x, scale, bias], dy: [dy], needs } = call;
  if (dy === undefined) return [];
  const groups = intAttribute(node, "num_groups", 1);
  const parts = g.shape(scale!)[0]!;
  const [batch, open] = [dimValue(g, x!, 0), g.ints([-1])];
  const split = (value: Value, ...dims: Value[]) => g.reshape(value, g.concat([batch, ...dims], 0));
  const inParts = (value: Value) => split(value, g.ints([Number(parts)]), open);
  const inGroups = (value: Value) => split(value, g.ints([groups]), open);
  const db = needs(2) ? g.reduceSum(inParts(dy), [0, 2], { keepdims: false }) : undefined;
  if (!needs(0) && !needs(1)) return [undefined, undefined, db];
  const { hat, inverse } = standardize(call, inGroups(x!), [2]);
  const scaled = () => inGroups(g.mul(inParts(dy), g.unsqueeze(scale!, [1])));
  return [
    needs(0) ? reshapeLike(g, standardized(g, scaled(), { hat, inverse, axes: [2] }), x!) : undefined,
    needs(1) ? g.reduceSum(g.mul(inParts(dy), inParts(hat)), [0, 2], { keepdims: false }) : undefined,
    needs(2) ? reshapeLike(g, db!, bias!) : undefined,
  ];
};

/** y = x·scale / √(mean(x²) + ε): like LayerNormalization, without a mean to take off. */
const rmsNorm: GradientRule = ({ g, node, x: [x, scale], dy: [dy], needs, constant }) => {
  if (dy === undefined) return [];
  const axes = axesFrom(g, node, x!);
  const square = g.reduceMean(g.mul(x!, x!), axes);
  const inverse = inverseDeviation(g, square, constant(floatAttribute(node, "epsilon", 1e-5)));
  const hat = g.mul(x!, inverse);
  const dx = () => {
    const dHat = g.mul(dy, scale!);
    return g.mul(g.sub(dHat, g.mul(hat, g.reduceMean(g.mul(dHat, hat), axes))), inverse);
  };
  return [needs(0) ? dx() : undefined, needs(1) ? sumTo(g, g.mul(dy, hat), scale!) : undefined];
};

/** Statistics over given axes, by default all but the channels; no scale. The forward ε is 1e−9. */
const meanVariance = first((call, dy, x) => {
  const axes = intsAttribute(call.node, "axes", [0, 2, 3]);
  return standardized(call.g, dy, { ...standardize(call, x, axes, 1e-9), axes });
});

/** The sums over windows of neighbouring channels, `before` and `after` each one. */
function windowSum(g: GraphBuilder, x: Value, before: number, after: number): Value {
  const rank = g.shape(x).length;
  const pads = new Array<number>(2 * rank).fill(0).with(1, before).with(rank + 1, after);
  const [padded, width] = [g.pad(x, pads), before + after];
  const shifted = Array.from({ length: width + 1 }, (_, i) => g.slice(padded, [i], [i - width || FAR], [1]));
  return shifted.reduce((a, b) => g.add(a, b));
}

const FAR = 2n ** 62n;

/** y = x / s^β with s = bias + α/size · Σ x² over neighbouring channels. */
const localResponse = first(({ g, node, constant }, dy, x, y) => {
  const size = intAttribute(node, "size", 1);
  const [alpha, beta] = [floatAttribute(node, "alpha", 1e-4) / size, floatAttribute(node, "beta", 0.75)];
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const squares = windowSum(g, g.mul(x, x), before, after);
  const s = g.add(g.mul(squares, constant(alpha)), constant(floatAttribute(node, "bias", 1)));
  const others = windowSum(g, g.div(g.mul(dy, y), s), after, before);
  return g.sub(g.mul(dy, g.pow(s, constant(-beta))), g.mul(g.mul(x, others), constant(2 * alpha * beta)));
});

/**
 * (dy − direction·Σ dy·y) / norm, where direction is y, or sign(x) for p = 1. Zeros have no slope, and pass
 * nothing on.
 */
const lpNorm = first((call, dy, x, y) => {
  const { g, node, constant } = call;
  const axes = [intAttribute(node, "axis", -1)];
  const absolute = intAttribute(node, "p", 2) === 1;
  const norm = absolute ? g.reduceL1(x, axes) : g.reduceL2(x, axes);
  const isZero = g.equal(norm, constant(0));
  const along = g.reduceSum(g.mul(dy, y), axes);
  const across = g.sub(dy, g.mul(absolute ? g.sign(x) : y, along));
  return g.div(g.where(isZero, constant(0), across), g.where(isZero, constant(1), norm));
});

export const normalizations: GradientRules = {
  LayerNormalization: layerNorm,
  InstanceNormalization: instanceNorm,
  GroupNormalization: groupNorm,
  LpNormalization: lpNorm,
  LRN: localResponse,
  MeanVarianceNormalization: meanVariance,
  RMSNormalization: rmsNorm,
  SimplifiedLayerNormalization: rmsNorm,
};
