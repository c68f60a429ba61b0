import { floatAttribute, intAttribute, stringAttribute } from "../attribute.ts";
import type { Value } from "../builder.ts";
import { broadcasting } from "./arithmetic.ts";
import { first, fixedNumber, type GradientCall, type GradientRule, type GradientRules } from "./call.ts";
import { masked } from "./shape.ts";

const alphaOf = ({ node }: GradientCall, fallback: number): number => floatAttribute(node, "alpha", fallback);

/** Rule of x for x > 0 and something else below: the slope below, from the node. */
function rectifier(below: (call: GradientCall, dy: Value, x: Value, y: Value) => Value): GradientRule {
  return first((call, dy, x, y) => {
    const { g, constant } = call;
    return g.where(g.greater(x, constant(0)), dy, below(call, dy, x, y));
  });
}

/**
 * Φ(x) + x·φ(x), of u = x/√2: ½ + ½·erf(u) + x·e^(ln φ(0) − u²). What is constant goes into operators that
 * are there anyway, since each passes over all of x once.
 */
function geluExact({ g, constant }: GradientCall, x: Value): Value {
  const u = g.mul(x, constant(Math.SQRT1_2));
  const cdf = g.hardSigmoid(g.erf(u), 0.5, 0.5);
  const density = g.exp(g.sub(constant(-0.5 * Math.log(2 * Math.PI)), g.mul(u, u)));
  return g.add(cdf, g.mul(x, density));
}

/** Derivative of ½x(1 + tanh u) with u = √(2/π)·(x + 0.044715·x³). */
function geluTanh({ g, constant }: GradientCall, x: Value): Value {
  const root = Math.sqrt(2 / Math.PI);
  const square = g.mul(x, x);
  const u = g.mul(x, g.add(g.mul(square, constant(root * 0.044715)), constant(root)));
  const du = g.add(g.mul(square, constant(3 * root * 0.044715)), constant(root));
  const t = g.tanh(u);
  const slope = g.mul(g.mul(x, du), g.sub(constant(1), g.mul(t, t)));
  return g.mul(g.add(g.add(t, constant(1)), slope), constant(0.5));
}

/** Gradient of y = x·σ(αx), dy times: σ + α·y·(1 − σ). */
function swish(
  { g, constant }: GradientCall,
  dy: Value,
  { x, y, alpha }: { x: Value; y: Value; alpha: number },
): Value {
  const gate = g.sigmoid(alpha === 1 ? x : g.mul(x, constant(alpha)));
  const rest = g.mul(y, g.sub(constant(alpha), g.mul(gate, constant(alpha))));
  return g.mul(dy, g.add(gate, rest));
}

/** y·(dy − Σ dy·y) */
const softmax = first(({ g, node }, dy, _, y) => {
  const product = g.mul(dy, y);
  const sum = g.reduceSum(product, [intAttribute(node, "axis", -1)]);
  return g.sub(product, g.mul(y, sum));
});

const logSoftmax = first(({ g, node }, dy, _, y) =>
  g.sub(dy, g.mul(g.exp(y), g.reduceSum(dy, [intAttribute(node, "axis", -1)])))
);

/**
 * Keeps what the forward pass kept, by the mask it drew. Outside training the mask is all true and nothing
 * is scaled.
 */
const dropout = first((call, dy) => {
  const { g, node, x: [, ratio, training], constant } = call;
  const known = training ? fixedNumber(call, 2) : 0;
  if (known === 0) return dy;
  const type = g.info(dy).type ?? "float32";
  const dropped = ratio ? fixedNumber(call, 1) : 0.5;
  let scale: Value;
  if (dropped !== undefined) scale = constant(dropped < 1 ? 1 / (1 - dropped) : 0);
  else scale = g.reciprocal(g.sub(constant(1), g.info(ratio!).type === type ? ratio! : g.cast(ratio!, type)));
  if (known === undefined) scale = g.where(training!, scale, constant(1));
  return masked(g, g.mul(dy, scale), g.outputOf(node, 1));
});

const [SELU_ALPHA, SELU_GAMMA] = [1.67326319217681884765625, 1.05070102214813232421875];

