import { intAttribute, intsAttribute } from "./attribute.ts";
import { CONSTANT_NAME } from "./builder.ts";
import { constantOf } from "./constants_to_initializers.ts";
import type { Graph, Node } from "./model.ts";
import type { WeightRole } from "./operators/facts.ts";
import { factsOf, operatorOf } from "./operators/table.ts";
import { type AnyTensor, isTensor } from "../tensor/tensor.ts";
import { allInitializers, producers, subgraphs } from "./topology.ts";

/** What a learned constant is. */
export interface Learned {
  /** What the constant is to the operator that reads it first. */
  role: WeightRole;
  /** That operator. */
  op: string;
}

/** Numbers of this size are masks (−10000 and up in attention), not weights. */
const MASK_SIZE = 1e4;

/**
 * Names that exporters give to what had no name: constants of the computation, folded or made on the spot.
 */
const ANONYMOUS = new RegExp(
  "^(onnx::|const|/|\\d+$)|constant|_output_\\d+$|" +
    "^(arange|clone|empty|expand|full|lift_fresh_copy|ones|scalar_tensor|tensor|val|zeros)(_like)?(_\\d+)?$",
  "i",
);

/** What is called so is a mask, or a table that was computed once. */
const TABLE = /mask|rotary|inv_freq|freqs|cos_cached|sin_cached/i;

/** What multiplies by more than one number per channel is learned only where it is called so. */
const NAMED_SCALE = /(weight|scale|gamma)$/i;

/**
 * The constants of a graph that were learned, in the order the graph reads them: weights, biases, scales,
 * tables, and the statistics of batch norms.
 *
 * A constant is a stored tensor, or the output of `Constant`, or of `ConstantOfShape` of a constant. It is
 * learned where it reaches, as it is or in another arrangement, an input that the operator's facts call
 * learned. Where an operator takes constants of a computation as well (Add, Mul, Concat), it is learned
 * behind the first layer only, and not where it is a single number, a whole number of 64 bits, a mask or
 * table by its numbers or name, one along the batch of what it meets (a state, a token repeated), or has
 * neither a name of its own nor the form of a vector.
 *
 * @param outer a graph with inferred types and shapes
 */
