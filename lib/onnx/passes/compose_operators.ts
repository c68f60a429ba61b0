import type { GraphBuilder, Value } from "../builder.ts";
import type { Model, Node } from "../model.ts";
import { type OperatorTable, rowOf } from "../operators/table.ts";
import { rebuild } from "./rebuild.ts";
import { requireModel } from "../require_model.ts";

/**
 * An operator in terms of others: adds nodes to `g` that compute what `node` does, from the values that
 * `node.inputs` name, and returns its outputs, in order.
 */
export type ComposedOf = (g: GraphBuilder, node: Node) => readonly Value[];

/** The composition of operators that no engine has; Espalier's own are all of ONNX. */
export const compositions: OperatorTable<ComposedOf> = {};

/**
 * The model with the operators that were registered with a composition (`registerOperator`) written as the
 * operators that they are composed of, so that any runtime opens it. Engines are given models in this form.
 */
export function composeOperators(model: Model): Model {
  requireModel(model);
  const composed = (node: Node) => rowOf(compositions, node) !== undefined;
  if (!model.graph.nodes.some(composed)) return model;
  return rebuild(model, (g, node) => rowOf(compositions, node)?.(g, node));
}
