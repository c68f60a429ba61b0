import type { ChannelCall, ChannelRow, Flow } from "../rows/row.ts";
import { type Axis, type InputAxis, isOpen } from "./axis.ts";
import type { ChannelIds } from "./channel_union_find.ts";

/** A position along an axis of an input of a node. */
export interface Place {
  /** The input's axis. */
  axis: InputAxis;
  /** From 0. */
  position: number;
}

/** What a node does to the positions along the axes of its inputs, each under a label of its own. */
export interface LocalFlow {
  /** What the row says, in these labels. */
  flow: Flow;
  /** The channels of the whole graph along each axis of an input that the row asked for. */
  inputs: ReadonlyMap<InputAxis, ChannelIds>;
  /** The positions that the labels from 1 on are of; `undefined` for those that the node itself adds. */
  places: readonly (Place | undefined)[];
}

/**
 * Asks a row about its node alone. In the labels of the whole graph two positions may be one channel; here
 * they are not, so that the answer tells where each position goes.
 *
 * @param call what the row is asked with, where the node stands
 */
export function localFlow(row: ChannelRow, call: ChannelCall): LocalFlow {
  const places: (Place | undefined)[] = [undefined];
  const inputs = new Map<InputAxis, ChannelIds>();
  const firsts = new Map<InputAxis, ChannelIds>();
  const fresh = (length: number): ChannelIds => {
    const labels = Int32Array.from({ length }, (_, i) => places.length + i);
    for (let i = 0; i < length; i++) places.push(undefined);
    return labels;
  };
  const own = (axis: Axis): Axis => {
    const [place] = axis.of ?? [];
    if (!isOpen(axis) || place === undefined) return axis;
    let labels = firsts.get(place);
    if (labels === undefined) {
      labels = fresh(axis.labels.length);
      labels.forEach((label, position) => places[label] = { axis: place, position });
      firsts.set(place, labels);
      inputs.set(place, axis.labels);
    }
    return { ...axis, labels };
  };
  const flow = row({
    ...call,
    axis: (...given) => own(call.axis(...given)),
    axes: (...given) => call.axes(...given).map(own),
    fresh,
    find(label) {
      const place = places[label];
      return place ? call.find(inputs.get(place.axis)![place.position]!) : label;
    },
  });
  return { flow, inputs, places };
}
