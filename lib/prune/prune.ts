import { TypeError } from "../errors.ts";
import { freeName } from "../onnx/free_name.ts";
import { describe } from "../onnx/attribute.ts";
import { type Dim, isStatic, type Shape } from "../onnx/dim.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import type { Graph, Model, Node, ValueInfo } from "../onnx/model.ts";
import { type AnyTensor, type DataType, isTensor, numbersOf } from "../tensor/tensor.ts";
import { rowOf } from "../onnx/operators/table.ts";
import { producers, reads } from "../onnx/topology.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import { type ChannelGroups, channelGroups } from "./channel_groups.ts";
import type { PruningPlan } from "./pruning_plan.ts";
import { type Removal, removalOf } from "./removal.ts";
import { channelsAt } from "./channels/axis.ts";
import { closeGates } from "./channels/gates.ts";
import { keepWays } from "./channels/group_ways.ts";
import { idsOf, writeKeptIds } from "./kept/kept_ids.ts";
import { keepRoles } from "./kept/keep_roles.ts";
import { fixups } from "./fixups/table.ts";
import { channelRows } from "./rows/table.ts";
import { selectAlong } from "./select.ts";

/** Graph and removal that a fix works with. */
export interface Surgery {
  /** Sizes of a value before, where its rank is known. */
  shape(name: string | undefined): readonly Dim[] | undefined;
  /** Element type of a value. */
  type(name: string | undefined): DataType | undefined;
  /** The numbers in a small tensor before. */
  contents(name: string | undefined): readonly Dim[] | undefined;
  /** The positions that stay along an axis of a value, or `undefined` where all do. */
  kept(name: string | undefined, axis: number): Int32Array | undefined;
  /** Number of positions before after which the channels along an axis repeat, where they do. */
  period(name: string | undefined, axis: number): number | undefined;
  /** The node that makes a value. */
  maker(name: string | undefined): Node | undefined;
  /** The nodes that read a value, inside of others too; `undefined` where it is an output of the graph. */
  readers(name: string): readonly Node[] | undefined;
  /** Adds a stored tensor and returns its name. */
  constant(stem: string, tensor: AnyTensor): string;
  /** A name that is still free. */
  freeName(stem: string): string;
  /** Version of the operator set. */
  readonly opset: number;
}

/**
 * Removes the channels of a plan: a physically smaller model with the same inputs and outputs, whose outputs
 * equal those of the masked original ({@linkcode mask}) to the accuracy of float arithmetic.
 *
 * Weights lose their slices; group counts, and the constants of Reshape, Split, Slice, Pad, Expand and Resize
 * are rewritten; everything else stays as it is. A plan that removes nothing gives the same model.
 *
 * @throws TypeError where the plan was made for another model or removes what must stay, or where the result
 * would not be valid, naming the node
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { planPruning } from "./plan.ts";
 *
 * const model = mlp({ sizes: [4, 8, 2] });
 * const smaller = prune(model, planPruning(model, { target: { macs: 0.5 }, criterion: "l2" }));
 * assert.deepEqual(smaller.graph.initializers.get("0.weight")!.dims, [4, 4]);
 * assert.deepEqual(smaller.graph.outputs, model.graph.outputs);
 * ```
 */
export function prune(model: Model, plan: PruningPlan): Model {
  const groups = channelGroups(model, plan?.kinds);
  const removal = removalOf(groups, plan, "prune");
  if (plan.groups.every(({ removed }) => removed.length === 0)) return model;
  return pruned(model, groups, removal);
}

/**
 * The pruned model of a removal, with all that its file says.
 *
 * @param select gives the part of a tensor that stays
 * @throws TypeError where what is left is no valid model
 */
export function pruned(
  model: Model,
  groups: ChannelGroups,
  removal: Removal,
  select: typeof selectAlong = selectAlong,
): Model {
  return writeKeptIds(
    checked(removeChannels(groups, removal, select), groups, model, removal),
    idsOf(groups, removal),
  );
}

