import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { fileBytes } from "../onnx/codec/encode.ts";
import { macsByNode } from "../onnx/count_macs.ts";
import type { Shape } from "../onnx/dim.ts";
import type { Model, Node } from "../onnx/model.ts";
import { allInitializers } from "../onnx/topology.ts";
import { factsOf } from "../onnx/operators/table.ts";
import { learnedConstants } from "../onnx/learned.ts";
import { type AnyTensor, isTensor, normalAxis, sizeOf } from "../tensor/tensor.ts";
import type { ChannelIds } from "./channels/channel_union_find.ts";
import { channelsAt } from "./channels/axis.ts";
import type { ChannelGroup, ChannelGroups } from "./channel_groups.ts";

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

/** A ledger of {@linkcode costsOfGroups}, opened once. */
export function incrementalCost(...given: Parameters<typeof costsOfGroups>): IncrementalCost {
  return costsOfGroups(...given)();
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
  const { model, traced } = groups;
  const { graph } = model;
  const lengths: number[] = [];
  const ids = new Map<ChannelIds, number>();
  const lists: ChannelIds[] = [];
  const idOf = (labels: ChannelIds) => {
    let id = ids.get(labels);
    if (id === undefined) {
      id = lengths.push(labels.length) - 1;
      ids.set(labels, id);
      lists.push(labels);
    }
    return id;
  };
  const storedLabels = new Map<string, ChannelIds[]>();
  for (const { tensor, axis, labels } of traced.stored) {
    if (!storedLabels.has(tensor)) storedLabels.set(tensor, []);
    storedLabels.get(tensor)![axis] = labels;
  }
  const labelsOf = (name: string | undefined, axis: number) => {
    if (!name) return undefined;
    const rank = traced.scope.values.get(name)?.shape?.length ?? 0;
    const at = normalAxis(axis, rank);
    return graph.initializers.has(name)
      ? storedLabels.get(name)?.[at]
      : channelsAt(traced.values.get(name), at)?.labels;
  };
  const terms: Term[] = [];
  const addTerm = (kind: keyof Costs, amount: number, labels: (ChannelIds | undefined)[]) => {
    const present = labels.filter((list) => list !== undefined);
    const factor = amount / present.reduce((total, list) => total * list.length, 1);
    terms.push({ kind, factor, axes: present.map(idOf) });
  };
  /** Axes of length 1 until the block or expert that alone needs something leaves. */
  const gates = [...groups.alone].map(([atom, alone]) => ({ ...alone, labels: Int32Array.of(atom) }));
  const gatesOf = (what: "nodes" | "tensors", name: string) =>
    gates.filter((gate) => gate[what].has(name)).map(({ labels }) => labels);
  const counted = macsOf(model, inputShapes, wanted);
  const shapeOf = (name: string | undefined) => traced.scope.values.get(name ?? "")?.shape;
  for (const [node, macs] of counted ?? []) {
    for (const { share, axes } of macAddends(node, shapeOf)) {
      const labels = axes.map(([value, axis]) =>
        labelsOf(value === "y" ? node.outputs[0] : node.inputs[value], axis)
      );
      addTerm("macs", macs * share, [...labels, ...gatesOf("nodes", node.outputs[0]!)]);
    }
  }
  const learned = new Map(
    learnedConstants(model).entries().filter(([, { role }]) => role !== "statistic")
      .map(([name, { size = 0 }]) => [name, size]),
  );
  for (const name of allInitializers(graph).keys()) {
    if (!graph.initializers.has(name)) addTerm("parameters", learned.get(name) ?? 0, []);
  }
  const repeated: Costs = { macs: 0, parameters: 0, bytes: 0 };
  const seen = new Set<AnyTensor>();
  for (const [name, tensor] of graph.initializers) {
    const size = sizeOf(tensor.dims);
    if (seen.has(tensor)) {
      repeated.parameters += learned.get(name) ?? 0;
      repeated.bytes += bytesOf(tensor as never, size);
    }
    seen.add(tensor);
    const labels = [...tensor.dims.map((_, axis) => labelsOf(name, axis)), ...gatesOf("tensors", name)];
    if (learned.has(name)) addTerm("parameters", learned.get(name)!, labels);
    addTerm("bytes", bytesOf(tensor as never, size), labels);
  }
  // Nodes, names and shapes, which hardly change.
  addTerm("bytes", fileBytes(model) - storedBytes(model), []);
  const touches = touchesOf(groups, lists);
  const using: number[][] = lengths.map(() => []);
  terms.forEach(({ axes }, t) => new Set(axes).forEach((axis) => using[axis]!.push(t)));
  const start: Costs = { macs: counted ? 0 : NaN, parameters: 0, bytes: 0 };
  for (const term of terms) start[term.kind] += valueOf(term, lengths);
  return () => openLedger({ terms, touches, using, lengths: [...lengths], now: { ...start }, repeated });
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

/**
 * Bytes of a model's file, with weights that its graph computes as what they take stored: what `bytes` is in
 * all costs of a model before it is pruned.
 */
export function bytesBefore(model: Model): number {
  return Math.max(fileBytes(model), fileBytes(constantsToInitializers(model)));
}

/** Bytes of all tensors that a model stores, as it is. */
export function storedBytes(model: Model): number {
  return constantsToInitializers(model).graph.initializers.values()
    .reduce((total, tensor) => total + bytesOf(tensor as never, sizeOf(tensor.dims)), 0);
}

function bytesOf(tensor: { bytes?: Uint8Array; data?: { byteLength?: number } }, size: number): number {
  return tensor.bytes?.byteLength ?? (isTensor(tensor as never) ? tensor.data?.byteLength ?? 0 : size);
}

/** Multiply-accumulates by node; `undefined` where they cannot be counted and another cost is wanted. */
export function macsOf(
  model: Model,
  inputShapes: Readonly<Record<string, Shape>>,
  wanted: keyof Costs,
): Map<Node, number> | undefined {
  try {
    return macsByNode(model, { inputShapes });
  } catch (error) {
    if (wanted === "macs" || !(error instanceof TypeError)) throw error;
    return undefined;
  }
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
