import { describe } from "../../onnx/attribute.ts";
import { operatorOf } from "../../onnx/operators/table.ts";
import { type Axis, inputAxesOf, isGate, isOpen, stop } from "../channels/axis.ts";
import type { ChannelCall, Flow, Role } from "./row.ts";

/**
 * Where a masked channel is zero in the result: where it is so in any input, in all of them, in the first,
 * nowhere.
 */
export type Zero = "any" | "all" | "first" | "none";

/** One axis of an elementwise result, and what that means for the inputs. */
interface Merged {
  axis: Axis;
  joins: [Axis, Axis][];
  consumed: Axis[];
}

/**
 * One axis of an elementwise result: what has the full length is coupled, what has length 1 is repeated and
 * must stay.
 *
 * @param places the input's axis, per input; `undefined` for inputs of lower rank
 */
export function broadcastAxis(
  call: ChannelCall,
  places: readonly (number | undefined)[],
  zero: Zero,
  role: Role = "other",
): Merged {
  const { node, shape } = call;
  const full: (Axis | undefined)[] = [];
  const consumed: Axis[] = [];
  places.forEach((axis, input) => {
    if (axis === undefined) return;
    if (shape(node.inputs[input])?.[axis] !== 1) full[input] = call.axis(input, axis, role);
    else if (!call.stored(input)) {
      const only = call.axis(input, axis);
      const gates = operatorOf(node) === "Mul" && isGate(only);
      consumed.push(gates ? only : stop(only, `${describe(node)} needs its only position`));
    }
  });
  const present = full.filter((axis) => axis !== undefined);
  const open = present.filter(isOpen);
  const [first] = open;
  // Where nothing has the full length, all have length 1.
  if (first === undefined) return { axis: present[0] ?? stopped(consumed, call), joins: [], consumed };
  const joins = present.map((axis): [Axis, Axis] => [first, axis]);
  const shut = present.find((axis) => !isOpen(axis));
  if (shut) return { axis: shut, joins, consumed };
  if (
    open.some(({ labels, repeats }) => labels.length !== first.labels.length || repeats !== first.repeats)
  ) {
    const why = `${describe(node)} combines it with another number of channels`;
    return { axis: stop(first, why), joins, consumed };
  }
  const isZero = places.map((_, input) => {
    const axis = full[input];
    return isOpen(axis) && axis.zero;
  });
  const result = zero === "any"
    ? isZero.some(Boolean)
    : zero === "all"
    ? isZero.every(Boolean)
    : zero === "first" && isZero[0]!;
  return { axis: { ...first, zero: result, of: inputAxesOf(open) }, joins, consumed };
}

const stopped = (consumed: readonly Axis[], { node }: ChannelCall): Axis =>
  consumed[0] ?? { why: `${describe(node)} has one position there` };

/** Elementwise with broadcasting: the inputs' axes are compared from the last. */
export function broadcast(call: ChannelCall, zero: Zero, role: Role = "other"): Flow {
  const ranks = call.node.inputs.map((name) => call.shape(name)?.length);
  if (ranks.some((rank) => rank === undefined)) return { outputs: [] };
  const rank = Math.max(...ranks as number[]);
  const merged = Array.from({ length: rank }, (_, i) => {
    const places = ranks.map((own) => i - (rank - own!)).map((at) => at < 0 ? undefined : at);
    return broadcastAxis(call, places, zero, role);
  });
  return {
    outputs: [merged.map(({ axis }) => axis)],
    joins: merged.flatMap(({ joins }) => joins),
    consumed: merged.flatMap(({ consumed }) => consumed),
  };
}
