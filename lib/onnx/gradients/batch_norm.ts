import { TypeError } from "../../errors.ts";
import { describe, floatAttribute, intAttribute } from "../attribute.ts";
import type { GraphBuilder, Value } from "../builder.ts";
import { type GradientRule, type GradientRules, ZERO } from "./call.ts";

/** Mean, distance from it and population variance over some axes, which stay as 1. */
export function moments(
  g: GraphBuilder,
  x: Value,
  axes: readonly number[],
): { mean: Value; centred: Value; variance: Value } {
  const mean = g.reduceMean(x, axes);
  const centred = g.sub(x, mean);
  return { mean, centred, variance: g.reduceMean(g.mul(centred, centred), axes) };
}

/** 1 / √(variance + ε). */
export function inverseDeviation(g: GraphBuilder, variance: Value, epsilon: Value | number): Value {
  return g.reciprocal(g.sqrt(g.add(variance, epsilon)));
}

/** All axes of [N, C, …] but the channels', and what makes [C], a number of each channel, [C, 1, …]. */
export function acrossChannels(
  g: GraphBuilder,
  x: Value,
): { axes: number[]; perChannel: (value: Value) => Value } {
  const axes = g.shape(x).map((_, axis) => axis).filter((axis) => axis !== 1);
  const spatial = axes.slice(1).map((axis) => axis - 1);
  return { axes, perChannel: (value) => spatial.length ? g.unsqueeze(value, spatial) : value };
}

/**
 * Scale and bias per channel (axis 1). In inference form with stored statistics, which have gradients too; in
 * training form with those of the batch: Ioffe and Szegedy, 2015, section 3.
 */
const batchNorm: GradientRule = (call) => {
  const { g, node, x: [x, scale, , mean, variance], dy: [dy], needs, constant } = call;
  if (call.dy[1] || call.dy[2]) {
    throw new TypeError(
      `Cannot differentiate ${describe(node)}: the loss depends on its running statistics; ` +
        `compute them with ReduceMean`,
    );
  }
  if (dy === undefined) return [];
  const { axes, perChannel } = acrossChannels(g, x!);
  const sums = (value: string) => g.reduceSum(value, axes, { keepdims: false });
  const epsilon = constant(floatAttribute(node, "epsilon", 1e-5));
  const training = intAttribute(node, "training_mode", 0) === 1;

  const { centred, variance: spreadOut } = training // [1, C, 1, 1]
    ? moments(g, x!, axes)
    : { centred: g.sub(x!, perChannel(mean!)), variance: perChannel(variance!) };
  const inverse = inverseDeviation(g, spreadOut, epsilon);
  const db = sums(dy);
  if (training) {
    const along = sums(g.mul(dy, centred));
    const dx = () => {
      // dx = scale·inverse·(dy − mean(dy) − x̂·mean(dy·x̂)), gathered by what is one number per channel: few
      // passes over all elements.
      const n = g.cast(g.reduceProd(g.gather(g.shapeOf(dy), g.ints(axes))), g.info(dy).type!);
      const ofDy = g.mul(perChannel(scale!), inverse);
      const perElement = g.div(ofDy, n);
      const ofCentred = g.mul(perElement, g.mul(g.mul(inverse, inverse), perChannel(along)));
      const rest = g.mul(perElement, perChannel(db));
      return g.sub(g.sub(g.mul(dy, ofDy), g.mul(centred, ofCentred)), rest);
    };
    return [
      needs(0) ? dx() : undefined,
      needs(1) ? g.mul(along, g.reshape(inverse, [-1])) : undefined,
      db,
      ZERO,
      ZERO,
    ];
  }
  const factor = g.mul(perChannel(scale!), inverse);
  const slope = () => g.reshape(inverse, [-1]);
  const along = needs(1) || needs(4) ? sums(g.mul(dy, centred)) : "";
  return [
    needs(0) ? g.mul(dy, factor) : undefined,
    needs(1) ? g.mul(along, slope()) : undefined,
    needs(2) ? db : undefined,
    needs(3) ? g.neg(g.mul(db, g.reshape(factor, [-1]))) : undefined,
    needs(4) ? g.mul(g.mul(along, g.mul(scale!, constant(-0.5))), g.pow(slope(), constant(3))) : undefined,
  ];
};

export const batchNorms: GradientRules = { BatchNormalization: batchNorm };
