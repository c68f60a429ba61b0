import { TypeError } from "../../errors.ts";
import { describe, intAttribute, stringAttribute } from "../attribute.ts";
import type { Value } from "../builder.ts";
import type { GradientCall, GradientRule, GradientRules } from "./call.ts";

/**
 * Parts of the gradient of a mean, sum or list of weighted −log p[target]: the targets as one-hot rows along
 * axis 1, and what each example's slope is multiplied by, with axis 1 as 1.
 */
function targets(call: GradientCall, dy: Value): { hot: Value; factor: Value } {
  const { g, node, x: [scores, target, weight], constant } = call;
  const classes = g.shape(scores!)[1];
  const { type } = g.info(scores!);
  if (typeof classes !== "number" || type === undefined) {
    throw new TypeError(`Cannot differentiate ${describe(node)}: its number of classes must be known`);
  }
  const offAndOn = g.cast(g.ints([0, 1]), type);
  const hot = g.oneHot(target!, classes, offAndOn, 1);
  const column = g.unsqueeze(target!, [1]);
  const spatial = g.shape(scores!).slice(2).map((_, i) => i + 1);
  // Unsqueeze along no axes fails on WebGPU.
  const weights = weight && spatial.length ? g.unsqueeze(weight, spatial) : weight;
  let share = weights ? g.reduceSum(g.mul(hot, weights), [1]) : undefined;
  const ignored = intAttribute(node, "ignore_index", undefined);
  if (ignored !== undefined) {
    const index = g.cast(g.ints([ignored]), g.info(target!).type ?? "int64");
    share = g.where(g.equal(column, index), constant(0), share ?? constant(1));
  }
  const reduction = stringAttribute(node, "reduction", "mean");
  if (reduction === "none") {
    const each = g.unsqueeze(dy, [1]);
    return { hot, factor: share ? g.mul(each, share) : each };
  }
  if (reduction === "sum") return { hot, factor: share ? g.mul(dy, share) : dy };
  if (share) {
    return { hot, factor: g.mul(share, g.div(dy, g.reduceSum(share, undefined, { keepdims: false }))) };
  }
  return { hot, factor: g.div(dy, g.cast(g.node("Size", [target])[0]!, type)) };
}

const negativeLogLikelihood: GradientRule = (call) => {
  const { g, dy: [dy], needs } = call;
  if (dy === undefined || !needs(0)) return [];
  const { hot, factor } = targets(call, dy);
  return [g.neg(g.mul(hot, factor))];
};

/** softmax − one-hot, and what arrives through the second output, the log-probabilities. */
const crossEntropy: GradientRule = (call) => {
  const { g, node, dy: [dy, dLog], needs } = call;
  if (!needs(0)) return [];
  const probabilities = g.exp(g.outputOf(node, 1));
  const fromLog = dLog && g.sub(dLog, g.mul(probabilities, g.reduceSum(dLog, [1])));
  if (dy === undefined) return [fromLog];
  const { hot, factor } = targets(call, dy);
  const dx = g.mul(g.sub(probabilities, hot), factor);
  return [fromLog ? g.add(dx, fromLog) : dx];
};

export const losses: GradientRules = {
  NegativeLogLikelihoodLoss: negativeLogLikelihood,
  SoftmaxCrossEntropyLoss: crossEntropy,
};
