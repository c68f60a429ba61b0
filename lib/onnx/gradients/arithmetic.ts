import type { Value } from "../builder.ts";
import { each, first, type GradientCall, type GradientRule, type GradientRules, stop } from "./call.ts";
import { sumTo } from "./shape.ts";

/** Rule of a broadcasting operator: one function per input, whose results are summed to that input's shape. */
export function broadcasting(...parts: ((call: GradientCall, dy: Value) => Value)[]): GradientRule {
  return (call) => {
    const [dy] = call.dy;
    return dy
      ? parts.map((part, i) => call.needs(i) ? sumTo(call.g, part(call, dy), call.x[i]!) : undefined)
      : [];
  };
}

/** The same part for every one of any number of inputs. */
export const variadic =
  (part: (call: GradientCall, dy: Value, index: number) => Value): GradientRule => (call) =>
    broadcasting(...call.x.map((_, i) => (c: GradientCall, dy: Value) => part(c, dy, i)))(call);

const pass = (_: GradientCall, dy: Value): Value => dy;
const negated = ({ g }: GradientCall, dy: Value): Value => g.neg(dy);

export const arithmetic: GradientRules = {
  Add: broadcasting(pass, pass),
  Sub: broadcasting(pass, negated),
  Mul: broadcasting(({ g, x }, dy) => g.mul(dy, x[1]!), ({ g, x }, dy) => g.mul(dy, x[0]!)),
  Div: broadcasting(
    ({ g, x }, dy) => g.div(dy, x[1]!),
    ({ g, x, y }, dy) => g.neg(g.div(g.mul(dy, y[0]!), x[1]!)),
  ),
  Neg: first(({ g }, dy) => g.neg(dy)),
  ...each(stop, `Ceil Floor Round Sign`),
};
