import type { GraphBuilder, Value } from "../builder.ts";
import { shapeSize } from "../dim.ts";
import type { Node } from "../model.ts";
import { factsOf, isKnown } from "../operators/table.ts";
import { allNodes, producers } from "../topology.ts";
import { isDifferentiable } from "./call.ts";
import { delayed } from "./delayed.ts";
import type { DataType } from "../../tensor/tensor.ts";

/**
 * Makes the value that stands for a forward value on the way back; its computation waits for `after`, a
 * gradient.
 */
export type Again = (value: Value, after: Value) => Value;

/**
 * Copies of forward nodes for the way back, so that their outputs need not lie in memory until then: gradient
 * checkpointing. A value is computed again from what is kept when it is first asked for, and once.
 *
 * Nothing but the order of a graph's nodes says when a copy runs, and an engine may run it as soon as its
 * inputs are there, or see that it equals the original. So to what a copy reads first, a zero is added that
 * depends on a gradient.
 *
 * Source: Chen, Xu, Zhang, Guestrin, "Training Deep Nets with Sublinear Memory Cost", 2016, arXiv 1604.06174.
 *
 * @param forward the nodes that may be copied
 * @param wanted the values to compute again; those of random operators and those that are no floats are kept
 */
export function recomputation(
  g: GraphBuilder,
  forward: readonly Node[],
  wanted: (value: Value) => boolean,
): Again {
  const makers = producers({ nodes: forward });
  const copies = new Map<Value, Value>();
  const again: Again = (value, after) => {
    const node = makers.get(value);
    if (!node || !isRecomputed(g, node, value) || !wanted(value)) return value;
    if (!copies.has(value)) copy(node, after);
    return copies.get(value)!;
  };
  function copy(node: Node, after: Value): void {
    const inputs = node.inputs.map((input) => input && again(input, after));
    if (inputs.every((input, i) => input === node.inputs[i])) {
      const at = smallest(g, inputs);
      if (at >= 0) inputs[at] = delayed(g, inputs[at]!, after);
    }
    const names = node.outputs.map((output) => output && g.freeName(`${output}.again`));
    g.nodeNamed(names, node.op, inputs, node.attributes, node.domain);
    node.outputs.forEach((output, i) => {
      if (output === "") return;
      copies.set(output, names[i]!);
      g.declare(names[i]!, { ...g.info(output) });
    });
  }
  return again;
}

/** Whether a node can be computed again: known operators, inside too, that give the same values each time. */
function isRecomputed(g: GraphBuilder, node: Node, value: Value): boolean {
  return isDifferentiable(g.info(value).type) &&
    allNodes({ nodes: [node] }).every((each) => isKnown(each) && !factsOf(each).random);
}

/**
 * Where the float with the fewest numbers is, as far as they are known, or where there is none, the smallest
 * of booleans, such as the mask of a dropout; −1 where there is neither.
 */
function smallest(g: GraphBuilder, values: readonly Value[]): number {
  const typed = (is: (type: DataType | undefined) => boolean) =>
    values.flatMap((value, i) => value !== "" && is(g.info(value).type) ? [i] : []);
  const floats = typed(isDifferentiable);
  const found = floats.length > 0 ? floats : typed((type) => type === "bool");
  const size = (i: number) => {
    const { shape } = g.info(values[i]!);
    const count = shape && shapeSize(shape);
    return typeof count === "number" ? count : Number.MAX_VALUE;
  };
  return found.reduce((a, b) => a < 0 || size(b) < size(a) ? b : a, -1);
}
