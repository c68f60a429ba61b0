import { intAttribute, intsAttribute } from "./attribute.ts";
import { CONSTANT_NAME } from "./builder.ts";
import { computedNodes } from "./computed_nodes.ts";
import { hasBothSigns, isGrid, isLevel, isMask, reaches } from "./constant_numbers.ts";
import { constantOf } from "./passes/constants_to_initializers.ts";
import { declaredRoles } from "./declared_roles.ts";
import type { Graph, Model, Node } from "./model.ts";
import type { LearnedInput, WeightRole } from "./operators/facts.ts";
import { factsOf, operatorOf } from "./operators/table.ts";
import { allInitializers, producers, subgraphs } from "./topology.ts";

/** Role of a learned constant, and who reads it. */
export interface Learned {
  /** Role of the constant for the operator that reads it first. */
  role: WeightRole;
  /** Operator that reads the constant first. */
  op: string;
  /** Numbers that it holds, or stands for where a byte holds several; absent where only a run tells. */
  size?: number | undefined;
}

/** Names that exporters give to what the code of a network makes on the spot. */
const LITERAL = new RegExp(
  "^(const|/)|constant|_output_\\d+$|" +
    "^(arange|clone|empty|expand|full|lift_fresh_copy|ones|scalar_tensor|tensor|zeros)(_like)?(_\\d+)?$",
  "i",
);

/** Names that exporters give to what they compute themselves, from constants or from parameters. */
const RENAMED = /^(onnx::|\d+$|val(_\d+)?$)/i;

/** Names that exporters give to what they computed from constants: the function, and which of them. */
const FOLDED = new RegExp(
  "^_?(abs|add|alias|bmm|cat|clamp|convert|cos|cumsum|detach|div|exp|flip|gather|getitem|index|log|matmul|mean|" +
    "minimum|maximum|mm|mul|neg|pad|permute|pow|relu|repeat|reshape|roll|rsub|select|sigmoid|sin|slice|" +
    "softmax|softplus|sqrt|rsqrt|squeeze|stack|sub|sum|tanh|to|transpose|tril|triu|unbind|unsafe|unsqueeze|" +
    "upsample|view|where)(_(as|copy|dim|element_type|max|min|nd|scatter|view))?(_\\d+)?$",
);

/** Names of masks, and of tables that are computed once. */
const TABLE = /mask(?!_token)|coords|rotary|inv_freq|freqs|cos_cached|sin_cached/i;

/** Names by which a module has its parameters: words, and their modules before them. */
const MODULE_NAME = /^([A-Za-z_]\w*\.|\d+\.)*[A-Za-z_]*[A-Za-z]$/;

/** Functions of places and times, of which nobody learns what goes in: frequencies. */
const WAVES = /^(Sin|Cos)$/;

/** Names of learned tensors, whatever their numbers are at the start. */
const NAMED = /(weight|bias|scale|gamma|beta)$/i;

/** A vector of one number is learned where it is called so. */
const NAMED_BIAS = /(^|[._])bias$/i;

/**
 * Names of learned scales: a factor of more than one number per channel is learned only under one of them.
 */
