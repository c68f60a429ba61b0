import { type Axis, isOpen } from "../channels/axis.ts";
import type { LocalFlow } from "../channels/local_flow.ts";
import type { OrderOf } from "./axis_orders.ts";

/**
 * Whether a node whose inputs are in other orders gives what it gave, in the orders of its outputs: each
 * position of an output comes from where the position that it becomes came from, and positions that meet in
 * the node have met before.
 *
 * @param outputs the order of each axis of each output
 */
export function keepsOrder(
  { flow, inputs, places }: LocalFlow,
  orderOf: OrderOf,
  outputs: readonly (readonly (Int32Array | undefined)[])[],
): boolean {
  /** What each label becomes: those of inputs, and of positions that the node adds, as its outputs say. */
  const becomes = new Map<number, number>();
  places.forEach((place, label) => {
    if (!place) return;
    const order = orderOf(inputs.get(place.axis)!);
    becomes.set(label, order ? label + order[place.position]! - place.position : label);
  });
  const given = flow.outputs.every((axes, output) =>
    axes.every((axis, i) => {
      if (!isOpen(axis)) return true;
      const order = outputs[output]?.[i];
      return axis.labels.every((label, p) => {
        const next = axis.labels[order ? order[p]! : p]!;
        if (label > 0 && !becomes.has(label) && !places[next]) becomes.set(label, next);
        return (becomes.get(label) ?? label) === next;
      });
    })
  );
  return given && (flow.joins ?? []).every(([a, b]) => pairsStay(a, b, becomes));
}

/** Whether pairs of positions become pairs that there are. */
function pairsStay(a: Axis, b: Axis, becomes: ReadonlyMap<number, number>): boolean {
  if (!isOpen(a) || !isOpen(b)) return true;
  const pair = (one: number, other: number) => `${one},${other}`;
  const pairs = new Set(Array.from(a.labels, (label, p) => pair(label, b.labels[p]!)));
  const next = (label: number) => becomes.get(label) ?? label;
  return a.labels.every((label, p) => pairs.has(pair(next(label), next(b.labels[p]!))));
}
