import { TypeError } from "../../errors.ts";
import { describe } from "../attribute.ts";
import type { Node, ValueInfo } from "../model.ts";
import type { AnyTensor } from "../../tensor/tensor.ts";

/** Access that a row of the upgrade table has to the model. */
export interface UpgradeStep {
  /** The operator set version that the node is rewritten for. */
  version: number;
  /** A new stored tensor. */
  constant(tensor: AnyTensor, stem: string): string;
  /** The contents of a stored tensor. */
  stored(name: string): AnyTensor | undefined;
  /** Whether anything reads a value, or the graph gives it out. */
  isRead(name: string): boolean;
  /** A name that is still free. */
  freeName(stem: string): string;
  /** Type and shape of a value, as far as they are known. */
  info(name: string): ValueInfo;
}

/** Rewrites a node of the version before into nodes of the step's version. */
export type UpgradeRule = (node: Node, step: UpgradeStep) => Node | Node[];

/** The error for a node that has no equivalent in the newer version. */
export function impossible(node: Node, { version }: UpgradeStep, why: string): TypeError {
  return new TypeError(`Cannot upgrade ${describe(node)} to operator set ${version}: ${why}`);
}

/** The node with attributes left out and others set. */
export function without(node: Node, names: readonly string[], added: Node["attributes"] = {}): Node {
  const kept = Object.entries(node.attributes).filter(([name]) => !names.includes(name));
  return { ...node, attributes: { ...Object.fromEntries(kept), ...added } };
}

/** The node with inputs set from `index` on; inputs before it that are missing are omitted ones. */
export function withInputs(node: Node, index: number, ...inputs: (string | undefined)[]): Node {
  const all = [...node.inputs.slice(0, index)];
  while (all.length < index) all.push("");
  for (const input of inputs) all.push(input ?? "");
  while (all.at(-1) === "") all.pop();
  return { ...node, inputs: all };
}
