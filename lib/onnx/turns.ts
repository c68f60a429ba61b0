import { normalAxis } from "../tensor/tensor.ts";
import { intAttribute, intsAttribute } from "./attribute.ts";
import { type Dim, isStatic, type Shape } from "./dim.ts";
import { tensorOfConstant } from "./passes/constants_to_initializers.ts";
import type { Scope } from "./shapes/call.ts";
import type { Graph, Node } from "./model.ts";
import { operatorOf } from "./operators/table.ts";
import { contentsOf } from "./shapes/call.ts";
import { producers } from "./topology.ts";

/** How a node runs its body. */
export interface Turns {
  /** How often, where that follows from constants and sizes. */
  count: number | undefined;
  /** Shapes of the body's inputs at the first turn, as far as they are known. */
  inputs: readonly (Shape | undefined)[];
  /** Which outputs of the body are its inputs at the next turn: pairs of output and input. */
  carried: readonly (readonly [output: number, input: number])[];
  /** The first output of the body of which the turns lie side by side. */
  rows: number;
}

/** How often a Loop or a Scan runs its body, and on what, where the graph around it has these values. */
export function turnsOf(node: Node, body: Graph, scope: Scope): Turns {
  return operatorOf(node) === "Scan" ? turnsOfScan(node, body, scope) : turnsOfLoop(node, body, scope);
}

/**
 * A loop's inputs are the most turns, whether to begin, and what is carried; its body's are the turn, the
 * condition and what is carried, and its outputs the next condition and what is carried on.
 */
function turnsOfLoop(node: Node, body: Graph, scope: Scope): Turns {
  const most = node.inputs[0] ? numberOf(node.inputs[0], scope) : undefined;
  const begins = node.inputs[1] ? numberOf(node.inputs[1], scope) : 1;
  const count = begins === 0 ? 0 : begins && goesOn(body, scope) ? Number(most ?? NaN) : NaN;
  const carried = node.inputs.slice(2);
  return {
    count: Number.isSafeInteger(count) ? count : undefined,
    inputs: [[], [], ...carried.map((name) => scope.values.get(name)?.shape)],
    carried: carried.map((_, i) => [i + 1, i + 2]),
    rows: carried.length + 1,
  };
}

/** A scan's inputs are what is carried, then what is gone through slice by slice. */
function turnsOfScan(node: Node, body: Graph, scope: Scope): Turns {
  const through = intAttribute(node, "num_scan_inputs", 0);
  const states = node.inputs.length - through;
  const axes = intsAttribute(node, "scan_input_axes", []) ?? [];
  const shapes = node.inputs.map((name) => scope.values.get(name)?.shape);
  // Before operator set 9 there was a batch, and an input of lengths.
  const known = (scope.opsets[""] ?? 1) >= 9 && node.inputs.length === body.inputs.length;
  const lengths = new Set<Dim | undefined>();
  const inputs = shapes.map((shape, i) => {
    if (i < states || !shape) return shape;
    const axis = axes[i - states] ?? 0;
    const at = normalAxis(axis, shape.length);
    lengths.add(shape[at]);
    return shape.filter((_, other) => other !== at);
  });
  const [length] = lengths;
  return {
    count: known && lengths.size === 1 && typeof length === "number" ? length : undefined,
    inputs,
    carried: shapes.slice(0, states).map((_, i) => [i, i]),
    rows: states,
  };
}

/** A single number, where it is known. */
function numberOf(name: string, { contents, initializers }: Scope): Dim | undefined {
  const stored = initializers.get(name);
  const [value, ...more] = contents.get(name) ?? (stored && contentsOf(stored)) ?? [];
  return more.length === 0 ? value : undefined;
}

/** Whether a loop's body never ends the loop: its condition is true, or the one that it was given. */
function goesOn(body: Graph, scope: Scope): boolean {
  const makers = producers(body);
  let name = body.outputs[0] ?? "";
  for (;;) {
    if (name === body.inputs[1]) return true;
    const maker = makers.get(name);
    const stored = maker && operatorOf(maker) === "Constant"
      ? tensorOfConstant(maker)
      : body.initializers.get(name);
    if (stored) return contentsOf(stored)?.every((value) => Number(value) !== 0) ?? false;
    if (maker === undefined) return Number(numberOf(name, scope) ?? 0) !== 0;
    if (operatorOf(maker) !== "Identity" && operatorOf(maker) !== "Cast") return false;
    name = maker.inputs[0] ?? "";
  }
}

/** A shape with the numbers of another where it has none of its own. */
export function completed(shape: Shape | undefined, other: Shape | undefined): Shape | undefined {
  if (!shape || isStatic(shape) || other?.length !== shape.length) return shape ?? other;
  return shape.map((dim, i) => typeof dim === "number" ? dim : other[i]!);
}
