import { intAttribute, intsAttribute } from "./attribute.ts";
import { computedNodes } from "./computed_nodes.ts";
import { type DeclaredRole, declaredRoles } from "./declared_roles.ts";
import {
  dimsOf,
  type Entry,
  isInt64,
  isLearned,
  isNeutral,
  isState,
  isTable,
  longAxes,
  sizeIn,
  typeOf,
} from "./learned/entry.ts";
import type { Graph, Model, Node } from "./model.ts";
import type { LearnedInput, WeightRole } from "./operators/facts.ts";
import { factsOf, operatorOf, type OpName } from "./operators/table.ts";
import { allInitializers, allNodes, producers } from "./topology.ts";

/** Role of a learned constant, and who reads it. */
export interface Learned {
  /** Role of the constant for the operator that reads it first. */
  role: WeightRole;
  /** Operator that reads the constant first. */
  op: string;
  /** Numbers that it holds, or stands for where a byte holds several; absent where only a run tells. */
  size?: number | undefined;
}

/** Functions of places and times, of which nobody learns what goes in: frequencies. */
const WAVES: ReadonlySet<string> = new Set<OpName>(["Sin", "Cos"]);

/**
 * The constants of a model that were learned, in the order the graph reads them: weights, biases, scales,
 * tables, and the statistics of batch norms.
 *
 * What the model declares ({@linkcode declaredRoles}) is so. Other constants, which are stored tensors, or
 * outputs of `Constant`, or of `ConstantOfShape` of a constant, are learned where they reach, as they are or
 * in another arrangement, an input that the operator's facts call learned; but not where they are
 *
 * - ones or zeros without a name of their own that a norm or a layer reads: it has no such parameters;
 * - zeros that stand for the state before the first step: repeated for each example of a batch, or the left
 *   side of a product and a single row, or without a name of their own and a row for each example;
 * - whole numbers of 64 bits, which are sizes and indices, and truth values, also where they are turned into
 *   floats.
 *
 * Where an operator takes constants of a computation as well (Add, Mul, Concat), a constant is learned behind
 * the first layer only, and not where it is a single number, a whole number of 64 bits, a mask, grid or table
 * by its numbers or name, or one along the batch of what it meets (a state, a token repeated). A vector of
 * one number is learned under a name such as modules give their parameters (`block.gamma`).
 *
 * A parameter may meet features in another form: each of its numbers changed (x·sigmoid(alpha),
 * −exp(A_log)), padded, resized to whatever size (a table of positions), normalised. There, as where it is a
 * bound (Max, Min) or fills places (Where), its numbers tell nothing: it is learned under a name of its own,
 * no exporter's (`onnx::Mul_12`, `val_3`, `/Constant_output_0`), and none of tables and masks (`inv_freq`,
 * `attn_mask`). What goes through sines and cosines is not: those are frequencies and angles. A table that an
 * exporter renamed and that is added in another form is told by its numbers, as one that is added as it is.
 * What an exporter computed from parameters itself is what the file stores, and is learned or not as such.
 *
 * What no output depends on, or what is only asked for its shape, is not learned.
 *
 * @param model one with inferred types and shapes
 */
export function learnedConstants({ graph, info }: Pick<Model, "graph" | "info">): Map<string, Learned> {
  const walk = beginWalk(graph, declaredRoles(info));
  for (const node of walk.graph.nodes) {
    if (readConstants(node, walk)) { for (const output of node.outputs) walk.behindLayer.add(output); }
    for (const output of node.outputs) if (keepsBatch(node, output, walk)) walk.batched.add(output);
    passConstantsOn(node, walk);
  }
  return walk.found;
}

/** What is known of the values of a graph on the way through it. */
interface Walk {
  /** The nodes that outputs depend on, those inside of others too, and all constants. */
  graph: Graph;
  /** Roles that the model declares, by name. */
  declared: ReadonlyMap<string, DeclaredRole>;
  /** The learned constants so far. */
  found: Map<string, Learned>;
  /** The constants that each value is made of. */
  sources: Map<string, readonly string[]>;
  /** Names of origin of values that are computed from constants alone: those of more than one number. */
  origins: Map<string, readonly string[]>;
  /** Names of origin of values that are constants in another form: elements changed, padded, resized. */
  forms: Map<string, readonly string[]>;
  /** The nodes that make constants. */
  made: Map<string, Node>;
  /** The node that makes each value. */
  producer: ReadonlyMap<string, Node>;
  /** Values whose first axis is the batch, of more than one example. */
  batched: Set<string>;
  /** Constants that an Expand repeats. */
  repeated: Set<string>;
  /** What stands where a layer has no such parameter: nor is it one of a weight that is computed with it. */
  neutrals: Set<string>;
  /** Values that depend on a weight: only behind the first layer can an Add be its bias. */
  behindLayer: Set<string>;
}

