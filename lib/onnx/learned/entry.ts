import { intAttribute } from "../attribute.ts";
import { CONSTANT_NAME } from "../builder.ts";
import { hasBothSigns, isGrid, isLevel, isMask, reaches } from "../constant_numbers.ts";
import type { Graph, Node } from "../model.ts";
import { factsOf, operatorOf, type OpName } from "../operators/table.ts";
import { tensorOfConstant } from "../passes/constants_to_initializers.ts";
import type { AnyTensor, DataType } from "../../tensor/tensor.ts";
import {
  isBiasName,
  isLiteral,
  isModuleName,
  isNamed,
  isOwnName,
  isParameterName,
  isScaleName,
  isTableName,
} from "./names.ts";

/** A constant where it enters the arithmetic. */
export interface Entry {
  /** Name of the constant. */
  name: string;
  /** The node that reads it. */
  node: Node;
  /** The graph of both. */
  graph: Graph;
  /** The node that makes each value. */
  producer: ReadonlyMap<string, Node>;
  /** The node that makes the constant, where it is not stored. */
  made: Node | undefined;
  /** Values whose first axis is the batch. */
  batched: ReadonlySet<string>;
  /** Whether an Expand repeated it before. */
  repeated: boolean;
  /** Whether it comes in another form than it is stored in. */
  form: boolean;
  /** Whether it is learned under a name of its own only. */
  named: boolean;
}

/** What is multiplied by, or raised to, here. */
const SCALING: ReadonlySet<string> = new Set<OpName>(["Mul", "Div", "Pow"]);

/** Whether a constant is what an exporter writes where a layer has no such parameter. */
export function isNeutral(entry: Entry, neutral: number | undefined): boolean {
  return neutral !== undefined && !isNamed(entry.name) && isLevelAt(entry, neutral);
}

/** Whether a constant stands for what a recurrent layer remembers before its first step. */
export function isState(entry: Entry): boolean {
  const dims = dimsOf(entry.name, entry.graph);
  const rows = (dims?.length ?? 0) > 1 && (dims![0] === 1 || hasRowsOfBatch(entry));
  return (entry.repeated || rows || spansBatch(entry)) && isLevelAt(entry, 0);
}

/**
 * Whether the left side of a product, or what rows are taken from, is a table that is computed once: places
 * that a weight is told, sines and cosines of places.
 */
export function isTable({ name, node }: Entry): boolean {
  const takesRows = factsOf(node).learned?.[0]?.role === "embedding" && !isParameterName(name);
  return isTableName(name) && (takesRows || factsOf(node).macs !== undefined);
}

/** Tells a bias, scale or token from a constant of the computation. */
export function isLearned(entry: Entry): boolean {
  const { name, node, graph } = entry;
  if (CONSTANT_NAME.test(name) || isTableName(name) || isInt64(name, graph)) return false;
  const dims = dimsOf(name, graph);
  const [rank, long] = [dims?.length ?? 0, longAxes(dims)];
  const operator = operatorOf(node);
  const [scales, own] = [SCALING.has(operator), isOwnName(name)];
  if (!own && (entry.named || entry.form && (long < 2 || scales))) return false;
  if (long > 1 && !hasLearnedNumbers(entry, scales)) return false;
  const tensor = tensorOf(entry);
  if (tensor && (isMask(tensor, long) || !isParameterName(name) && isGrid(tensor))) return false;
  if (operator === "Concat") {
    if (entry.repeated && long > 1 && isLevelAt(entry, 0)) return false;
    return isNamed(name) && (rank > 1 || rank === 1 && isModuleName(name) && own);
  }
  if (entry.repeated && isLevelAt(entry, 0)) return false;
  if (long > 0) return true;
  // A factor that a module has of its own, as a vector of one number: literals have no axis.
  if (rank > 0 && isModuleName(name) && own) return true;
  return rank > 0 && !isLiteral(name) && operator === "Add" && (isBiasName(name) || followsLayer(entry));
}

/** Whether the numbers of a constant of several long axes may be learned ones. */
function hasLearnedNumbers(entry: Entry, scales: boolean): boolean {
  const { name } = entry;
  if (isLiteral(name) || spansBatch(entry)) return false;
  // Numbers that go through a function tell nothing.
  if (entry.form && isOwnName(name)) return true;
  const tensor = tensorOf(entry);
  // A window, or sines and cosines: what a layer learns to multiply by does not end at one.
  if (scales) return isScaleName(name) || tensor !== undefined && reaches(tensor, 1);
  // Boxes to start from and distances lie on one side of zero.
  return isNamed(name) || tensor !== undefined && hasBothSigns(tensor);
}

/** Whether a layer's product is what it is added to: MatMul and Add is how a linear layer is written. */
function followsLayer({ node, producer }: Entry): boolean {
  return node.inputs.some((input) => {
    const maker = producer.get(input);
    return maker !== undefined && factsOf(maker).macs !== undefined;
  });
}

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

const tensorOf = ({ name, graph, made }: Entry): AnyTensor | undefined =>
  graph.initializers.get(name) ?? (made && tensorOfConstant(made));

/** Whether all numbers of a constant are known and the same. */
function isLevelAt(entry: Entry, value: number): boolean {
  const tensor = tensorOf(entry);
  return tensor !== undefined && isLevel(tensor, value);
}

/** Axes along which a constant has more than one number. */
export const longAxes = (dims: readonly unknown[] | undefined): number =>
  dims?.filter((dim) => dim !== 1).length ?? 0;

/** Element type of a value. */
export function typeOf(name: string, graph: Graph): DataType | undefined {
  return graph.initializers.get(name)?.type ?? graph.values.get(name)?.type;
}

/** Whether a constant holds sizes and indices, also where arithmetic goes on with them. */
export const isInt64 = (name: string, graph: Graph): boolean => /int64/.test(typeOf(name, graph) ?? "");

/** Sizes of a value, NaN where one is not known. */
export function dimsOf(name: string, graph: Graph): readonly number[] | undefined {
  return graph.initializers.get(name)?.dims ??
    graph.values.get(name)?.shape?.map((dim) => typeof dim === "number" ? dim : NaN);
}

/** Numbers in a constant; of what ConstantOfShape fills by the shape of an input, none is known. */
export function sizeIn(graph: Graph, name: string): number | undefined {
  const size = dimsOf(name, graph)?.reduce((product, dim) => product * dim, 1);
  return Number.isNaN(size) ? undefined : size;
}