const NAMED_SCALE = /(weight|scale|gamma)$/i;

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
 * - whole numbers of 64 bits, which are sizes and indices, also where they are turned into floats.
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
export function learnedConstants(
  { graph: outer, info }: Pick<Model, "graph" | "info">,
): Map<string, Learned> {
  const computed = computedNodes(outer);
  const nodes = allNodes({ nodes: outer.nodes.filter((node) => computed.has(node)) });
  const graph = { ...outer, initializers: new Map(allInitializers(outer)), nodes };
  const declared = declaredRoles(info);
  const found = new Map<string, Learned>();
  /** The constants that each value is made of. */
  const sources = new Map<string, readonly string[]>(
    [...graph.initializers.keys()].map((name) => [name, [name]]),
  );
  /** Names of origin of values that are computed from constants alone: those of more than one number. */
  const origins = new Map<string, readonly string[]>();
  /** Names of origin of values that are constants in another form: elements changed, padded, resized. */
  const forms = new Map<string, readonly string[]>();
  const made = new Map<string, Node>();
  const producer = producers(graph);
  /** Values whose first axis is the batch, of more than one example. */
  const batched = new Set<string>(
    graph.inputs.filter((name) =>
      !graph.initializers.has(name) && Number(graph.values.get(name)?.shape?.[0]) > 1
    ),
  );
  /** Constants that an Expand repeats. */
  const repeated = new Set<string>();
  /** What stands where a layer has no such parameter: nor is it one of a weight that is computed with it. */
  const neutrals = new Set<string>();
  /** Values that depend on a weight: only behind the first layer can an Add be its bias. */
  const behindLayer = new Set<string>();
  for (const node of graph.nodes) {
    const { learned, quantized = false, sizes = [], view } = factsOf(node);
    let behind = node.inputs.some((input) => behindLayer.has(input));
    let strict = false;
    const look = (index: number, learnedInput: LearnedInput) => {
      const { role, loose = false, neutral, named = false, stands } = learnedInput;
      const input = node.inputs[index] ?? "";
      // A weight may be a function of what is learned, as one that is standardised or scaled.
      const stored = sources.get(input);
      // The mean of a weight that is standardised is no statistic of features.
      if (!stored && role === "statistic") return;
      const among = stored ??
        (loose ? forms.get(input) : origins.get(input)?.filter((name) => !neutrals.has(name))) ?? [];
      for (const name of among) {
        const said = declared.get(name);
        if (found.has(name)) {
          if (!loose) strict = true;
          continue;
        }
        const type = graph.values.get(input)?.type ?? typeOf(name, graph);
        // Sizes and indices stay so where they are turned into floats.
        if (said === undefined && !quantized && /int64/.test(typeOf(name, graph) ?? "")) continue;
        if (said === "constant" || (!quantized && type !== undefined && !/float/.test(type))) continue;
        const entry = {
          name,
          node,
          graph,
          producer,
          made: made.get(name),
          batched,
          repeated: repeated.has(input),
          form: stored === undefined,
          named,
        };
        const isNothing = !loose && isNeutral(entry, neutral);
        if (isNothing) neutrals.add(name);
        const skip = loose
          ? !(behind && isLearned(entry))
          : isNothing || (index === 0 && (isState(entry) || isTable(entry)));
        if (said === undefined && skip) continue;
        const position = operatorOf(node) === "Add" && longAxes(dimsOf(name, graph)) > 1;
        found.set(name, {
          role: said ?? (position ? "embedding" : role),
          op: operatorOf(node),
          size: stands?.(node) ?? sizeIn(graph, name),
        });
        behind = strict = true;
      }
    };
    for (const [index, input] of Object.entries(learned ?? {})) look(Number(index), input);
    const whole = view === "first" ? node.inputs.slice(0, 1) : view === "all" ? node.inputs : [];
    const parts = whole.map((input) => sources.get(input) ?? []);
    if (view === "all") {
      // What a Concat puts beside computed values is a token; beside constants, a part of a constant.
      if (parts.some((part) => part.length === 0)) {
        parts.forEach((_, index) => look(index, { role: "embedding", loose: true }));
      }
    }
    if (view === undefined) {
      for (const name of node.inputs.flatMap((input) => sources.get(input) ?? [])) {
        const role = declared.get(name);
        if (role === undefined || role === "constant" || found.has(name)) continue;
        found.set(name, { role, op: operatorOf(node), size: sizeIn(graph, name) });
        behind = true;
      }
    }
    if (behind || strict) { for (const output of node.outputs) behindLayer.add(output); }
    for (const output of node.outputs) if (keepsBatch(node, output, graph, batched)) batched.add(output);
    // As long as it is stored: one as long as another value turns out to be is computed.
    const filled = operatorOf(node) === "ConstantOfShape" && sources.has(node.inputs[0] ?? "");
    if (operatorOf(node) === "Constant" || filled) {
      made.set(node.outputs[0]!, node);
      sources.set(node.outputs[0]!, [node.outputs[0]!]);
    } else if (parts.length > 0 && parts.every((part) => part.length > 0)) {
      const repeats = operatorOf(node) === "Expand" || whole.some((input) => repeated.has(input));
      for (const output of node.outputs) {
        sources.set(output, parts.flat());
        if (repeats) repeated.add(output);
      }
    } else {
      const form = formOf(node, (name) => sources.get(name) ?? forms.get(name));
      if (form) { for (const output of node.outputs) forms.set(output, form); }
      // Of what is only asked for its type or size, no number gets any further, and of statistics no weight.
      const isStatistic = (name: string) => learned?.[node.inputs.indexOf(name)]?.role === "statistic";
      const read = node.inputs.filter((name, index) => name !== "" && !sizes.includes(index));
      const all = read.map((name) => sources.get(name) ?? origins.get(name));
      if (all.length === 0 || !all.every((part) => part !== undefined)) continue;
      const numbers = read.flatMap((name) =>
        isStatistic(name) ? [] : sources.get(name) ?? origins.get(name)!
      );
      const many = [...new Set(numbers)].filter((name) =>
        longAxes(dimsOf(name, graph)) > 0 && /float/.test(typeOf(name, graph) ?? "float")
      );
      for (const output of node.outputs) origins.set(output, many);
    }
  }
  return found;
}

