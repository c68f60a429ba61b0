import { TypeError } from "../../errors.ts";
import { describe, floatAttribute, intAttribute } from "../attribute.ts";
import type { GraphBuilder, Value } from "../builder.ts";
import { type GradientCall, type GradientRule, type GradientRules, madeOf } from "./call.ts";
import { dimValue } from "./shape.ts";

/** [batch, length, heads · size] as [batch, heads, length, size]; what has four axes stays as it is. */
function toHeads(g: GraphBuilder, x: Value, heads: number): Value {
  if (g.shape(x).length === 4) return x;
  return g.transpose(g.reshape(x, [0, 0, heads, -1]), [0, 2, 1, 3]);
}

/** Every head of keys or values as often as there are queries that share it. */
function repeated(g: GraphBuilder, x: Value, queries: Value): Value {
  const [own, wanted] = [g.shape(x)[1], g.shape(queries)[1]];
  if (own === wanted || typeof own !== "number" || typeof wanted !== "number") return x;
  const [batch, length, size] = [0, 2, 3].map((axis) => dimValue(g, x, axis));
  const target = g.concat([batch!, g.ints([own, wanted / own]), length!, size!], 0);
  return g.reshape(
    g.expand(g.unsqueeze(x, [2]), target),
    g.concat([batch!, g.ints([wanted]), length!, size!], 0),
  );
}

/** Scores, with masks added: of what must not be seen, the lowest number that is no infinity. */
function withMasks({ g, node, constant }: GradientCall, scores: Value, mask: Value | undefined): Value {
  const hidden = constant(-1e30);
  let value = scores;
  if (mask) value = g.info(mask).type === "bool" ? g.where(mask, value, hidden) : g.add(value, mask);
  if (intAttribute(node, "is_causal", 0) === 0) return value;
  const square = g.concat([dimValue(g, scores, 2), dimValue(g, scores, 3)], 0);
  const seen = g.trilu(g.expand(constant(1), square), false);
  return g.where(g.greater(seen, constant(0)), value, hidden);
}

/** Attention of ONNX's operator set 23, as products of matrices and a softmax. */
const attention = madeOf((call, [q, k, v, mask, ...past]) => {
  const { g, node, dy, constant } = call;
  if (past.some((value) => value) || dy.slice(1).some((part) => part)) {
    throw new TypeError(
      `Cannot differentiate ${
        describe(node)
      }: expected queries, keys, values and a mask, and a loss of the first ` +
        `output, found ${past.some((value) => value) ? "keys of a past" : "a loss of another output"}; ` +
        `train the model without its cache`,
    );
  }
  const heads = [intAttribute(node, "q_num_heads", 0), intAttribute(node, "kv_num_heads", 0)] as const;
  const queries = toHeads(g, q!, heads[0]);
  const [keys, values] = [k!, v!].map((x) => repeated(g, toHeads(g, x, heads[1]), queries));
  const size = Number(g.shape(queries)[3]);
  const scale = constant(floatAttribute(node, "scale", 1 / Math.sqrt(size)));
  let scores = g.mul(g.matMul(queries, g.transpose(keys!, [0, 1, 3, 2])), scale);
  const cap = floatAttribute(node, "softcap", 0);
  if (cap !== 0) scores = g.mul(g.tanh(g.div(scores, constant(cap))), constant(cap));
  const y = g.matMul(g.softmax(withMasks(call, scores, mask || undefined)), values!);
  if (g.shape(q!).length === 4) return [y];
  return [g.reshape(g.transpose(y, [0, 2, 1, 3]), [0, 0, -1])];
});

/** A rotation is undone by its opposite: the gradient of a turn is the turn by the other angle. */
function turnBack(sine: number): GradientRule {
  return ({ g, node, x, dy: [dy], needs }) => {
    if (dy === undefined) return [];
    if (needs(sine) || needs(sine - 1)) {
      throw new TypeError(
        `Cannot differentiate ${describe(node)}: its tables of cosines and sines have no gradient; ` +
          `train what it turns, not the tables`,
      );
    }
    if (!needs(0)) return [];
    const inputs = x.map((value, i) => i === 0 ? dy : i === sine ? g.neg(value) : value);
    const [dx] = g.node(node.op, inputs, node.attributes, node.domain ? { domain: node.domain } : {});
    g.declare(dx!, { type: g.info(x[0]!).type, shape: g.shape(x[0]!) });
    return [dx];
  };
}

export const attentions: GradientRules = {
  Attention: attention,
  RotaryEmbedding: turnBack(2),
  "com.microsoft:RotaryEmbedding": turnBack(3),
};