/**
 * The pruned model, with shapes where the original declares them, and in which weights and constants are
 * what they were.
 *
 * @throws TypeError naming the node where shapes contradict each other, or the output that is not as it was:
 * a row that says what is not so; nothing of the kind leaves this function
 */
function checked(
  smaller: Model,
  groups: ChannelGroups,
  original: Model,
  removal: Removal,
): Model {
  const { model: before, traced } = groups;
  let inferred: Model;
  try {
    inferred = inferShapes(smaller);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(
      `Cannot prune: what is left does not fit together (${error.message}); ` +
        `leave the group it is about out with ignore`,
      { cause: error },
    );
  }
  const shapeIn = ({ graph }: Model, name: string) => graph.values.get(name)?.shape;
  for (const name of smaller.graph.outputs) {
    const [was, is] = [keptShape(shapeIn(before, name), name, groups, removal), shapeIn(inferred, name)];
    if (was && is && contradict(was, is)) {
      const maker = smaller.graph.nodes.find(({ outputs }) => outputs.includes(name));
      throw new TypeError(
        `Cannot prune: output "${name}"${maker ? ` of ${describe(maker)}` : ""} would be [${
          is.join(", ")
        }], and was ` +
          `[${was.join(", ")}]; leave the groups before it out with ignore`,
      );
    }
  }
  const values = new Map(smaller.graph.values);
  for (const { outputs } of smaller.graph.nodes) {
    for (const name of outputs) {
      const [declared, now] = [original.graph.values.get(name), inferred.graph.values.get(name)];
      if (declared?.shape && now && isStatic(now.shape) && !values.has(name)) {
        values.set(name, { ...declared, ...now });
      }
    }
  }
  const kept = keepRoles(smaller.withGraph({ ...smaller.graph, values }), inferred, before);
  return keepWays(kept, inferred, traced.grouped);
}

/** Shape that an output has left: all, less along an axis with a number for each id of a vocabulary. */
const keptShape = (
  shape: Shape | undefined,
  name: string,
  { traced: { values, atoms }, groups, groupOf }: ChannelGroups,
  { keptPositions, leaves }: Removal,
): Shape | undefined =>
  shape?.map((dim, axis) => {
    const labels = channelsAt(values.get(name), axis)?.labels;
    const isRow = (label: number) => groups[groupOf[atoms.find(label)]!]?.kind === "vocabulary";
    if (!labels || !labels.every((label) => !leaves(label) || isRow(label))) return dim;
    return keptPositions(labels)?.length ?? dim;
  });

/** Whether two shapes cannot be the same: by their ranks, or by a size that is a number in both. */
const contradict = (a: Shape, b: Shape): boolean =>
  a.length !== b.length ||
  a.some((dim, i) => typeof dim === "number" && typeof b[i] === "number" && dim !== b[i]);

/**
 * A model without channels that are removed by hand; nothing is checked.
 *
 * @param select gives the part of a tensor that stays
 */
export function removeChannels(
  groups: ChannelGroups,
  removal: Removal,
  select: typeof selectAlong = selectAlong,
): Model {
  const model = closeGates(groups.model, groups.traced.gates.filter(({ atom }) => removal.leaves(atom)));
  const { graph } = model;
  const cut = cutTensors(graph, groups, removal, select);
  const surgery = surgeryOn(model, groups, removal, cut);
  const nodes = graph.nodes.flatMap((node) => rowOf(fixups, node)?.(node, surgery) ?? [node]);
  const { initializers } = cut;
  const values = valuesLeft(graph, initializers, groups, removal);
  return removeDeadCode(model.withGraph({ ...graph, nodes, initializers, values }));
}

/** The stored tensors without what goes. */
interface Cut {
  /** The tensors; those that fixes add are put among them. */
  initializers: Map<string, AnyTensor>;
  /** The positions that stayed, by tensor and axis. */
  kept: ReadonlyMap<string, ReadonlyMap<number, Int32Array>>;
}