export function learnedConstants(outer: Graph): Map<string, Learned> {
  const graph = { ...outer, initializers: new Map(allInitializers(outer)), nodes: allNodes(outer) };
  const found = new Map<string, Learned>();
  /** The constants that each value is made of. */
  const sources = new Map<string, readonly string[]>(
    [...graph.initializers.keys()].map((name) => [name, [name]]),
  );
  /** Names of origin of values that are computed from constants alone: those of more than one number. */
  const origins = new Map<string, readonly string[]>();
  const made = new Map<string, Node>();
  const producer = producers(graph);
  /** Values whose first axis is the batch, of more than one example. */
  const batched = new Set<string>(
    graph.inputs.filter((name) =>
      !graph.initializers.has(name) && Number(graph.values.get(name)?.shape?.[0]) > 1
    ),
  );
  /** Values that depend on a weight: only behind the first layer can an Add be its bias. */
  const behindLayer = new Set<string>();
  for (const node of graph.nodes) {
    const { learned, quantized = false, view } = factsOf(node);
    let behind = node.inputs.some((input) => behindLayer.has(input));
    let strict = false;
    const look = (index: number, role: WeightRole, loose: boolean) => {
      const input = node.inputs[index] ?? "";
      // A weight may be a function of what is learned, as one that is standardised or scaled.
      for (const name of sources.get(input) ?? (loose ? [] : origins.get(input) ?? [])) {
        if (found.has(name)) {
          if (!loose) strict = true;
          continue;
        }
        const type = graph.values.get(input)?.type ?? typeOf(name, graph);
        if (!quantized && type !== undefined && !/float/.test(type)) continue;
        if (loose && !(behind && isLearned({ name, node, graph, producer, made: made.get(name), batched }))) {
          continue;
        }
        const position = operatorOf(node) === "Add" && longAxes(dimsOf(name, graph)) > 1;
        found.set(name, { role: position ? "embedding" : role, op: operatorOf(node) });
        behind = strict = true;
      }
    };
    for (const [index, { role, loose = false }] of Object.entries(learned ?? {})) {
      look(Number(index), role, loose);
    }
    const whole = view === "first" ? node.inputs.slice(0, 1) : view === "all" ? node.inputs : [];
    const parts = whole.map((input) => sources.get(input) ?? []);
    if (view === "all") {
      // What a Concat puts beside computed values is a token; beside constants, a part of a constant.
      if (parts.some((part) => part.length === 0)) {
        parts.forEach((_, index) => look(index, "embedding", true));
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
      for (const output of node.outputs) sources.set(output, parts.flat());
    } else {
      const all = node.inputs.filter(Boolean).map((name) => sources.get(name) ?? origins.get(name));
      if (all.length === 0 || !all.every((part) => part !== undefined)) continue;
      const many = [...new Set(all.flat())].filter((name) =>
        longAxes(dimsOf(name, graph)) > 0 && /float/.test(typeOf(name, graph) ?? "float")
      );
      for (const output of node.outputs) origins.set(output, many);
    }
  }
  return found;
}

/** The nodes of a graph, those of a node's subgraphs before it. */
function allNodes({ nodes }: Graph): Node[] {
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
}

/** Tells a bias, scale or token from a constant of the computation. */
function isLearned({ name, node, graph, producer, made, batched }: Entry): boolean {
  if (CONSTANT_NAME.test(name) || TABLE.test(name)) return false;
  // Sizes and indices that arithmetic goes on with.
  if (/int64/.test(typeOf(name, graph) ?? "")) return false;
  const dims = dimsOf(name, graph);
  const long = longAxes(dims);
  const named = !ANONYMOUS.test(name);
  if (long > 1) {
    const joined = operatorOf(node) === "Concat" && intAttribute(node, "axis", 1) % dims!.length === 0;
    const spansBatch = !joined && node.inputs.some((other) => {
      const shape = batched.has(other) ? graph.values.get(other)?.shape : undefined;
      return shape?.length === dims!.length && shape[0] === dims![0];
    });
    if (made || !named || spansBatch || (operatorOf(node) === "Mul" && !NAMED_SCALE.test(name))) return false;
  }
  const tensor = graph.initializers.get(name) ?? (made && constantOf(made));
  if (tensor && isMask(tensor, long)) return false;
  if (operatorOf(node) === "Concat") return named && (dims?.length ?? 0) > 1;
  // MatMul and Add is how a linear layer is written, whatever its size.
  const layer = operatorOf(node) === "Add" &&
    node.inputs.some((input) => factsOf(producer.get(input) ?? { op: "" }).macs !== undefined);
  return long > 0 || (layer && (dims?.length ?? 0) > 0 && !made);
}

const longAxes = (dims: readonly unknown[] | undefined) => dims?.filter((dim) => dim !== 1).length ?? 0;

function typeOf(name: string, graph: Graph) {
  return graph.initializers.get(name)?.type ?? graph.values.get(name)?.type;
}

function dimsOf(name: string, graph: Graph): readonly number[] | undefined {
  return graph.initializers.get(name)?.dims ??
    graph.values.get(name)?.shape?.map((dim) => typeof dim === "number" ? dim : NaN);
}

/**
 * Whether numbers are so large, or so few, that they are a mask; tensors that are only described are none.
 */
function isMask(tensor: AnyTensor, long: number): boolean {
  if (!isTensor(tensor) || !("data" in tensor)) return false;
  const values = tensor.data as ArrayLike<number>;
  const seen = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    if (!(Math.abs(values[i]!) < MASK_SIZE)) return true;
    if (seen.size < 3) seen.add(values[i]!);
  }
  return long > 1 && seen.size === 2;
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
