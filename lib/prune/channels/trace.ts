import { withoutUndefined } from "../../options.ts";
import { quoted } from "../../printable.ts";
import { describe } from "../../onnx/attribute.ts";
import type { Scope } from "../../onnx/shapes/call.ts";
import type { Graph, Model, Node } from "../../onnx/model.ts";
import { factsOf, operatorOf, rowOf } from "../../onnx/operators/table.ts";
import { consumers, neededValues, readInside } from "../../onnx/topology.ts";
import { type Walk, walkGraph } from "../../onnx/walk.ts";
import { type ChannelIds, ChannelUnionFind, requireFollowable } from "./channel_union_find.ts";
import {
  type Axes,
  type Axis,
  type Channels,
  type Closed,
  closed,
  type InputAxis,
  inputAxisOf,
  isOpen,
  stop,
} from "./axis.ts";
import { Mixtures } from "./mixtures.ts";
import type { Choice, Gate } from "./gates.ts";
import { type LocalFlow, localFlow } from "./local_flow.ts";
import type { Grouped, GroupWay } from "./group_ways.ts";
import { vocabularyLookups } from "./vocabulary.ts";
import { roleBehind } from "./role_behind.ts";
import { residualBlocks } from "./residual_blocks.ts";
import { ONLY_CHANNELS, type PrunableKind } from "../kinds.ts";
import type { ChannelCall, Flow, Role } from "../rows/row.ts";
import { channelRows, takesRepeats } from "../rows/table.ts";
import { safeToZero } from "../safe_to_zero.ts";
import { isTensor, normalAxis } from "../../tensor/tensor.ts";

/** An axis of a stored tensor along which channels lie. */
export interface StoredAxis {
  /** Name of the tensor. */
  tensor: string;
  /** Counted from 0. */
  axis: number;
  /** Role of the axis for the layer that reads it. */
  role: Role;
  /** The channel at each position. */
  labels: ChannelIds;
}

/** All that was found by walking through a graph once. */
export interface Traced {
  /** All channels, and which must stay. */
  atoms: ChannelUnionFind;
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
  /** Axes of which one channel must stay: no channel group has only some of their channels. */
  filled: readonly ChannelIds[];
  /** Why stored tensors without channels have none, by name. */
  whole: ReadonlyMap<string, string>;
  /** The convolutions in groups that have channels on both sides. */
  grouped: readonly Grouped[];
  /** What can be left out of sums, where more than channels may go. */
  gates: readonly Gate[];
  /** Choices among experts, where these may go. */
  choices: readonly Choice[];
  /** The blocks among what has gates: the atom of each, and the name of what its sum gives. */
  blocks: ReadonlyMap<number, string>;
  /** The rows of the tables that ids of an input are looked up in, by the input, where rows may go. */
  vocabularies: ReadonlyMap<string, ChannelIds>;
}

/**
 * Walks through the nodes in order and relates channels, one row per operator.
 *
 * @param ways how channels leave convolutions in groups, by what these give; for the others their size says
 * @param kinds what may go
 * @param watch is told of each node with a row what it does to the positions of its own inputs
 */
export function traceChannels(
  model: Model,
  ways: ReadonlyMap<string, GroupWay> = new Map(),
  kinds: readonly PrunableKind[] = ONLY_CHANNELS,
  watch?: (node: Node, flow: LocalFlow) => void,
): Traced {
  const walk = walkGraph(model);
  const channels = new ChannelWalk(walk, ways, kinds);
  channels.watch = watch;
  for (const node of walk.nodes()) channels.visit(node);
  channels.closeOutputs();
  const { atoms, values, scope, boundaries, zeroable, grouped, vocabularies } = channels;
  const gates: Gate[] = [...channels.mixtures?.gates(channels.storedAxes()) ?? []];
  const blocks = new Map<number, string>();
  for (const { output, stream } of kinds.includes("blocks") ? residualBlocks(model.graph, walk.shape) : []) {
    const [atom] = atoms.fresh(1) as unknown as [number];
    gates.push({ atom, output, addend: 1 - stream });
    blocks.set(atom, output);
  }
  return {
    atoms,
    values,
    stored: channels.storedAxes(),
    scope,
    boundaries,
    zeroable,
    whole: channels.wholeTensors(),
    filled: [...channels.filled],
    grouped,
    gates,
    choices: channels.mixtures?.choices ?? [],
    blocks,
    vocabularies,
  };
}

