import { operatorOf, rowOf } from "../onnx/operators/table.ts";
import { describe } from "../onnx/attribute.ts";
import { type Dim, multiplyDims, type Shape } from "../onnx/dim.ts";
import type { Graph, Model, Node } from "../onnx/model.ts";
import { type AnyTensor, isTensor } from "../tensor/tensor.ts";
import { consumers, readInside } from "../onnx/topology.ts";
import { walkGraph } from "../onnx/walk.ts";
import { MetaGraphBuilder } from "./meta_graph_builder.ts";
import { graphRows, takesOperands } from "./rows/table.ts";
import { type AxisLayout, withoutChannels } from "./axis_layout.ts";
import { storedAs, type WeightView } from "./weight_view.ts";

/** State of the conversion that an operator's row works with. */
export interface Trace {
  /** The graph that is walked through. */
  readonly graph: Graph;
  /** Version of the operator set. */
  readonly opset: number;
  /** The nodes and edges so far. */
  readonly draft: MetaGraphBuilder;
  /** Shape of a value, where its rank is known. */
  shape(name: string | undefined): Shape | undefined;
  /** The numbers in a small tensor, as far as they are known. */
  contents(name: string | undefined): readonly Dim[] | undefined;
  /** The stored tensor that a value is, or rearranges. */
  stored(name: string | undefined): WeightView | undefined;
  /** Where the channels of a computed value lie; `undefined` where not even its rank is known. */
  layout(name: string | undefined): AxisLayout | undefined;
  /** Says where the channels of a value lie from now on. */
  setLayout(name: string, layout: AxisLayout): void;
  /** Nodes for an axis of an input of the model, the same ones wherever it is read. */
  inputNodes(origin: string, channels: number, pixels: number): Int32Array;
  /** Says why a stored tensor is not carried. */
  pass(name: string | undefined, why: string): void;
}

/** A row: adds the nodes and edges of an operator, and says what lies where in its outputs. */
export type GraphRow = (node: Node, trace: Trace) => readonly (AxisLayout | WeightView | undefined)[];

/** Walks through a model in normal form once; one row per operator adds nodes and edges. */
export function traceModel({ graph, info }: Model): MetaGraphBuilder {
  const draft = new MetaGraphBuilder();
  const walk = walkGraph({ graph, info });
  const known = new Map<string, AxisLayout | WeightView>();
  for (const [name, tensor] of graph.initializers) {
    if (isFloat(tensor)) known.set(name, storedAs(name, tensor.dims));
  }
  for (const name of graph.inputs) {
    const shape = walk.shape(name);
    if (!shape || known.has(name)) continue;
    const axes = shape.map((size, axis) => [{ size, channel: false, origin: `${name} ${axis}` }]);
    known.set(name, { ...withoutChannels(shape), axes });
  }
  const uses = consumers(graph);
  const captured = graph.nodes.flatMap((node) => [...readInside(node)]);
  const seen = new Set([...graph.outputs, ...captured]);
  const readOnce = (name: string) => uses.get(name)?.length === 1 && !seen.has(name);
  const inputs = new Map<string, Int32Array>();

  const trace: Trace = {
    graph,
    opset: walk.opset,
    draft,
    shape: walk.shape,
    contents: walk.contents,
    stored(name) {
      const found = known.get(name ?? "");
      return found && "tensor" in found ? found : undefined;
    },
    layout(name) {
      const found = known.get(name ?? "");
      return found && !("tensor" in found) ? found : undefined;
    },
    setLayout: (name, layout) => known.set(name, layout),
    inputNodes(origin, channels, pixels) {
      const name = origin.slice(0, origin.lastIndexOf(" "));
      let nodes = inputs.get(origin);
      if (nodes?.length !== channels) {
        nodes = draft.open(channels, { name, kind: "input", op: "", pixels });
        inputs.set(origin, nodes);
      }
      return nodes;
    },
    pass(name, why) {
      const stored = trace.stored(name);
      if (stored) draft.pass(stored.tensor, why);
    },
  };

  for (const name of captured) trace.pass(name, "it is read inside a subgraph of control flow");
  for (const node of walk.nodes()) {
    const row = rowOf(graphRows, node) ?? noRow;
    if (row !== noRow && !takesOperands.has(operatorOf(node))) {
      for (const name of node.inputs.slice(1)) trace.pass(name, `${describe(node)} takes it as a setting`);
    }
    const found = row(node, trace);
    node.outputs.forEach((name, i) => {
      const [shape, value] = [trace.shape(name), found[i]];
      if (!name) return;
      if (value && "tensor" in value) known.set(name, value);
      else if (value && (!shape || fits(value, shape))) {
        known.set(name, { ...value, fresh: value.fresh && readOnce(name) });
      } else if (shape) known.set(name, withoutChannels(shape));
    });
  }
  for (const name of graph.outputs) {
    for (const label of trace.layout(name)?.labels ?? []) if (label >= 0) draft.layerOf(label).output = true;
  }
  return draft;
}

/** An operator outside the table: what it reads is passed on, and what is behind it starts anew. */
const noRow: GraphRow = (node, trace) => {
  for (const name of node.inputs) {
    trace.pass(name, `${describe(node)} has no row that says what it does to channels`);
  }
  return [];
};

/** Whether factors multiply to the lengths of the axes. */
function fits({ axes }: AxisLayout, shape: Shape): boolean {
  return axes.length === shape.length && axes.every((factors, axis) => {
    const length = factors.reduce<Dim>((product, { size }) => multiplyDims(product, size), 1);
    return typeof length !== "number" || typeof shape[axis] !== "number" || length === shape[axis];
  });
}

function isFloat(tensor: AnyTensor): boolean {
  return isTensor(tensor) && /^float(16|32|64)$/.test(tensor.type);
}
