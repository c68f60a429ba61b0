import { intAttribute, intsAttribute } from "../onnx/attribute.ts";
import { GraphEditor } from "../onnx/graph_editor.ts";
import type { Model, Node } from "../onnx/model.ts";
import { type OperatorTable, rowOf, rulesFor } from "../onnx/operators/table.ts";
import { producers } from "../onnx/topology.ts";
import { isTensor, numbersOf } from "../tensor/tensor.ts";

/** What a rule asks of other values: the first number of those that count, all numbers of known ones. */
interface Look {
  first(value: string | undefined): number | undefined;
  numbers(value: string | undefined): readonly number[] | undefined;
}

/** The first number that a node gives, where it is known to count up by one. */
type Rule = (node: Node, look: Look) => number | undefined;

/** A known number is added to what counts, or taken from it. */
const shifted = (sign: 1 | -1): Rule => ({ inputs: [a, b] }, { first, numbers }) => {
  const sum = (counted: number | undefined, by: readonly number[] | undefined) =>
    counted === undefined || by?.length !== 1 ? undefined : counted + sign * by[0]!;
  return sum(first(a), numbers(b)) ?? (sign === 1 ? sum(first(b), numbers(a)) : undefined);
};

/** What counts, where one of these inputs does: the others say which tokens do, or what padding gets. */
const anyOf = (...among: readonly number[]): Rule => ({ inputs }, { first }) =>
  among.map((index) => first(inputs[index])).find((found) => found !== undefined);

const range: Rule = ({ inputs: [start, , step] }, { numbers }) =>
  numbers(step)?.[0] === 1 ? numbers(start)?.[0] : undefined;

/** A running count of tokens. */
const cumSum: Rule = (node) => intAttribute(node, "exclusive", 0) === 1 ? 0 : 1;

const slice: Rule = (node, { first, numbers }) => {
  const start = numbers(node.inputs[1]) ?? intsAttribute(node, "starts", undefined);
  const counted = first(node.inputs[0]);
  return counted === undefined || start === undefined ? undefined : counted + Math.max(0, ...start);
};

/** Rules by operator, as far as positions are computed by them. */
const RULES: OperatorTable<Rule> = {
  ...rulesFor(anyOf(0), "Cast", "Expand", "Flatten", "Gather", "Identity", "Reshape", "Squeeze", "Tile"),
  Unsqueeze: anyOf(0),
  Add: shifted(1),
  Sub: shifted(-1),
  Mul: anyOf(0, 1),
  Where: anyOf(1, 2),
  Range: range,
  CumSum: cumSum,
  Slice: slice,
};

/**
 * A function of values of a graph: the number that stands for a text's first token, where a value counts the
 * tokens of a text. BERT counts from 0; RoBERTa from 2, the number of its padding and one; BART from 2. It is
 * undefined for what does not count up by one, such as distances of two tokens.
 */
export function firstPositions({ graph, info }: Model): (value: string) => number | undefined {
  const editor = new GraphEditor(graph, { ...info.opsets });
  const producer = producers(graph);
  const look: Look = {
    numbers(value = "") {
      const stored = graph.initializers.get(value);
      if (stored && isTensor(stored) && stored.type !== "string") return numbersOf(stored);
      const known = editor.contents(value);
      return known?.every((number) => typeof number === "number") ? known.map(Number) : undefined;
    },
    first(value = "") {
      const node = producer.get(value);
      const rule = node && rowOf(RULES, node);
      const found = rule?.(node!, look);
      if (found !== undefined) return found;
      const row = look.numbers(value)?.slice(0, Number(graph.values.get(value)?.shape?.at(-1) ?? 0)) ?? [];
      return row.length > 1 && row.every((number, i) => number === row[0]! + i) ? row[0] : undefined;
    },
  };
  return look.first;
}
