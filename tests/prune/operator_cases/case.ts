import type { AttributeLike } from "../../../lib/onnx/attribute.ts";
import type { Value } from "../../../lib/onnx/builder.ts";
import type { Net } from "../net.ts";

/** An operator as it stands between permutations. */
export interface Case {
  /** Of what it reads; each axis has channels in turn. */
  shape: number[];
  /** Adds it, and what it needs around it; `more` makes another value like `x`, from weights of its own. */
  build: (n: Net, x: Value, more: () => Value) => Value;
  /** Operator sets, where the operator is not in the usual one. */
  opsets?: Record<string, number>;
}

export type Attributes = Record<string, AttributeLike>;

/** No two axes are equally long, but one for those that are. */
export const SHAPE = [2, 4, 6];

export const IMAGE = [2, 4, 6, 8];

export const one = (op: string, shape: number[], attributes: Attributes = {}): Case => ({
  shape,
  build: (n, x) => n.op(op, [x], attributes),
});

export const each = (ops: string, make: (op: string) => Record<string, Case>): Record<string, Case> =>
  Object.assign({}, ...ops.split(" ").map(make));

export const whole = (n: Net, x: Value) => n.op("Cast", [n.op("Mul", [x, n.number(5)])], { to: 7 });
