import type { Node } from "../model.ts";
import { elementwise } from "./elementwise.ts";
import type { OperatorFacts } from "./facts.ts";
import { layout } from "./layout.ts";
import { linear } from "./linear.ts";
import { normalization } from "./normalization.ts";
import { reduce } from "./reduce.ts";
import { sources } from "./sources.ts";

/** Every operator that Espalier knows; those of other domains than ONNX's own are named `domain:Operator`. */
const table = { ...elementwise, ...linear, ...normalization, ...layout, ...reduce, ...sources };

/** Name of a known operator. */
export type OpName = keyof typeof table;

/** The facts about each known operator. */
export const operators: Readonly<Record<OpName, OperatorFacts>> = table;

/** Rules of one concern, by operator. A name that is not an operator's does not compile. */
export type OperatorTable<Rule> = Readonly<Partial<Record<OpName, Rule>>>;

/**
 * Name of a node's operator: `domain:Operator` outside of ONNX's own domain, with `:overload` behind it where
 * the node calls one of several functions of that name.
 */
export function operatorOf({ op, domain, overload }: Pick<Node, "op" | "domain" | "overload">): string {
  const name = !domain || domain === "ai.onnx" ? op : `${domain}:${op}`;
  return overload ? `${name}:${overload}` : name;
}

/** Whether a node's operator is one of ONNX's own domain. */
export const isStandard = (node: Pick<Node, "op" | "domain" | "overload">): boolean =>
  operatorOf(node) === node.op;

/** Rows of operators from outside, by the table that they stand beside. */
const outside = new Map<object, Map<string, unknown>>();

let changes = 0;

/** How often rows from outside came or went: what was found by the tables holds while it is the same. */
export const tableChanges = (): number => changes;

/**
 * Puts a row of an operator from outside beside a table, where {@linkcode rowOf} finds it.
 *
 * @returns takes it away again
 */
export function addRow<Rule>(table: OperatorTable<Rule>, name: string, row: Rule): () => void {
  const rows = outside.get(table) ?? new Map<string, unknown>();
  outside.set(table, rows.set(name, row));
  changes++;
  return () => {
    if (rows.get(name) === row) rows.delete(name);
    changes++;
  };
}

/** The row of a table that is for a node, where there is one. */
export function rowOf<Rule>(
  table: OperatorTable<Rule>,
  node: Pick<Node, "op" | "domain" | "overload">,
): Rule | undefined {
  const name = operatorOf(node);
  return Object.hasOwn(table, name)
    ? table[name as OpName]
    : outside.get(table)?.get(name) as Rule | undefined;
}

/** Whether somebody knows a node's operator: it is one of Espalier's, or was registered. */
export const isKnown = (node: Pick<Node, "op" | "domain" | "overload">): boolean =>
  rowOf(operators, node) !== undefined;

/** Facts about a node's operator; none where nobody knows it. */
export function factsOf(node: Pick<Node, "op" | "domain" | "overload">): Partial<OperatorFacts> {
  return rowOf(operators, node) ?? {};
}

/** One rule for several operators. */
export function rulesFor<Rule>(rule: Rule, ...names: readonly OpName[]): OperatorTable<Rule> {
  return Object.fromEntries(names.map((name) => [name, rule]));
}

/** Names of the operators of which something is a fact. */
export function operatorsThat(holds: (facts: OperatorFacts) => unknown): OpName[] {
  return (Object.keys(operators) as OpName[]).filter((name) => holds(operators[name]));
}
