import type { Graph, ValueInfo } from "../model.ts";
import type { Call, Row, Rows } from "./call.ts";

function subgraph({ node }: Call, name: string): Graph | undefined {
  const attribute = node.attributes[name];
  return attribute?.type === "graph" ? attribute.value : undefined;
}

/** What a subgraph declares of its outputs. */
function declared(graph: Graph | undefined): readonly (ValueInfo | undefined)[] {
  return graph?.outputs.map((name) => graph.values.get(name)) ?? [];
}

/** What both branches agree on. */
const choice: Row = (call) => {
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
const types = (skip: number): Row => (call) =>
  declared(subgraph(call, "body")).slice(skip).map((info) => ({ type: info?.type }));

/** Control flow: what its subgraphs declare, never what follows inside them. */
export const controlFlow: Rows = {
  If: choice,
  // A loop's body gives its condition first.
  Loop: types(1),
  Scan: types(0),
};