/**
 * The constants that a node gives in another form, where it does: each number for itself, padded, resized, to
 * whatever size.
 */
function formOf(node: Node, of: (name: string) => readonly string[] | undefined): string[] | undefined {
  const { elementwise, reshapes, view } = factsOf(node);
  const single = elementwise !== undefined && !WAVES.test(operatorOf(node));
  if (!single && !reshapes && view === undefined) return undefined;
  const read = single || view === "all" ? node.inputs.filter((name) => name !== "") : node.inputs.slice(0, 1);
  const parts = read.map(of);
  return parts.every((part) => part !== undefined) ? [...new Set(parts.flat())] : undefined;
}

/** Some nodes, those of a node's subgraphs before it. */
function allNodes({ nodes }: Pick<Graph, "nodes">): Node[] {
  return nodes.flatMap((node) => [...subgraphs(node).flatMap(allNodes), node]);
}

/** A constant where it enters the arithmetic. */
interface Entry {
  name: string;
  node: Node;
  graph: Graph;
  producer: ReadonlyMap<string, Node>;
  /** The node that makes it, where it is not stored. */
  made: Node | undefined;
  batched: ReadonlySet<string>;
  /** Whether an Expand repeated it before. */
  repeated: boolean;
  /** Whether it comes in another form than it is stored in. */
  form: boolean;
  /** Whether it is learned under a name of its own only. */
  named: boolean;
}

/** Whether a parameter may be called so: what an exporter names itself, and tables and masks, are not. */
const isOwnName = (name: string) =>
  isNamed(name) && !TABLE.test(name) && !CONSTANT_NAME.test(name) && !FOLDED.test(name);

const isNamed = (name: string) => !LITERAL.test(name) && !RENAMED.test(name);

const tensorOf = ({ name, graph, made }: Entry) => graph.initializers.get(name) ?? (made && constantOf(made));

/** Whether a tensor is what an exporter writes where a layer has no such parameter. */
function isNeutral(entry: Entry, neutral: number | undefined): boolean {
  if (neutral === undefined || isNamed(entry.name)) return false;
  const tensor = tensorOf(entry);
  return tensor !== undefined && isLevel(tensor, neutral);
}

/** Whether a tensor stands for what a recurrent layer remembers before its first step. */
function isState(entry: Entry): boolean {
  const dims = dimsOf(entry.name, entry.graph);
  const rows = (dims?.length ?? 0) > 1 && (dims![0] === 1 || hasRowsOfBatch(entry));
  if (!(entry.repeated || rows || spansBatch(entry))) return false;
  const tensor = tensorOf(entry);
  return tensor !== undefined && isLevel(tensor, 0);
}

/** Whether the left side of a product is a table that is computed once: places that a weight is told. */
const isTable = ({ name, node }: Entry) => TABLE.test(name) && factsOf(node).macs !== undefined;

/** Whether the left side of a product, without a name of its own, has a row for each example of an input. */
function hasRowsOfBatch({ name, node, graph, batched }: Entry): boolean {
  if (isNamed(name) || factsOf(node).macs === undefined) return false;
  const [rows] = dimsOf(name, graph)!;
  return graph.inputs.some((input) => batched.has(input) && graph.values.get(input)?.shape?.[0] === rows);
}