export const activations: GradientRules = {
  // Whether y is not 0: casting says it faster than comparing.
  Relu: first(({ g }, dy, _, y) => masked(g, dy, g.cast(y, "bool"))),
  LeakyRelu: rectifier((call, dy) => call.g.mul(dy, call.constant(alphaOf(call, 0.01)))),
  PRelu: broadcasting(
    ({ g, constant }, dy, [x, slope]) => g.where(g.greater(x!, constant(0)), dy, g.mul(dy, slope!)),
    ({ g, constant }, dy, [x]) => g.mul(dy, g.clip(x!, undefined, constant(0))),
  ),
  ThresholdedRelu: first((call, dy, x) => {
    const { g, constant } = call;
    return masked(g, dy, g.greater(x, constant(alphaOf(call, 1))));
  }),
  // Below 0: α·exp(x) = y + α.
  Elu: rectifier((call, dy, _, y) => call.g.mul(dy, call.g.add(y, call.constant(alphaOf(call, 1))))),
  // Below 0: exp(x/α) = y/α + 1.
  Celu: rectifier((call, dy, _, y) => {
    const { g, constant } = call;
    return g.mul(dy, g.add(g.mul(y, constant(1 / alphaOf(call, 1))), constant(1)));
  }),
  Selu: first((call, dy, x, y) => {
    const { g, node, constant } = call;
    const gamma = floatAttribute(node, "gamma", SELU_GAMMA);
    const below = g.add(y, constant(gamma * alphaOf(call, SELU_ALPHA)));
    return g.mul(dy, g.where(g.greater(x, constant(0)), constant(gamma), below));
  }),
  Sigmoid: first(({ g, constant }, dy, _, y) => g.mul(dy, g.mul(y, g.sub(constant(1), y)))),
  // y·(1 − y) is positive exactly between the two flat parts.
  HardSigmoid: first((call, dy, _, y) => {
    const { g, constant } = call;
    const inside = g.greater(g.mul(y, g.sub(constant(1), y)), constant(0));
    return g.where(inside, g.mul(dy, constant(alphaOf(call, 0.2))), constant(0));
  }),
  HardSwish: first(({ g, constant }, dy, x) => {
    const slope = g.add(g.mul(x, constant(1 / 3)), constant(0.5));
    const low = g.where(g.greater(x, constant(-3)), slope, constant(0));
    return g.mul(dy, g.where(g.less(x, constant(3)), low, constant(1)));
  }),
  Tanh: first(({ g, constant }, dy, _, y) => g.mul(dy, g.sub(constant(1), g.mul(y, y)))),
  Softplus: first(({ g }, dy, x) => g.mul(dy, g.sigmoid(x))),
  // (1 − |y|)²
  Softsign: first(({ g, constant }, dy, _, y) => {
    const rest = g.sub(constant(1), g.abs(y));
    return g.mul(dy, g.mul(rest, rest));
  }),
  Gelu: first((call, dy, x) => {
    const exact = stringAttribute(call.node, "approximate", "none") === "none";
    return call.g.mul(dy, exact ? geluExact(call, x) : geluTanh(call, x));
  }),
  // t + x·σ(x)·(1 − t²), where y = x·t
  Mish: first(({ g, constant }, dy, x) => {
    const t = g.tanh(g.softplus(x));
    const rest = g.mul(g.mul(x, g.sigmoid(x)), g.sub(constant(1), g.mul(t, t)));
    return g.mul(dy, g.add(t, rest));
  }),
  // Between −lambd and lambd everything is 0; the bias moves the rest without changing its slope.
  Shrink: first(({ g, node, constant }, dy, x) =>
    masked(g, dy, g.greater(g.abs(x), constant(floatAttribute(node, "lambd", 0.5))))
  ),
  Swish: first((call, dy, x, y) => swish(call, dy, { x, y, alpha: alphaOf(call, 1) })),
  "com.microsoft:QuickGelu": first((call, dy, x, y) =>
    swish(call, dy, { x, y, alpha: alphaOf(call, 1.702) })
  ),
  "com.microsoft:Gelu": first((call, dy, x) => call.g.mul(dy, geluExact(call, x))),
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  Dropout: dropout,
};
