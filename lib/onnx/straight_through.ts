import type { GraphBuilder, Value } from "./builder.ts";
import { removeDeadCode } from "./passes/dead_code.ts";
import { operatorOf } from "./operators/table.ts";
import { Model } from "./model.ts";

/** The operator set of Espalier's own operators. */
const DOMAIN = "espalier";

/**
 * `value` forwards and `surrogate` backwards: the result is `value`, and its gradient goes to `surrogate`
 * alone, for steps, roundings and choices, whose own gradient is zero. Both have one shape. A node
 * `espalier:StraightThrough`, which engines are given as an Identity.
 *
 * Source: Bengio, Léonard, Courville, "Estimating or propagating gradients through stochastic neurons for
 * conditional computation", 2013.
 */
export function straightThrough(g: GraphBuilder, value: Value, surrogate: Value): Value {
  return g.node("StraightThrough", [value, surrogate], {}, { domain: DOMAIN })[0]!;
}

/** The model with nothing of Espalier's own operators left: in place of each, the value that it hands on. */
export function lowerStraightThrough(model: Model): Model {
  const { graph, info } = model;
  if (!graph.nodes.some(({ domain }) => domain === DOMAIN)) return model;
  const nodes = graph.nodes.map((node) => {
    if (operatorOf(node) !== "espalier:StraightThrough") return node;
    const { domain: _, ...rest } = node;
    return { ...rest, op: "Identity", inputs: node.inputs.slice(0, 1) };
  });
  const { [DOMAIN]: _, ...opsets } = info.opsets;
  return removeDeadCode(new Model({ ...graph, nodes }, { ...info, opsets }));
}