function beginWalk(outer: Graph, declared: Walk["declared"]): Walk {
  const computed = computedNodes(outer);
  const nodes = allNodes({ nodes: outer.nodes.filter((node) => computed.has(node)) });
  const graph = { ...outer, initializers: new Map(allInitializers(outer)), nodes };
  const batched = graph.inputs.filter((name) =>
    !graph.initializers.has(name) && Number(graph.values.get(name)?.shape?.[0]) > 1
  );
  return {
    graph,
    declared,
    found: new Map(),
    sources: new Map([...graph.initializers.keys()].map((name) => [name, [name]])),
    origins: new Map(),
    forms: new Map(),
    made: new Map(),
    producer: producers(graph),
    batched: new Set(batched),
    repeated: new Set(),
    neutrals: new Set(),
    behindLayer: new Set(),
  };
}

/** A node, while its inputs are looked at one after the other. */
interface Reading {
  node: Node;
  /** Whether it reads what depends on a weight, or read a learned constant itself. */
  isBehind: boolean;
  /** Whether it reads, as a layer does, what was found to be learned before. */
  sharesWeight: boolean;
}

/** Finds the learned constants that a node reads; whether what it gives depends on a weight. */
function readConstants(node: Node, walk: Walk): boolean {
  const { learned = {}, view } = factsOf(node);
  const reading: Reading = {
    node,
    isBehind: node.inputs.some((input) => walk.behindLayer.has(input)),
    sharesWeight: false,
  };
  for (const [index, input] of Object.entries(learned)) readInput(Number(index), input, reading, walk);
  // What a Concat puts beside computed values is a token; beside constants, a part of a constant.
  if (view === "all" && node.inputs.some((input) => (walk.sources.get(input) ?? []).length === 0)) {
    node.inputs.forEach((_, index) => readInput(index, { role: "embedding", loose: true }, reading, walk));
  }
  if (view === undefined) readDeclared(reading, walk);
  return reading.isBehind || reading.sharesWeight;
}

/** Looks at the constants that one input of a node is, or is computed from. */
function readInput(index: number, at: LearnedInput, reading: Reading, walk: Walk): void {
  const { role, loose = false, neutral, named = false, stands } = at;
  const { node } = reading;
  const { graph, declared, found } = walk;
  const input = node.inputs[index] ?? "";
  for (const name of constantsAt(input, at, walk)) {
    if (found.has(name)) {
      if (!loose) reading.sharesWeight = true;
      continue;
    }
    const said = declared.get(name);
    if (said === "constant" || !isOfLearnedType(name, input, node, walk)) continue;
    const entry: Entry = {
      name,
      node,
      graph,
      producer: walk.producer,
      made: walk.made.get(name),
      batched: walk.batched,
      repeated: walk.repeated.has(input),
      form: !walk.sources.has(input),
      named,
    };
    const isNothing = !loose && isNeutral(entry, neutral);
    if (isNothing) walk.neutrals.add(name);
    const skip = loose
      ? !(reading.isBehind && isLearned(entry))
      : isNothing || (index === 0 && (isState(entry) || isTable(entry)));
    if (said === undefined && skip) continue;
    const isPosition = operatorOf(node) === "Add" && longAxes(dimsOf(name, graph)) > 1;
    found.set(name, {
      role: said ?? (isPosition ? "embedding" : role),
      op: operatorOf(node),
      size: stands?.(node) ?? sizeIn(graph, name),
    });
    reading.isBehind = true;
  }
}

/**
 * The constants that an input is made of, or that it is computed from: a weight may be a function of what is
 * learned, as one that is standardised or scaled.
 */
function constantsAt(
  input: string,
  { role, loose }: LearnedInput,
  { sources, forms, origins, neutrals }: Walk,
): readonly string[] {
  const stored = sources.get(input);
  if (stored) return stored;
  // The mean of a weight that is standardised is no statistic of features.
  if (role === "statistic") return [];
  return (loose ? forms.get(input) : origins.get(input)?.filter((name) => !neutrals.has(name))) ?? [];
}

/** Whether a constant is of a type that is learned: sizes, indices and masks are none, as floats too. */
function isOfLearnedType(name: string, input: string, node: Node, { graph, declared }: Walk): boolean {
  if (typeOf(name, graph) === "bool") return false;
  if (factsOf(node).quantized) return true;
  if (!declared.has(name) && isInt64(name, graph)) return false;
  const type = graph.values.get(input)?.type ?? typeOf(name, graph);
  return type === undefined || /float/.test(type);
}