function cutTensors(
  graph: Graph,
  { traced }: ChannelGroups,
  { keptPositions }: Removal,
  select: typeof selectAlong,
): Cut {
  const initializers = new Map(graph.initializers);
  const kept = new Map<string, Map<number, Int32Array>>();
  for (const { tensor, axis, labels } of traced.stored) {
    const positions = initializers.has(tensor) && keptPositions(labels);
    if (!positions) continue;
    initializers.set(tensor, select(initializers.get(tensor)!, axis, positions));
    if (!kept.has(tensor)) kept.set(tensor, new Map());
    kept.get(tensor)!.set(axis, positions);
  }
  return { initializers, kept };
}

/** What fixes ask of the graph as it was, and of what is removed. */
function surgeryOn(
  { graph, info }: Model,
  { traced }: ChannelGroups,
  { keptPositions }: Removal,
  { initializers, kept: stored }: Cut,
): Surgery {
  const taken = new Set([...initializers.keys(), ...traced.scope.values.keys(), ...graph.inputs]);
  for (const node of graph.nodes) for (const output of node.outputs) taken.add(output);
  // Few fixes ask for them.
  let makers: ReadonlyMap<string, Node> | undefined;
  let readers: ReadonlyMap<string, readonly { node: Node }[]> | undefined;
  return {
    opset: info.opsets[""] ?? 1,
    shape: (name) => name ? traced.scope.values.get(name)?.shape : undefined,
    type: (name) => name ? traced.scope.values.get(name)?.type : undefined,
    contents(name) {
      const tensor = name ? graph.initializers.get(name) : undefined;
      if (tensor && isTensor(tensor) && tensor.type !== "string" && tensor.size <= 4096) {
        return numbersOf(tensor);
      }
      return name ? traced.scope.contents.get(name) : undefined;
    },
    kept(name, axis) {
      if (!name) return undefined;
      if (graph.initializers.has(name)) return stored.get(name)?.get(axis);
      const labels = channelsAt(traced.values.get(name), axis)?.labels;
      return labels && keptPositions(labels);
    },
    period(name, axis) {
      const { labels, repeats } = channelsAt(traced.values.get(name ?? ""), axis) ?? {};
      return repeats === undefined ? undefined : labels?.length;
    },
    maker: (name) => (makers ??= producers(graph)).get(name ?? ""),
    readers(name) {
      readers ??= Map.groupBy(
        graph.nodes.flatMap((node) => [...reads(node)].map((value) => ({ value, node }))),
        ({ value }) => value,
      );
      if (graph.outputs.includes(name)) return undefined;
      return readers.get(name)?.map(({ node }) => node) ?? [];
    },
    constant(stem, tensor) {
      const name = freeName(taken, stem);
      initializers.set(name, tensor);
      return name;
    },
    freeName: (stem) => freeName(taken, stem),
  };
}

/** What stays true of types and shapes; the rest can be inferred. */
function valuesLeft(
  graph: Graph,
  initializers: ReadonlyMap<string, AnyTensor>,
  groups: ChannelGroups,
  removal: Removal,
): Map<string, ValueInfo> {
  // What an operator without a row reads stays whole, and so does what it makes: nothing else may tell its
  // sizes.
  const whole = new Set([
    ...graph.inputs,
    ...graph.outputs,
    ...graph.nodes.filter((node) => rowOf(channelRows, node) === undefined).flatMap(({ outputs }) => outputs),
  ]);
  const values = new Map<string, ValueInfo>();
  for (const [name, value] of graph.values) {
    const dims = initializers.get(name)?.dims;
    if (dims) values.set(name, { ...value, shape: [...dims] });
    else if (graph.outputs.includes(name) && value.shape) {
      values.set(name, { ...value, shape: keptShape(value.shape, name, groups, removal)! });
    } else if (whole.has(name)) values.set(name, value);
  }
  return values;
}
