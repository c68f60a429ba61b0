import type { Node } from "../../onnx/model.ts";
import type { Surgery } from "../prune.ts";

/** Fixes a node whose values lost channels: gives the nodes that take its place. */
export type Fixup = (node: Node, surgery: Surgery) => Node[];

/** A node with another number or list of numbers as an attribute. */
export const withAttribute = (node: Node, name: string, value: number | number[]): Node => ({
  ...node,
  attributes: {
    ...node.attributes,
    [name]: Array.isArray(value) ? { type: "ints", value } : { type: "int", value },
  },
});

/** A node that reads another value as one of its inputs. */
export const withInput = (node: Node, index: number, name: string): Node => ({
  ...node,
  inputs: Array.from(
    { length: Math.max(node.inputs.length, index + 1) },
    (_, i) => i === index ? name : node.inputs[i] ?? "",
  ),
});

/** A size that is a part of what it was: `times / over` of it. */
export interface Part {
  /** How many there are now, … */
  times: number;
  /** … of how many before. */
  over: number;
}

/** Sizes afterwards along the axes of a value that lost something. */
export function changedSizes(
  name: string | undefined,
  { shape, kept, period }: Surgery,
): Map<number, number | Part> {
  const sizes = new Map<number, number | Part>();
  shape(name)?.forEach((_, axis) => {
    const positions = kept(name, axis);
    const over = period(name, axis);
    if (positions) sizes.set(axis, over === undefined ? positions.length : { times: positions.length, over });
  });
  return sizes;
}
