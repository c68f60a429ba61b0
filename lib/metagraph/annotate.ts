import { describe } from "../onnx/attribute.ts";
import type { Node } from "../onnx/model.ts";
import { alignToAxis, channelNodesAt, isVast } from "./channels.ts";
import type { Vector } from "./meta_graph_builder.ts";
import { CHOICES, type SlotKind } from "./slots.ts";
import { type AxisLayout, channelAxes, hasChannels, isPure, onAxis } from "./axis_layout.ts";
import { longAxes, type WeightView } from "./weight_view.ts";
import type { Trace } from "./trace.ts";

/**
 * Puts parameters with one number per channel along an axis into slots of the nodes there. Where the slots
 * are taken, or an axis is more than its channels, there are new nodes behind the old ones that have them.
 */
export function annotate(
  { name, axis }: { name: string; axis: number },
  vectors: readonly WeightView[],
  kind: SlotKind,
  { node, trace }: { node: Node; trace: Trace },
): AxisLayout | undefined {
  const known = trace.layout(name);
  const refuse = (why: string): AxisLayout | undefined => {
    for (const { tensor } of vectors) trace.draft.pass(tensor, why);
    return known;
  };
  const length = Math.max(...vectors.map(lengthOf));
  if (vectors.length === 0) return known;
  if (!known) return refuse(`${describe(node)} reads it beside a value of unknown rank`);
  if (vectors.some((vector) => longAxes(vector).length > 1 || lengthOf(vector) !== length)) {
    return refuse(`${describe(node)} reads it along several axes, of which channels are one at most`);
  }
  if (!hasChannels(known)) channelNodesAt(name, axis, length, { node, trace });
  else {
    const axes = channelAxes(known);
    if (!axes.includes(axis)) {
      return refuse(`${describe(node)} reads it along an axis that holds no channels`);
    }
    if (!isPure(known, axis) && isVast(known, axis)) {
      return refuse(`${describe(node)} reads it along ${length} positions`);
    }
    if (axes.length > 1) return refuse(`${describe(node)} reads one number of it for several channels`);
  }
  const from = alignToAxis(trace.layout(name)!, axis, name, { node, trace });
  if (from.labels.length !== length) {
    return refuse(`${describe(node)} reads one number of it for several channels`);
  }
  const { draft } = trace;
  const wanted = vectors.map(vectorOf);
  const shifts = kind === "bias" &&
    (draft.has(from.labels, "norm.scale") || draft.has(from.labels, "norm2.scale"));
  const choices = CHOICES[shifts ? "shift" : kind];
  if (draft.attach(from.labels, wanted, choices)) return from;
  const labels = draft.open(length, { name: node.outputs[0]!, kind: "merge", op: node.op });
  draft.join(node.outputs[0]!, from.labels, labels, "identity");
  draft.attach(labels, wanted, choices);
  return onAxis(from, axis, labels);
}

/** Elements of a tensor with at most one long axis, in their order. */
function vectorOf({ tensor, axes }: WeightView): Vector {
  const start = axes.filter(({ length }) => length === 1).reduce((sum, [offset]) => sum + offset!, 0);
  const long = axes.find(({ length }) => length > 1) ?? Int32Array.of(0);
  return { tensor, elements: long.map((offset) => offset + start) };
}

function lengthOf({ axes }: WeightView): number {
  return axes.reduce((product, { length }) => product * length, 1);
}
