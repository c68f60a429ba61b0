import { fileBytes } from "../../onnx/codec/encode.ts";
import type { Shape } from "../../onnx/dim.ts";
import type { Model, Node } from "../../onnx/model.ts";
import { allInitializers } from "../../onnx/topology.ts";
import { factsOf } from "../../onnx/operators/table.ts";
import { learnedConstants } from "../../onnx/learned.ts";
import { byteSize } from "../../tensor/arrays.ts";
import { type AnyTensor, normalAxis } from "../../tensor/tensor.ts";
import type { ChannelIds } from "../channels/channel_union_find.ts";
import { channelsAt } from "../channels/axis.ts";
import type { ChannelGroup, ChannelGroups } from "../channel_groups.ts";
import { macsOf, storedBytes } from "./model_costs.ts";

/** MACs, parameters and bytes of a model. */
export interface Costs {
  /** Multiply-accumulates of one example; NaN in a plan by another cost, where they cannot be counted. */
  macs: number;
  /** Learned numbers. */
  parameters: number;
  /**
   * Bytes of the file that `saveModel` writes, in one file. Weights that the graph of the original computes
   * count as what they take stored, which pruning has to do with them.
   */
  bytes: number;
}

/** Keeps count of costs while channels leave one by one. */
export interface IncrementalCost {
  /** Costs of the model at this point. */
  readonly now: Costs;
  /**
   * How much of what it cost at first is for vectors that the model given stores once for several readers.
   */
  readonly repeated: Costs;
  /** Removes a channel and returns what is left. */
  remove(group: number, channel: number): Costs;
  /** Puts channels back. */
  restore(group: number, channels: readonly number[]): void;
  /** Costs that removing some channels of a group would leave. */
  without(group: number, channels: readonly number[]): Costs;
}

/** One addend: a constant times the lengths of some axes. */
interface Term {
  kind: keyof Costs;
  factor: number;
  axes: number[];
}

/**
 * A function that opens ledgers with every channel still there. Their numbers are exact: each product of
 * matrices, convolution and stored tensor costs a constant times the lengths of the axes along which channels
 * lie; of the file, all else is as at first.
 *
 * @param wanted the cost that matters: where it is another, multiply-accumulates that cannot be counted are
 * NaN
 * @throws TypeError where a size is unknown, naming the input to give a shape for
 */
export function costsOfGroups(
  groups: ChannelGroups,
  inputShapes: Readonly<Record<string, Shape>> = {},
  wanted: keyof Costs = "macs",
): () => IncrementalCost {
  const counted = macsOf(groups.model, inputShapes, wanted);
  const learned = new Map(
    learnedConstants(groups.model).entries().filter(([, { role }]) => role !== "statistic")
      .map(([name, { size = 0 }]) => [name, size]),
  );
  const labels = placesIn(groups);
  const { terms, lists } = numbered([
    ...addendsOfNodes(counted ?? [], groups, labels),
    ...addendsOfTensors(groups.model, learned, labels),
  ]);
  const lengths = lists.map(({ length }) => length);
  const touches = touchesOf(groups, lists);
  const using = lists.map((): number[] => []);
  terms.forEach(({ axes }, t) => new Set(axes).forEach((axis) => using[axis]!.push(t)));
  const start: Costs = { macs: counted ? 0 : NaN, parameters: 0, bytes: 0 };
  for (const term of terms) start[term.kind] += valueOf(term, lengths);
  const repeated = repeatedIn(groups.model, learned);
  return () => openLedger({ terms, touches, using, lengths: [...lengths], now: { ...start }, repeated });
}

/**
 * A part of a cost, and the channels along the axes that its size is a product of; nothing for fixed axes.
 */
interface Addend {
  kind: keyof Costs;
  amount: number;
  labels: readonly (ChannelIds | undefined)[];
}

/**
 * Where channels lie: along the axes of values, and with the blocks and experts that alone need something.
 */
interface ChannelPlaces {
  along(name: string | undefined, axis: number): ChannelIds | undefined;
  /** Axes of length 1 until the block or expert leaves. */
  gates(what: "nodes" | "tensors", name: string): ChannelIds[];
}

function placesIn({ model: { graph }, traced, alone }: ChannelGroups): ChannelPlaces {
  const stored = new Map<string, ChannelIds[]>();
  for (const { tensor, axis, labels } of traced.stored) {
    if (!stored.has(tensor)) stored.set(tensor, []);
    stored.get(tensor)![axis] = labels;
  }
  const gates = [...alone].map(([atom, needed]) => ({ ...needed, labels: Int32Array.of(atom) }));
  return {
    along(name, axis) {
      if (!name) return undefined;
      const at = normalAxis(axis, traced.scope.values.get(name)?.shape?.length ?? 0);
      return graph.initializers.has(name)
        ? stored.get(name)?.[at]
        : channelsAt(traced.values.get(name), at)?.labels;
    },
    gates: (what, name) => gates.filter((gate) => gate[what].has(name)).map(({ labels }) => labels),
  };
}

/** Multiply-accumulates, node by node. */
function addendsOfNodes(
  counted: Iterable<readonly [Node, number]>,
  { traced }: ChannelGroups,
  labels: ChannelPlaces,
): Addend[] {
  const shapeOf = (name: string | undefined) => traced.scope.values.get(name ?? "")?.shape;
  return [...counted].flatMap(([node, macs]) =>
    macAddends(node, shapeOf).map(({ share, axes }): Addend => ({
      kind: "macs",
      amount: macs * share,
      labels: [
        ...axes.map(([value, axis]) =>
          labels.along(value === "y" ? node.outputs[0] : node.inputs[value], axis)
        ),
        ...labels.gates("nodes", node.outputs[0]!),
      ],
    }))
  );
}

