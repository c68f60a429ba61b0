import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { Random } from "../random.ts";
import { type Initializer, xavierUniform, zeros } from "./init.ts";

/** Where the initial weights of a network come from. */
export interface Draw {
  /** The stream that each tensor takes one of its own from, by its name. */
  random: Random;
  /** Whether all of them are zeros instead, which a checkpoint is to replace. */
  zero: boolean;
}

/** A stored weight of that name and shape. */
export function parameter(
  g: GraphBuilder,
  name: string,
  { dims, init }: { dims: number[]; init: Initializer },
  { random, zero }: Draw,
): Value {
  return g.parameter(name, (zero ? zeros : init)(dims, random.split(name)));
}

/**
 * x·Wᵀ + b over the last axis, whatever comes before it: […, from] → […, to]. Weight [to, from], by default
 * Xavier uniform, and bias [to], 0.
 */
export function projection(
  g: GraphBuilder,
  x: Value,
  { name, from, to, init = xavierUniform(from, to) }: {
    name: string;
    from: number;
    to: number;
    init?: Initializer | undefined;
  },
  draw: Draw,
): Value {
  const weight = parameter(g, `${name}.weight`, { dims: [to, from], init }, draw);
  return g.add(
    g.matMul(x, g.transpose(weight, [1, 0])),
    parameter(g, `${name}.bias`, { dims: [to], init: zeros }, draw),
  );
}
