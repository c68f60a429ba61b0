import { describe } from "../onnx/attribute.ts";
import type { Dim, Shape } from "../onnx/dim.ts";
import { inferNode, type Scope } from "../onnx/infer_shapes.ts";
import type { Graph, Model, Node } from "../onnx/model.ts";
import { contentsOf } from "../onnx/shapes/call.ts";
import { consumers, reads, type Use } from "../onnx/topology.ts";
import { Atoms, type Labels, requireFollowable } from "./atoms.ts";
import { channelRows, takesOperands, takesOuter } from "./rows/table.ts";
import { safeToZero } from "./safe_to_zero.ts";

/** What is known of one axis of a value. */
export interface Axis {
  /** The channel at each position. */
  readonly labels: Labels;
  /** Whether a masked channel is exactly zero here, so that sums over this axis do not see it. */
  readonly zero: boolean;
  /** A length that is not known, of which each position has all labels behind it: N along N·heads. */
  readonly outer?: Dim;
}

/** The axes of a value; `undefined` for an axis whose positions must all stay. */
export type Axes = readonly (Axis | undefined)[];

/** What a position along an axis of a stored tensor is to the layer that reads it. */
export type Role = "out" | "in" | "scale" | "bias" | "statistic" | "other";

/** An axis of a stored tensor along which channels lie. */
export interface StoredAxis {
  /** Name of the tensor. */
  tensor: string;
  /** Counted from 0. */
  axis: number;
  /** What it is to the layer that reads it. */
  role: Role;
  /** The channel at each position. */
  labels: Labels;
}

/** What an operator's row works with: the node, what is known of its inputs, and ways to relate channels. */
export interface Trace {
  /** The graph that is walked through. */
  readonly graph: Graph;
  /** Version of the operator set. */
  readonly opset: number;
  /** All channels so far. */
  readonly atoms: Atoms;
  /** What is known of the values so far. */
  readonly values: ReadonlyMap<string, Axes>;
  /** Who reads each value. */
  readonly uses: ReadonlyMap<string, readonly Use[]>;
  /** Shape of a value, where its rank is known. */
  shape(name: string | undefined): Shape | undefined;
  /** The numbers in a small tensor, as far as they are known. */
  contents(name: string | undefined): readonly Dim[] | undefined;
  /** An axis of a value; of a stored tensor, this use of it as `role`. */
  axis(name: string | undefined, axis: number, role?: Role): Axis | undefined;
  /** Protects an axis of a value, or all its axes. */
  protect(name: string | undefined, reason: string, axis?: number): void;
  /** Couples two axes, position by position; one that is not tracked protects the other. */
  join(a: Axis | undefined, b: Axis | undefined, reason: string): void;
}

/** A row: relates the channels of a node's inputs, and says what lies along the axes of its outputs. */
export type ChannelRow = (node: Node, trace: Trace) => (Axes | undefined)[];

/** All that was found by walking through a graph once. */
export interface Traced {
  /** All channels, and which must stay. */
  atoms: Atoms;
  /** The axes of each value. */
  values: Map<string, Axes>;
  /** The axes of stored tensors along which channels lie. */
  stored: StoredAxis[];
  /** Types, shapes and contents. */
  scope: Scope;
  /** Operators without a row, in order. */
  boundaries: Node[];
  /** Stored tensors that a mask may write zeros into. */
  zeroable: ReadonlySet<string>;
}