/** Finds the constants that a node reads and of which the model says that they are learned. */
function readDeclared(reading: Reading, { graph, declared, found, sources }: Walk): void {
  const { node } = reading;
  for (const name of node.inputs.flatMap((input) => sources.get(input) ?? [])) {
    const role = declared.get(name);
    if (role === undefined || role === "constant" || found.has(name)) continue;
    found.set(name, { role, op: operatorOf(node), size: sizeIn(graph, name) });
    reading.isBehind = true;
  }
}

/** Notes which constants a node's outputs are made of, are another form of, or are computed from. */
function passConstantsOn(node: Node, walk: Walk): void {
  const { sources, forms, origins, repeated } = walk;
  // As long as it is stored: one as long as another value turns out to be is computed.
  const isFilled = operatorOf(node) === "ConstantOfShape" && sources.has(node.inputs[0] ?? "");
  if (operatorOf(node) === "Constant" || isFilled) {
    walk.made.set(node.outputs[0]!, node);
    sources.set(node.outputs[0]!, [node.outputs[0]!]);
    return;
  }
  const { view } = factsOf(node);
  const whole = view === "first" ? node.inputs.slice(0, 1) : view === "all" ? node.inputs : [];
  const parts = whole.map((input) => sources.get(input) ?? []);
  if (parts.length > 0 && parts.every((part) => part.length > 0)) {
    const repeats = operatorOf(node) === "Expand" || whole.some((input) => repeated.has(input));
    for (const output of node.outputs) {
      sources.set(output, parts.flat());
      if (repeats) repeated.add(output);
    }
    return;
  }
  const form = formOf(node, (name) => sources.get(name) ?? forms.get(name));
  const origin = originOf(node, walk);
  for (const output of node.outputs) {
    if (form) forms.set(output, form);
    if (origin) origins.set(output, origin);
  }
}

/**
 * The constants of more than one number that a node's outputs are computed from, where they are computed from
 * constants alone. Of what is only asked for its type or size, no number gets any further, and of statistics
 * no weight.
 */
function originOf(node: Node, { graph, sources, origins }: Walk): string[] | undefined {
  const { learned, sizes = [] } = factsOf(node);
  const given = node.inputs.filter((name) => name !== "");
  const read = node.inputs.filter((name, index) => name !== "" && !sizes.includes(index));
  // The shape of a weight is a constant, too, though none of its numbers is in it.
  const from = (read.length > 0 ? read : given).map((name) => sources.get(name) ?? origins.get(name));
  if (from.length === 0 || !from.every((part) => part !== undefined)) return undefined;
  const isStatistic = (name: string) => learned?.[node.inputs.indexOf(name)]?.role === "statistic";
  const numbers = new Set(read.flatMap((name, i) => isStatistic(name) ? [] : from[i]!));
  return [...numbers].filter((name) =>
    longAxes(dimsOf(name, graph)) > 0 && /float/.test(typeOf(name, graph) ?? "float")
  );
}

/**
 * The constants that a node gives in another form, where it does: each number for itself, padded, resized, to
 * whatever size.
 */
function formOf(node: Node, of: (name: string) => readonly string[] | undefined): string[] | undefined {
  const { elementwise, reshapes, view } = factsOf(node);
  const single = elementwise !== undefined && !WAVES.has(operatorOf(node));
  if (!single && !reshapes && view === undefined) return undefined;
  const read = single || view === "all" ? node.inputs.filter((name) => name !== "") : node.inputs.slice(0, 1);
  const parts = read.map(of);
  return parts.every((part) => part !== undefined) ? [...new Set(parts.flat())] : undefined;
}

/** Whether the first axis of a node's output is the batch that one of its inputs has there. */
function keepsBatch(node: Node, output: string, { graph, batched }: Walk): boolean {
  const [length] = graph.values.get(output)?.shape ?? [];
  if (operatorOf(node) === "Transpose" && intsAttribute(node, "perm", undefined)?.[0] !== 0) return false;
  if (operatorOf(node) === "Concat" && intAttribute(node, "axis", 1) === 0) return false;
  // Rows of a product come from its left side, examples of a convolution from its first input.
  const from = factsOf(node).macs ? node.inputs.slice(0, 1) : node.inputs;
  return from.some((input) => batched.has(input) && graph.values.get(input)?.shape?.[0] === length);
}
