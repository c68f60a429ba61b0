import { withoutUndefined } from "../options.ts";
import type { Node } from "../onnx/model.ts";
import { type AxisLayout, hasChannels, samePlaces, withShape } from "./axis_layout.ts";
import type { Trace } from "./trace.ts";

/**
 * The channels of two values added, multiplied or compared element by element.
 *
 * Where one of them was just made by a weight for this purpose, its nodes are the result's, and the other is
 * passed on into them: a residual connection. Where both were, they are the same nodes, made on two ways: a
 * block with a downsampling. Otherwise there are new nodes into which both are passed on.
 */
export function mergeAxes(a: AxisLayout, b: AxisLayout, node: Node, trace: Trace): AxisLayout {
  const result = (from: AxisLayout, labels = from.labels): AxisLayout => {
    const shape = trace.shape(node.outputs[0]);
    const scores = a.scores ?? b.scores;
    const laid = shape ? withShape(from, shape) : from;
    return withoutUndefined({ ...laid, labels, fresh: false, scores });
  };
  if (!hasChannels(b)) return { ...result(a), fresh: a.fresh };
  if (!hasChannels(a)) return { ...result(b), fresh: b.fresh };
  if (!samePlaces(a, b)) return result(b.labels.length > a.labels.length ? b : a);
  if (a.labels === b.labels || a.labels.every((label, i) => label === b.labels[i])) return result(a);
  const { draft } = trace;
  const name = node.outputs[0]!;
  const [made, also] = [a, b].map((from) => from.fresh ? draft.wholeLayer(from.labels) : undefined);
  if (made && also) {
    const [first, second] = made.start < also.start ? [made, also] : [also, made];
    if (draft.merge(second, first)) return result(first === made ? a : b);
  }
  if (made && !also) {
    draft.join(name, b.labels, a.labels, "identity");
    return result(a);
  }
  if (also && !made) {
    draft.join(name, a.labels, b.labels, "identity");
    return result(b);
  }
  const labels = draft.open(a.labels.length, { name, kind: "merge", op: node.op });
  for (const from of [a, b]) draft.join(name, from.labels, labels, "identity");
  return result(a, labels);
}