/** Whether its first axis is the batch of what it meets. */
function spansBatch({ name, node, graph, batched }: Entry): boolean {
  const dims = dimsOf(name, graph);
  const joined = operatorOf(node) === "Concat" && intAttribute(node, "axis", 1) % dims!.length === 0;
  return !joined && node.inputs.some((other) => {
    const shape = batched.has(other) ? graph.values.get(other)?.shape : undefined;
    return shape?.length === dims!.length && shape[0] === dims![0];
  });
}

/** Tells a bias, scale or token from a constant of the computation. */
function isLearned(entry: Entry): boolean {
  const { name, node, graph, producer } = entry;
  if (CONSTANT_NAME.test(name) || TABLE.test(name)) return false;
  // Sizes and indices that arithmetic goes on with.
  if (/int64/.test(typeOf(name, graph) ?? "")) return false;
  const dims = dimsOf(name, graph);
  const long = longAxes(dims);
  const named = isNamed(name);
  const operator = operatorOf(node);
  const tensor = tensorOf(entry);
  const own = isOwnName(name);
  const scales = operator === "Mul" || operator === "Div" || operator === "Pow";
  if (!own && (entry.named || entry.form && (long < 2 || scales))) return false;
  if (long > 1) {
    if (LITERAL.test(name) || spansBatch(entry)) return false;
    // Numbers that go through a function tell nothing.
    const told = entry.form && own;
    // A window, or sines and cosines: what a layer learns to multiply by does not end at one.
    if (scales && !told && !(named && NAMED_SCALE.test(name)) && !(tensor && reaches(tensor, 1))) {
      return false;
    }
    // Boxes to start from and distances lie on one side of zero.
    if (!scales && !told && !named && !(tensor && hasBothSigns(tensor))) return false;
  }
  if (tensor && isMask(tensor, long)) return false;
  if (tensor && !(named && NAMED.test(name)) && isGrid(tensor)) return false;
  const token = operator === "Concat";
  if (entry.repeated && !(token && long <= 1) && tensor && isLevel(tensor, 0)) return false;
  const vector = (dims?.length ?? 0) === 1 && MODULE_NAME.test(name);
  if (token) return named && ((dims?.length ?? 0) > 1 || vector && own);
  // MatMul and Add is how a linear layer is written, whatever its size.
  const layer = operator === "Add" &&
    node.inputs.some((input) => factsOf(producer.get(input) ?? { op: "" }).macs !== undefined);
  const bias = operator === "Add" && named && NAMED_BIAS.test(name);
  // A factor that a module has of its own, as a vector of one number: literals have no axis.
  if (long === 0 && (dims?.length ?? 0) > 0 && MODULE_NAME.test(name) && own) return true;
  return long > 0 || ((layer || bias) && (dims?.length ?? 0) > 0 && !LITERAL.test(name));
}

const longAxes = (dims: readonly unknown[] | undefined) => dims?.filter((dim) => dim !== 1).length ?? 0;

function typeOf(name: string, graph: Graph) {
  return graph.initializers.get(name)?.type ?? graph.values.get(name)?.type;
}

function dimsOf(name: string, graph: Graph): readonly number[] | undefined {
  return graph.initializers.get(name)?.dims ??
    graph.values.get(name)?.shape?.map((dim) => typeof dim === "number" ? dim : NaN);
}

/** Numbers in a constant; of what ConstantOfShape fills by the shape of an input, none is known. */
function sizeIn(graph: Graph, name: string): number | undefined {
  const size = dimsOf(name, graph)?.reduce((product, dim) => product * dim, 1);
  return Number.isNaN(size) ? undefined : size;
}

/** Whether the first axis of a node's output is the batch that one of its inputs has there. */
function keepsBatch(node: Node, output: string, graph: Graph, batched: ReadonlySet<string>): boolean {
  const [length] = graph.values.get(output)?.shape ?? [];
  if (operatorOf(node) === "Transpose" && intsAttribute(node, "perm", undefined)?.[0] !== 0) return false;
  if (operatorOf(node) === "Concat" && intAttribute(node, "axis", 1) === 0) return false;
  // Rows of a product come from its left side, examples of a convolution from its first input.
  const from = factsOf(node).macs ? node.inputs.slice(0, 1) : node.inputs;
  return from.some((input) => batched.has(input) && graph.values.get(input)?.shape?.[0] === length);
}
