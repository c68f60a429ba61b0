import type { Graph, ValueInfo } from "../model.ts";
import { intsAttribute } from "../attribute.ts";
import { completed, turnsOf } from "../turns.ts";
import type { Call, Rows, ShapeRule } from "./call.ts";
import { isStatic } from "../dim.ts";

function subgraph({ node }: Call, name: string): Graph | undefined {
  const attribute = node.attributes[name];
  return attribute?.type === "graph" ? attribute.value : undefined;
}

/** What a subgraph declares of its outputs. */
function declared(graph: Graph | undefined): readonly (ValueInfo | undefined)[] {
  return graph?.outputs.map((name) => graph.values.get(name)) ?? [];
}

/** What both branches agree on. */
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

/**
 * What a body carries keeps its shape where the body declares it, and it is that of the first turn; what it
 * gives at each turn lies side by side along one more axis, as long as there are turns. Other shapes may
 * change from one turn to the next.
 */
const turns = (axesOf: (call: Call) => readonly number[]): ShapeRule => (call) => {
  const body = subgraph(call, "body");
  if (!body) return [];
  const { count, inputs, carried, rows } = turnsOf(call.node, body, call.scope);
  const all = declared(body);
  const states = carried.map(([output, input]): ValueInfo => {
    const { type, shape } = all[output] ?? {};
    const first = completed(body.values.get(body.inputs[input] ?? "")?.shape, inputs[input]);
    const same = isStatic(shape) && shape.join() === first?.join();
    return same ? { type, shape } : { type };
  });
  const axes = axesOf(call);
  return [
    ...states,
    ...all.slice(rows).map((info, i): ValueInfo => {
      const { type, shape } = info ?? {};
      if (count === undefined || !isStatic(shape)) return { type };
      const axis = axes[i] ?? 0;
      return { type, shape: shape.toSpliced(axis < 0 ? axis + shape.length + 1 : axis, 0, count) };
    }),
  ];
};

/** Control flow: what its subgraphs declare, never what follows inside them. */
export const controlFlow: Rows = {
  If: choice,
  Loop: turns(() => []),
  Scan: turns(({ node }) => intsAttribute(node, "scan_output_axes", []) ?? []),
};