/** Learned numbers and bytes, tensor by tensor, and what of the file is none of a tensor's. */
function addendsOfTensors(
  model: Model,
  learned: ReadonlyMap<string, number>,
  labels: ChannelPlaces,
): Addend[] {
  const { graph } = model;
  const within = [...allInitializers(graph).keys()].filter((name) => !graph.initializers.has(name));
  return [
    ...within.map((name): Addend => ({ kind: "parameters", amount: learned.get(name) ?? 0, labels: [] })),
    ...[...graph.initializers].flatMap(([name, tensor]): Addend[] => {
      const along = [
        ...tensor.dims.map((_, axis) => labels.along(name, axis)),
        ...labels.gates("tensors", name),
      ];
      return [
        { kind: "parameters", amount: learned.get(name) ?? 0, labels: along },
        { kind: "bytes", amount: byteSize(tensor), labels: along },
      ];
    }),
    // Nodes, names and shapes, which hardly change.
    { kind: "bytes", amount: fileBytes(model) - storedBytes(model), labels: [] },
  ];
}

/** What tensors cost that are stored under several names, but for the first. */
function repeatedIn({ graph }: Model, learned: ReadonlyMap<string, number>): Costs {
  const repeated: Costs = { macs: 0, parameters: 0, bytes: 0 };
  const seen = new Set<AnyTensor>();
  for (const [name, tensor] of graph.initializers) {
    if (seen.has(tensor)) {
      repeated.parameters += learned.get(name) ?? 0;
      repeated.bytes += byteSize(tensor);
    }
    seen.add(tensor);
  }
  return repeated;
}

/** Addends as terms: each list of channels is an axis, which is the list's number. */
function numbered(addends: readonly Addend[]): { terms: Term[]; lists: ChannelIds[] } {
  const ids = new Map<ChannelIds, number>();
  const idOf = (labels: ChannelIds) => {
    if (!ids.has(labels)) ids.set(labels, ids.size);
    return ids.get(labels)!;
  };
  const terms = addends.filter(({ amount }) => amount !== 0).map(({ kind, amount, labels }): Term => {
    const present = labels.filter((list) => list !== undefined);
    const factor = amount / present.reduce((total, list) => total * list.length, 1);
    return { kind, factor, axes: present.map(idOf) };
  });
  return { terms, lists: [...ids.keys()] };
}

interface Ledger {
  terms: readonly Term[];
  /** For each channel of each group, pairs of an axis and how many of its positions the channel owns. */
  touches: readonly (readonly (readonly number[])[])[];
  /** The terms in which an axis has a part. */
  using: readonly (readonly number[])[];
  lengths: number[];
  now: Costs;
  repeated: Costs;
}

const valueOf = ({ factor, axes }: Term, lengths: readonly number[]) =>
  Math.round(axes.reduce((total, axis) => total * lengths[axis]!, factor));

function openLedger({ terms, touches, using, lengths, now, repeated }: Ledger): IncrementalCost {
  const values = terms.map((term) => valueOf(term, lengths));

  function change(group: number, channel: number, sign: 1 | -1) {
    const list = touches[group]![channel]!;
    const changed = new Set<number>();
    for (let i = 0; i < list.length; i += 2) {
      lengths[list[i]!]! += sign * list[i + 1]!;
      for (const term of using[list[i]!]!) changed.add(term);
    }
    for (const t of changed) {
      const value = valueOf(terms[t]!, lengths);
      now[terms[t]!.kind] += value - values[t]!;
      values[t] = value;
    }
  }
  return {
    repeated,
    get now() {
      return { ...now };
    },
    remove(group, channel) {
      change(group, channel, -1);
      return { ...now };
    },
    restore(group, channels) {
      for (const channel of channels) change(group, channel, 1);
    },
    without(group, channels) {
      for (const channel of channels) change(group, channel, -1);
      const costs = { ...now };
      for (const channel of channels) change(group, channel, 1);
      return costs;
    },
  };
}

/** The products that a node's multiply-accumulates are a sum of. */
function macAddends(node: Node, shapeOf: (name: string | undefined) => Shape | undefined) {
  const { axes, addends } = factsOf(node).macs ?? {};
  const shapes = { inputs: node.inputs.map(shapeOf), output: shapeOf(node.outputs[0]) };
  return addends?.(shapes, node) ?? [{ share: 1, axes: axes?.(node) ?? [] }];
}

/** For each channel, pairs of an axis and how many of its positions the channel owns. */
function touchesOf(
  { groups, traced: { atoms }, groupOf, channelOf }: ChannelGroups,
  lists: readonly ChannelIds[],
) {
  const touches = groups.map(({ channels }: ChannelGroup) =>
    Array.from({ length: channels }, () => [] as number[])
  );
  lists.forEach((labels, axis) => {
    for (const label of labels) {
      if (label < 0) continue;
      const atom = atoms.find(label);
      const group = groupOf[atom]!;
      if (group < 0) continue;
      const list = touches[group]![channelOf[atom]!]!;
      if (list.at(-2) === axis) list[list.length - 1]!++;
      else list.push(axis, 1);
    }
  });
  return touches;
}
