import { rulesFor } from "../operators/table.ts";
import type { Value } from "../builder.ts";
import {
  first,
  fixedNumber,
  type GradientCall,
  type GradientRule,
  type GradientRules,
  nonDifferentiable,
  ZERO,
} from "./call.ts";
import { masked, sumTo } from "./shape.ts";

type Part = (call: GradientCall, dy: Value, x: readonly Value[], y: Value) => Value;

/** Rule of a broadcasting operator: one part per input summed to that input's shape. */
export function broadcasting(...parts: Part[]): GradientRule {
  return (call) => {
    const { g, x, y: [y], dy: [dy] } = call;
    if (dy === undefined) return [];
    return parts.map((part, i) => call.needs(i) ? sumTo(g, part(call, dy, x, y!), x[i]!) : undefined);
  };
}

/**
 * Rule of a broadcasting operator of any number of inputs, one part per input; the part is told which one it
 * is for.
 */
function variadic(part: (call: GradientCall, dy: Value, index: number) => Value): GradientRule {
  return (call) => broadcasting(...call.x.map((_, i): Part => (_, dy) => part(call, dy, i)))(call);
}

const pass: Part = (_, dy) => dy;

/**
 * x to a constant power c: c·x^(c−1), in as few steps as the c at hand allows. To the power of 0 it is 1 for
 * all x, 0 among them, where the formula is 0 times infinity.
 */
function powBase(call: GradientCall, dy: Value, [x, exponent]: readonly Value[]): Value {
  const { g, constant } = call;
  const c = fixedNumber(call, 1);
  if (c === 0) return g.mul(dy, constant(0));
  if (c === 1) return dy;
  if (c === 2) return g.mul(dy, g.mul(x!, constant(2)));
  if (c !== undefined) return g.mul(dy, g.mul(g.pow(x!, constant(c - 1)), constant(c)));
  const type = g.info(x!).type;
  const power = type && g.info(exponent!).type !== type ? g.cast(exponent!, type) : exponent!;
  const slope = g.mul(power, g.pow(x!, g.sub(power, constant(1))));
  return g.mul(dy, g.where(g.equal(power, constant(0)), constant(0), slope));
}

/** 0⁰ = 1 and 0^b = 0 stay so when b changes: the logarithm of 0 counts as 0 here. */
const powExponent: Part = ({ g, constant }, dy, [x], y) =>
  g.mul(dy, g.mul(y, g.where(g.equal(x!, constant(0)), constant(0), g.log(x!))));

/** Min and Max hand everything to the first of the inputs that are equal to the result. */
const chosen = variadic(({ g, x, y, constant }, dy, index) => {
  const isResult = (i: number) => g.equal(x[i]!, y[0]!);
  let mask = isResult(index);
  for (let i = 0; i < index; i++) mask = g.and(mask, g.not(isResult(i)));
  return g.where(mask, dy, constant(0));
});

export const arithmetic: GradientRules = {
  Add: broadcasting(pass, pass),
  Sub: broadcasting(pass, ({ g }, dy) => g.neg(dy)),
  Mul: broadcasting(({ g }, dy, [, b]) => g.mul(dy, b!), ({ g }, dy, [a]) => g.mul(dy, a!)),
  Div: broadcasting(
    ({ g }, dy, [, b]) => g.div(dy, b!),
    ({ g }, dy, [, b], y) => g.neg(g.div(g.mul(dy, y), b!)),
  ),
  Pow: broadcasting(powBase, powExponent),
  // a − b·n with n a whole number, which does not change in a small neighbourhood.
  Mod: broadcasting(pass, ({ g }, dy, [a, b], y) => g.mul(dy, g.div(g.sub(y, a!), b!))),
  Sum: variadic((_, dy) => dy),
  Mean: variadic(({ g, x, constant }, dy) => g.mul(dy, constant(1 / x.length))),
  Min: chosen,
  Max: chosen,
  Where: broadcasting(
    pass,
    ({ g, constant }, dy, [condition]) => g.where(condition!, dy, constant(0)),
    ({ g, constant }, dy, [condition]) => g.where(condition!, constant(0), dy),
  ),
  // Comparing with the result takes one pass where comparing with both bounds takes two.
  Clip: broadcasting(
    ({ g }, dy, [x], y) => masked(g, dy, g.equal(x!, y)),
    ({ g, constant }, dy, [x, low]) => g.where(g.less(x!, low!), dy, constant(0)),
    ({ g, constant }, dy, [x, , high]) => g.where(g.greater(x!, high!), dy, constant(0)),
  ),

  // Bengio, Léonard, Courville, "Estimating or propagating gradients through stochastic neurons", 2013.
  "espalier:StraightThrough": ({ g, x, dy: [dy], needs }) =>
    dy === undefined || !needs(1) ? [ZERO] : [ZERO, sumTo(g, dy, x[1]!)],
  Neg: first(({ g }, dy) => g.neg(dy)),
  Abs: first(({ g }, dy, x) => g.mul(dy, g.sign(x))),
  Sqrt: first(({ g, constant }, dy, _, y) => g.div(g.mul(dy, constant(0.5)), y)),
  Reciprocal: first(({ g }, dy, _, y) => g.neg(g.mul(dy, g.mul(y, y)))),
  Exp: first(({ g }, dy, _, y) => g.mul(dy, y)),
  Log: first(({ g }, dy, x) => g.div(dy, x)),
  Sin: first(({ g }, dy, x) => g.mul(dy, g.cos(x))),
  Cos: first(({ g }, dy, x) => g.neg(g.mul(dy, g.sin(x)))),
  Tan: first(({ g, constant }, dy, _, y) => g.mul(dy, g.add(g.mul(y, y), constant(1)))),
  Sinh: first(({ g }, dy, x) => g.mul(dy, g.node("Cosh", [x])[0]!)),
  Cosh: first(({ g }, dy, x) => g.mul(dy, g.node("Sinh", [x])[0]!)),
  Asin: first(({ g, constant }, dy, x) => g.div(dy, g.sqrt(g.sub(constant(1), g.mul(x, x))))),
  Acos: first(({ g, constant }, dy, x) => g.neg(g.div(dy, g.sqrt(g.sub(constant(1), g.mul(x, x)))))),
  Atan: first(({ g, constant }, dy, x) => g.div(dy, g.add(g.mul(x, x), constant(1)))),
  Asinh: first(({ g, constant }, dy, x) => g.div(dy, g.sqrt(g.add(g.mul(x, x), constant(1))))),
  Acosh: first(({ g, constant }, dy, x) => g.div(dy, g.sqrt(g.sub(g.mul(x, x), constant(1))))),
  Atanh: first(({ g, constant }, dy, x) => g.div(dy, g.sub(constant(1), g.mul(x, x)))),
  Erf: first(({ g, constant }, dy, x) =>
    g.mul(dy, g.exp(g.sub(constant(Math.log(2 / Math.sqrt(Math.PI))), g.mul(x, x))))
  ),

  ...rulesFor(
    nonDifferentiable,
    "Ceil",
    "Floor",
    "Round",
    "Sign",
    "Equal",
    "Greater",
    "GreaterOrEqual",
    "Less",
    "LessOrEqual",
    "IsInf",
    "IsNaN",
  ),
  ...rulesFor(
    nonDifferentiable,
    "And",
    "Or",
    "Xor",
    "Not",
    "BitShift",
    "BitwiseAnd",
    "BitwiseNot",
    "BitwiseOr",
    "BitwiseXor",
  ),
};
