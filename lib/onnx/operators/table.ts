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

/** Name of a node's operator, `domain:Operator` outside of ONNX's own domain. */
export function operatorOf({ op, domain }: Pick<Node, "op" | "domain">): string {
  return !domain || domain === "ai.onnx" ? op : `${domain}:${op}`;
}

/** The row of a table that is for a node, where there is one. */
export function rowOf<Rule>(table: OperatorTable<Rule>, node: Pick<Node, "op" | "domain">): Rule | undefined {
  const name = operatorOf(node);
  return Object.hasOwn(table, name) ? table[name as OpName] : undefined;
}

/** Facts about a node's operator; none where nobody knows it. */
export function factsOf(node: Pick<Node, "op" | "domain">): Partial<OperatorFacts> {
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