/** Walks through the nodes in order and relates channels, one row per operator. */
export function traceChannels(model: Model): Traced {
  const { graph, info } = model;
  const scope: Scope = {
    opsets: info.opsets,
    values: new Map(graph.values),
    initializers: graph.initializers,
    contents: new Map(),
  };
  for (const [name, { type, dims }] of graph.initializers) {
    scope.values.set(name, { ...scope.values.get(name), type, shape: [...dims] });
  }
  const uses = consumers(graph);
  const atoms = new Atoms();
  const values = new Map<string, Axes>();
  const stored = new Map<string, StoredAxis | "protected">();
  const zeroable = safeToZero(graph, uses);
  const shape = (name: string | undefined) => name ? scope.values.get(name)?.shape : undefined;

  function storedAxis(name: string, axis: number, role: Role): Axis | undefined {
    const tensor = graph.initializers.get(name)!;
    const at = axis < 0 ? axis + tensor.dims.length : axis;
    const length = tensor.dims[at];
    if (length === undefined || !/^b?float/.test(tensor.type) || "bytes" in tensor) {
      return undefined;
    }
    const key = `${at}:${name}`;
    let known = stored.get(key);
    if (known === "protected") return undefined;
    if (known === undefined) {
      known = { tensor: name, axis: at, role, labels: atoms.fresh(length) };
      stored.set(key, known);
    }
    return { labels: known.labels, zero: zeroable.has(name) };
  }

  const trace: Trace = {
    graph,
    opset: info.opsets[""] ?? info.opsets["ai.onnx"] ?? 1,
    atoms,
    values,
    uses,
    shape,
    contents(name) {
      if (!name) return undefined;
      const tensor = graph.initializers.get(name);
      return scope.contents.get(name) ?? (tensor && contentsOf(tensor));
    },
    axis(name, axis, role = "other") {
      if (!name) return undefined;
      if (graph.initializers.has(name)) return storedAxis(name, axis, role);
      return values.get(name)?.at(axis);
    },
    protect(name, reason, axis) {
      if (!name) return;
      const tensor = graph.initializers.get(name);
      const rank = tensor?.dims.length ?? values.get(name)?.length ?? 0;
      for (let i = 0; i < rank; i++) {
        if (axis !== undefined && i !== (axis < 0 ? axis + rank : axis)) continue;
        const key = `${i}:${name}`;
        const known = tensor ? stored.get(key) : values.get(name)?.[i];
        if (known === undefined && tensor) stored.set(key, "protected");
        else if (known !== undefined && known !== "protected") atoms.keep(known.labels, reason);
      }
    },
    join(a, b, reason) {
      if (a && b && a.labels.length === b.labels.length && a.outer === b.outer) {
        atoms.joinAll(a.labels, b.labels, reason);
      } else for (const axis of [a, b]) if (axis) atoms.keep(axis.labels, reason);
    },
  };

  const boundaries: Node[] = [];
  for (const node of graph.nodes) {
    inferNode(node, scope);
    for (const output of node.outputs) {
      for (const dim of shape(output) ?? []) {
        if (typeof dim === "number") requireFollowable(dim, () => describe(node));
      }
    }
    const domain = node.domain ?? "";
    const key = domain === "" || domain === "ai.onnx" ? node.op : `${domain}:${node.op}`;
    const captured = reads(node);
    for (const input of node.inputs) captured.delete(input);
    for (const name of captured) trace.protect(name, `${describe(node)} reads it inside a subgraph`);
    if (!Object.hasOwn(channelRows, key)) {
      const reason = `${describe(node)} has no row that says what it does to channels`;
      if (node.inputs.some((name) => touches(trace, name))) boundaries.push(node);
      for (const input of node.inputs) trace.protect(input, reason);
      continue;
    }
    if (!takesOuter.has(key)) { for (const input of node.inputs) endOuter(input, node, trace, values); }
    if (!takesOperands.has(key)) {
      for (const input of node.inputs.slice(1)) {
        trace.protect(input, `${describe(node)} takes it as a setting`);
      }
    }
    const outputs = channelRows[key]!(node, trace);
    node.outputs.forEach((name, i) => {
      const axes = outputs[i];
      if (name && axes?.some((axis) => axis !== undefined)) values.set(name, axes);
    });
  }
  for (const name of graph.outputs) trace.protect(name, `"${name}" is an output of the graph`);
  const tracked = [...stored.values()].filter((axis) => axis !== "protected");
  return { atoms, values, stored: tracked, scope, boundaries, zeroable };
}

/** Protects the axes of a value whose labels repeat, and tells no one of them any more. */
function endOuter(name: string, node: Node, trace: Trace, values: Map<string, Axes>) {
  const axes = values.get(name);
  if (!axes?.some((axis) => axis?.outer !== undefined)) return;
  axes.forEach((axis, i) => {
    if (axis?.outer !== undefined) trace.protect(name, `${describe(node)} needs its length`, i);
  });
  values.set(name, axes.map((axis) => axis?.outer === undefined ? axis : undefined));
}

function touches({ graph, values }: Trace, name: string): boolean {
  return values.has(name) || /^b?float/.test(graph.initializers.get(name)?.type ?? "");
}
