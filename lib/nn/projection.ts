import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { Random } from "../random.ts";
import type { Tensor } from "../tensor/tensor.ts";
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
  draw: Draw,
): Value {
  return g.parameter(name, draw.zero ? zerosOf(draw, dims) : init(dims, draw.random.split(name)));
}

const drawn = new WeakMap<Draw, Map<string, Tensor>>();

/** Zeros of a shape: the same for all of a network, which a checkpoint of half a gigabyte is to replace. */
function zerosOf(draw: Draw, dims: number[]): Tensor {
  const known = drawn.get(draw) ?? new Map<string, Tensor>();
  drawn.set(draw, known);
  const found = known.get(dims.join()) ?? zeros(dims, draw.random);
  known.set(dims.join(), found);
  return found;
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
