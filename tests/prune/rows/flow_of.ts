import type { AttributeLike } from "../../../lib/onnx/attribute.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { Dim } from "../../../lib/onnx/dim.ts";
import { OPSET } from "../../../lib/onnx/model.ts";
import { rowOf } from "../../../lib/onnx/operators/table.ts";
import { contentsOf } from "../../../lib/onnx/shapes/call.ts";
import { consumers } from "../../../lib/onnx/topology.ts";
import { type Axis, closed, isOpen } from "../../../lib/prune/channels/axis.ts";
import { ChannelUnionFind } from "../../../lib/prune/channels/channel_union_find.ts";
import type { ChannelCall, Role } from "../../../lib/prune/rows/row.ts";
import { channelRows } from "../../../lib/prune/rows/table.ts";
import { int64, sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";

/** An input of the node: a value of this shape or of unknown rank, a stored weight, or stored whole numbers. */
export type Given =
  | readonly Dim[]
  | "unknown"
  | { weight: readonly number[] }
  | { ints: number[] }
  | undefined;

/** Settings of the node, and of what is known of its inputs. */
export interface FlowOptions {
  attributes?: Record<string, AttributeLike>;
  /** How many outputs it has. Default 1. */
  outputs?: number;
  opset?: number;
  /** Axes of inputs where a masked channel is not zero, as `input.axis`; everywhere else it is. */
  nonzero?: readonly string[];
  /** Axes that must stay, for the reason "shut", as `input.axis`. */
  shut?: readonly string[];
}

/** What a row says, in words; see {@linkcode flowOf}. */
export interface Said {
  outputs: string[][];
  /** Axes that are coupled, position by position, as `one = other`. */
  joins: string[];
  /** Axes that end in the operator: as they are where channels may leave all the same. */
  consumed: string[];
  roles: Record<string, Role>;
}

/**
 * Asks an operator's row about one node alone. An axis reads as where it comes from: `0.1` is axis 1 of input 0, `0.1[0,2]`
 * positions of it, `0.1[0] 1.1[0]` one position of each; `new[2]` are two new channels, `stays[2]` two positions that stay; `~`
 * behind it says that a masked channel is not zero there. A closed axis reads as `closed: reason`.
 */
export function flowOf(op: string, inputs: readonly Given[], options: FlowOptions = {}): Said {
  const { attributes = {}, outputs = 1, opset = OPSET, nonzero = [], shut = [] } = options;
  const g = new GraphBuilder("one node", { "": opset });
  const names = inputs.map((given, i) => {
    if (given === undefined) return "";
    if (given === "unknown") return g.node("Unheard", [], {}, { domain: "test" })[0]!;
    if ("ints" in given) return g.parameter(`i${i}`, int64(given.ints));
    if (!("weight" in given)) return g.input(`i${i}`, "float32", [...given]);
    return g.parameter(`i${i}`, new Tensor("float32", new Float32Array(sizeOf(given.weight)), given.weight));
  });
  const made = g.node(op, names, attributes, { outputs });
  made.forEach((name) => g.output(name));
  const { graph } = g.model();
  const node = graph.nodes.at(-1)!;
  const atoms = new ChannelUnionFind();
  const known = new Map<string, Int32Array>();
  const placeOf = new Map<number, { axis: string; position: number }>();
  const roles: Record<string, Role> = {};
  const shape = (name: string | undefined) =>
    name ? graph.initializers.get(name)?.dims ?? graph.values.get(name)?.shape : undefined;
  const axis: ChannelCall["axis"] = (input, given, role) => {
    const at = given < 0 ? given + (shape(names[input])?.length ?? 0) : given;
    const place = `${input}.${at}`;
    const length = shape(names[input])?.[at];
    if (role && role !== "other") roles[place] = role;
    if (shut.includes(place) || typeof length !== "number") return closed("shut");
    let labels = known.get(place);
    if (labels === undefined) {
      known.set(place, labels = atoms.fresh(length));
      labels.forEach((label, position) => placeOf.set(label, { axis: place, position }));
    }
    return { labels, zero: !nonzero.includes(place), of: [input * 64 + at] };
  };
  const call: ChannelCall = {
    node,
    experts: false,
    places: () => undefined,
    opset,
    graph,
    uses: consumers(graph),
    ways: new Map(),
    ids: undefined,
    shape,
    contents: (name) => {
      const tensor = graph.initializers.get(name ?? "");
      return tensor && contentsOf(tensor);
    },
    stored: (input) => graph.initializers.has(names[input] ?? ""),
    axis,
    axes: (input, role) => (shape(names[input]) ?? []).map((_, at) => axis(input, at, role)),
    fresh: (length) => atoms.fresh(length),
    stay: (why) => atoms.stay(why),
    find: (label) => atoms.find(label),
  };
  const said = (one: Axis): string => {
    if (!isOpen(one)) return `closed: ${one.why}`;
    const runs: { axis: string; positions: number[] }[] = [];
    for (const label of one.labels) {
      const { axis, position } = label < 0
        ? { axis: "stays", position: 0 }
        : placeOf.get(label) ?? { axis: "new", position: 0 };
      if (runs.at(-1)?.axis === axis) runs.at(-1)!.positions.push(position);
      else runs.push({ axis, positions: [position] });
    }
    const text = runs.map(({ axis, positions }) => {
      if (axis === "new" || axis === "stays") return `${axis}[${positions.length}]`;
      const whole = positions.length === known.get(axis)!.length && positions.every((p, i) => p === i);
      return whole ? axis : `${axis}[${positions}]`;
    }).join(" ");
    return one.zero ? text : `${text}~`;
  };
  const { outputs: flows, joins = [], consumed = [] } = rowOf(channelRows, node)!(call);
  return {
    outputs: flows.map((axes) => axes.map(said)),
    joins: joins.map(([a, b]) => `${said(a)} = ${said(b)}`),
    consumed: consumed.map(said),
    roles,
  };
}
