import type { Graph, ValueInfo } from "../model.ts";
import { type Call, hasInput, type Rows, shapeAt, type ShapeRule } from "./call.ts";
import { isStatic } from "../dim.ts";

function subgraph({ node }: Call, name: string): Graph | undefined {
  const attribute = node.attributes[name];
  return attribute?.type === "graph" ? attribute.value : undefined;
}

/** Declared types and shapes of a subgraph's outputs. */
function declared(graph: Graph | undefined): readonly (ValueInfo | undefined)[] {
  return graph?.outputs.map((name) => graph.values.get(name)) ?? [];
}

/** Types and shapes on which both branches agree. */
const choice: ShapeRule = (call) => {
  const [yes, no] = [declared(subgraph(call, "then_branch")), declared(subgraph(call, "else_branch"))];
  return call.node.outputs.map((_, i) => {
    const [a, b] = [yes[i], no[i]];
    const agree = a?.shape !== undefined && a.shape.join() === b?.shape?.join();
    return {
      type: a?.type === b?.type ? a?.type : undefined,
      shape: agree && a.shape!.every((dim) => typeof dim === "number") ? a.shape : undefined,
    };
  });
};

/** Types only: shapes may change from one turn to the next. */
const types = (skip: number): ShapeRule => (call) =>
  declared(subgraph(call, "body")).slice(skip).map((info) => ({ type: info?.type }));

/**
 * A value that a loop carries keeps its shape where the body declares it, and it is that of the first turn.
 */
const loop: ShapeRule = (call) => {
  const body = subgraph(call, "body");
  return types(1)(call).map((info, i) => {
    const declared = body?.values.get(body.inputs[i + 2] ?? "")?.shape;
    const first = hasInput(call, i + 2) ? shapeAt(call, i + 2) : undefined;
    const same = declared && isStatic(declared) && declared.join() === first?.join();
    return same ? { ...info, shape: declared } : info;
  });
};

/** Control flow: what its subgraphs declare, never what follows inside them. */
export const controlFlow: Rows = {
  If: choice,
  // A loop's body gives its condition first.
  Loop: loop,
  Scan: types(0),
};