/** State of the walk that follows channels through a graph. */
class ChannelWalk {
  readonly atoms = new ChannelUnionFind();
  readonly values = new Map<string, Axes>();
  readonly boundaries: Node[] = [];
  readonly filled = new Set<ChannelIds>();
  readonly grouped: Grouped[] = [];
  readonly vocabularies = new Map<string, ChannelIds>();
  readonly scope: Scope;
  readonly zeroable: ReadonlySet<string>;
  readonly #graph: Graph;
  readonly #walk: Walk;
  readonly #ways: ReadonlyMap<string, GroupWay>;
  readonly #uses;
  /** Inputs whose ids are looked up, by what that gives. */
  readonly #lookups: ReadonlyMap<string, string>;
  /** What is known of experts, where these may go. */
  readonly mixtures: Mixtures | undefined;
  /** Is told what each node does by itself. */
  watch: ((node: Node, flow: LocalFlow) => void) | undefined;
  /** Values that anybody reads. */
  readonly #needed: ReadonlySet<string>;
  /** Axes of stored tensors that rows asked for, and those that somebody needs whole. */
  readonly #stored = new Map<string, StoredAxis | Closed>();
  /** Why values of unknown rank have no channels. */
  readonly #why = new Map<string, string>();

  constructor(walk: Walk, ways: ReadonlyMap<string, GroupWay>, kinds: readonly PrunableKind[]) {
    const { graph } = walk;
    this.#walk = walk;
    this.#graph = graph;
    this.#ways = ways;
    this.scope = walk.scope;
    this.#uses = consumers(graph);
    this.#lookups = kinds.includes("vocabulary") ? vocabularyLookups(graph, this.#uses) : new Map();
    this.#needed = neededValues(graph);
    this.zeroable = safeToZero(graph, this.#uses);
    if (kinds.includes("experts")) this.mixtures = new Mixtures(walk, this.atoms, this.#uses);
    for (const name of graph.inputs) this.#why.set(name, `${quoted(name)} is an input of the graph`);
  }

  storedAxes(): StoredAxis[] {
    return [...this.#stored.values()].filter((axis) => "tensor" in axis);
  }

  /** The stored tensors along which no channels were found, and the first reason. */
  wholeTensors(): Map<string, string> {
    const tracked = new Set(this.storedAxes().map(({ tensor }) => tensor));
    const whole = new Map<string, string>();
    for (const [key, axis] of this.#stored) {
      const name = key.slice(key.indexOf(":") + 1);
      if (!("tensor" in axis) && !tracked.has(name) && !whole.has(name)) whole.set(name, axis.why);
    }
    return whole;
  }

  /**
   * Keeps the channels of what the graph gives. Along an axis as long as one vocabulary is, an output has a
   * number for each of its ids, and these leave with them.
   */
  closeOutputs(): void {
    for (const name of this.#graph.outputs) {
      const why = `${quoted(name)} is an output of the graph`;
      for (const [i, axis] of (this.values.get(name) ?? []).entries()) {
        const labels = isOpen(axis) && this.#vocabularyOf(axis.labels);
        if (labels) this.atoms.joinAll(labels, (axis as Channels).labels);
        else this.close(name, why, i);
      }
      if (this.#graph.initializers.has(name)) this.close(name, why);
    }
  }

  /** The rows of the only vocabulary that has as many as there are channels. */
  #vocabularyOf({ length }: ChannelIds): ChannelIds | undefined {
    const atom = ({ 0: label = -1 }: ChannelIds) => this.atoms.find(label);
    const alike = [...this.vocabularies.values()].filter((labels) => labels.length === length);
    return alike.every((labels) => atom(labels) === atom(alike[0]!)) ? alike[0] : undefined;
  }

  /** Ids of an input are places along this axis; all tables that they are looked up in lose the same rows. */
  #lookedUp(input: string, axis: Axis | undefined, node: Node): void {
    if (!isOpen(axis)) return;
    const known = this.vocabularies.get(input);
    if (known === undefined) this.vocabularies.set(input, axis.labels);
    else this.#join({ labels: known, zero: false }, axis, node);
  }

  /** Asks the node's row what it does, and keeps all channels that it does not answer for. */
  visit(node: Node): void {
    for (const output of node.outputs) {
      for (const dim of this.scope.values.get(output)?.shape ?? []) {
        if (typeof dim === "number") requireFollowable(dim, () => describe(node));
      }
    }
    for (const name of readInside(node)) this.close(name, `${describe(node)} reads it inside a subgraph`);
    const row = rowOf(channelRows, node);
    if (row === undefined) {
      const reason = `${describe(node)} has no row that says what it does to channels`;
      if (node.inputs.some((name) => this.#touches(name))) this.boundaries.push(node);
      for (const input of node.inputs) this.close(input, reason);
      for (const output of node.outputs) this.#why.set(output, reason);
      return;
    }
    const asked = new Set<number>();
    const call = this.#callOf(node, takesRepeats.has(operatorOf(node)), asked);
    const flow = row(call);
    // Before this node joins anything: a row sees what those before it did.
    this.watch?.(node, localFlow(row, call));
    this.#settle(node, flow);
    this.mixtures?.visit(node, flow, { asked, values: this.values });
  }

  #settle(node: Node, { outputs, joins = [], consumed = [], filled = [], ...flow }: Flow) {
    const sizes = flow.sizes ?? factsOf(node).sizes ?? [];
    const spoken = new Set<InputAxis>();
    const reasons = new Map<InputAxis, string>();
    const speak = (axis: Axis | undefined) => {
      for (const place of axis?.of ?? []) {
        if (isOpen(axis)) spoken.add(place);
        else if (axis && !reasons.has(place)) reasons.set(place, axis.why);
      }
    };
    // A value of unknown rank has no axes for a row to take.
    const nowhere = closed(`${describe(node)} reads a value of unknown rank`);
    for (const [a = nowhere, b = nowhere] of joins) {
      this.#join(a, b, node);
      speak(a);
      speak(b);
    }
    consumed.forEach(speak);
    this.#lookedUp(this.#lookups.get(node.outputs[0] ?? "") ?? "", flow.vocabulary, node);
    if (flow.grouped) this.grouped.push(flow.grouped);
    for (const axis of filled) if (isOpen(axis)) this.filled.add(axis.labels);
    const unknown = node.outputs.findIndex((name, i) => this.#needed.has(name) && outputs[i] === undefined);
    const silent = unknown < 0 ? undefined : this.#whyUnknown(node) ??
      `${describe(node)} gives ${quoted(node.outputs[unknown])}, which has no channels`;
    node.outputs.forEach((name, i) => {
      if (!name) return;
      outputs[i]?.forEach(speak);
      this.#store(name, outputs[i] ?? [], silent ?? `${describe(node)} makes it, and it has no channels`);
    });
    node.inputs.forEach((name, input) => {
      if (!name || sizes.includes(input)) return;
      for (let axis = 0; axis < this.#rank(name); axis++) {
        const place = inputAxisOf(input, axis);
        const reason = silent ?? reasons.get(place);
        if (reason === undefined && spoken.has(place)) continue;
        this.close(name, reason ?? `${describe(node)} needs all of axis ${axis} of ${quoted(name)}`, axis);
      }
    });
  }

  /** Why the rank of an input is not known, where one is not. */
  #whyUnknown({ inputs }: Node): string | undefined {
    const name = inputs.find((name) => this.#why.has(name) && !this.scope.values.get(name)?.shape);
    return name === undefined ? undefined : this.#why.get(name);
  }

  /** Remembers an output; what contradicts its shape is not believed. */
  #store(name: string, axes: Axes, otherwise: string) {
    const shape = this.scope.values.get(name)?.shape;
    this.#why.set(name, otherwise);
    const rank = shape?.length ?? axes.length;
    if (rank === 0) return;
    this.values.set(
      name,
      Array.from({ length: rank }, (_, i): Axis => {
        const axis = axes[i];
        if (axis === undefined) return closed(otherwise);
        if (!isOpen(axis)) return axis.of ? closed(axis.why) : axis;
        const { labels, zero, repeats, chosen } = axis;
        const length = shape?.[i];
        if (repeats === undefined && typeof length === "number" && length !== labels.length) {
          this.atoms.keep(labels, otherwise);
          return closed(otherwise);
        }
        return withoutUndefined({ labels, zero, repeats, chosen });
      }),
    );
  }

  /** Couples two axes, position by position; one that is closed closes the other. */
  #join(a: Axis, b: Axis, node: Node) {
    if (isOpen(a) && isOpen(b)) {
      if (a.labels.length === b.labels.length && a.repeats === b.repeats) {
        this.atoms.joinAll(a.labels, b.labels);
      } else {
        for (const { labels } of [a, b]) {
          this.atoms.keep(labels, `${describe(node)} combines it with another number of channels`);
        }
      }
    } else if (isOpen(a)) this.atoms.keep(a.labels, (b as Closed).why);
    else if (isOpen(b)) this.atoms.keep(b.labels, a.why);
  }

  /** Keeps an axis of a value or stored tensor whole, or all its axes. */
  close(name: string, reason: string, axis?: number): void {
    if (!name) return;
    const stored = this.#graph.initializers.has(name);
    for (let i = axis ?? 0; i < (axis === undefined ? this.#rank(name) : axis + 1); i++) {
      const known = stored ? this.#stored.get(`${i}:${name}`) : this.values.get(name)?.[i];
      if (known === undefined && stored) this.#stored.set(`${i}:${name}`, closed(reason));
      else if (known && "labels" in known) this.atoms.keep(known.labels, reason);
    }
  }

  #rank(name: string): number {
    return this.#graph.initializers.get(name)?.dims.length ?? this.values.get(name)?.length ?? 0;
  }

  #axisOf(name: string, axis: number, role: Role, integers: boolean): Channels | Closed {
    const tensor = this.#graph.initializers.get(name);
    if (!tensor) {
      return this.values.get(name)?.[axis] ?? closed(this.#why.get(name) ?? `nothing makes ${quoted(name)}`);
    }
    if (!/^(b?float16|float32|float64)$/.test(tensor.type) && !(integers && isTensor(tensor))) {
      const why = `${quoted(name)} is stored as ${tensor.type}, whose channels are not followed`;
      this.close(name, why, axis); // also where another reader follows them
      return closed(why);
    }
    const key = `${axis}:${name}`;
    let known = this.#stored.get(key);
    if (known === undefined) {
      known = { tensor: name, axis, role, labels: this.atoms.fresh(tensor.dims[axis]!) };
      this.#stored.set(key, known);
    }
    return "labels" in known ? { labels: known.labels, zero: this.zeroable.has(name) } : known;
  }

  #callOf(node: Node, takesRepeats: boolean, asked: Set<number>): ChannelCall {
    const { atoms } = this;
    const { initializers } = this.#graph;
    const { opset, shape, contents } = this.#walk;
    const integers = factsOf(node).quantized === true;
    const { initializers: all } = this.#graph;
    const roleOf = (input: number, axis: number, role: Role) =>
      role === "other" && all.has(node.inputs[input]!) ? roleBehind(node, axis, this.#uses, shape) : role;
    const axisAt = (input: number, given: number, role: Role): Axis => {
      const name = node.inputs[input];
      if (!name) return closed(`${describe(node)} has no input ${input}`);
      const axis = normalAxis(given, shape(name)?.length ?? this.#rank(name));
      const known = this.#axisOf(name, axis, roleOf(input, axis, role), integers);
      if (!isOpen(known)) return known;
      const open = { ...known, of: [inputAxisOf(input, axis)] };
      if (known.repeats === undefined || takesRepeats) return open;
      return stop(open, `${describe(node)} needs its length`);
    };
    return {
      node,
      opset,
      graph: this.#graph,
      uses: this.#uses,
      experts: this.mixtures !== undefined,
      places: (index) => {
        asked.add(index);
        return this.mixtures?.placesIn(node.inputs[index]);
      },
      ids: this.#lookups.get(node.outputs[0] ?? ""),
      ways: this.#ways,
      shape,
      contents,
      stored: (input) => initializers.has(node.inputs[input] ?? ""),
      axis: (input, axis, role = "other") => axisAt(input, axis, role),
      axes: (input, role = "other") =>
        (shape(node.inputs[input]) ?? []).map((_, axis) => axisAt(input, axis, role)),
      fresh: (length) => atoms.fresh(length),
      stay: (why) => atoms.stay(why),
      find: (label) => atoms.find(label),
    };
  }

  #touches(name: string): boolean {
    return this.values.get(name)?.some(isOpen) ??
      /^b?float/.test(this.#graph.initializers.get(name)?.type ?? "");
  }
}
