import { operatorsThat, type OperatorTable, rulesFor } from "../../onnx/operators/table.ts";
import { describe } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { annotate } from "../annotate.ts";
import { mergeAxes } from "../merge_axes.ts";
import type { SlotKind } from "../slots.ts";
import { type Deferred, hasChannels, withShape } from "../axis_layout.ts";
import { longAxes, type WeightView } from "../weight_view.ts";
import type { GraphRow, Trace } from "../trace.ts";

/** Each channel by itself. */
const unary: GraphRow = (node, trace) => {
  const [x] = node.inputs;
  trace.pass(x, `${describe(node)} computes something else from it`);
  return node.outputs.map((name) => {
    const [from, shape] = [trace.layout(x), trace.shape(name)];
    return from && shape && withShape(from, shape);
  });
};

/** Nothing is done to the elements: a stored tensor stays one. */
const copy: GraphRow = (node, trace) => {
  const stored = trace.stored(node.inputs[0]);
  return stored ? [stored] : unary(node, trace);
};

/** Elementwise with broadcasting; one stored number per channel is a parameter of the nodes. */
const broadcast = (kind?: SlotKind): GraphRow => (node, trace) => {
  const found = node.inputs.filter((name) => trace.layout(name) !== undefined);
  const stored = node.inputs.map((name) => trace.stored(name)).filter((from) => from !== undefined);
  const shape = trace.shape(node.outputs[0]);
  if (found.length === 0 || !shape) {
    for (const { tensor } of stored) {
      trace.draft.pass(tensor, `${describe(node)} computes something else from it`);
    }
    return [];
  }
  const layouts = found.map((name) => trace.layout(name)!);
  const result = withShape(layouts.reduce((a, b) => mergeAxes(a, b, node, trace)), shape);
  trace.setLayout(node.outputs[0]!, result);
  const waiting = layouts.flatMap(({ deferred }) => deferred ?? []);
  for (const vector of stored) {
    const place = placeOf(vector, kind, node, trace);
    if (place === undefined) continue;
    // An axis that only such vectors made long.
    const alone = waiting.some(({ fromEnd }) => fromEnd === place.fromEnd) ||
      found.every((name) => (trace.shape(name)?.at(-place.fromEnd) ?? 1) === 1);
    if (alone && !hasChannels(result)) waiting.push(place);
    else settle(place, node, trace);
  }
  const output = trace.layout(node.outputs[0])!;
  if (!hasChannels(output)) return [waiting.length > 0 ? { ...output, deferred: waiting } : output];
  for (const place of waiting) if (!isSettled(place, node, trace)) settle(place, node, trace);
  return [trace.layout(node.outputs[0])];
};

/** Role of a stored operand for the channels, where it has one. */
function placeOf(
  vector: WeightView,
  kind: SlotKind | undefined,
  node: Node,
  trace: Trace,
): Deferred | undefined {
  const [axis, ...more] = longAxes(vector);
  const why = axis === undefined
    ? "it is a single number of the arithmetic"
    : more.length > 0
    ? `${describe(node)} reads it along ${more.length + 1} axes, of which channels are one at most`
    : kind === undefined || trace.layout(node.outputs[0])!.scores
    ? `${describe(node)} has no slot for it`
    : undefined;
  if (why === undefined) return { vector, fromEnd: vector.axes.length - axis!, kind: kind! };
  trace.draft.pass(vector.tensor, why);
  return undefined;
}

/** Makes a vector a parameter of the nodes of the output. */
function settle({ vector, fromEnd, kind }: Deferred, node: Node, trace: Trace): void {
  const output = node.outputs[0]!;
  const result = annotate(
    { name: output, axis: trace.layout(output)!.axes.length - fromEnd },
    [vector],
    kind,
    { node, trace },
  );
  if (result) trace.setLayout(output, result);
}

/** Whether the nodes of the output have this vector already: γ comes twice in γ·x / σ − γ·µ / σ. */
function isSettled({ vector }: Deferred, node: Node, { draft, layout }: Trace): boolean {
  const nodes = new Set(layout(node.outputs[0])!.labels);
  return draft.attachments.some((other) => other.tensor === vector.tensor && nodes.has(other.nodes[0]!));
}

/** Functions of every element by itself, or of elements at the same place. */
export const elementwise: OperatorTable<GraphRow> = {
  ...rulesFor(unary, ...operatorsThat((facts) => facts.elementwise === "unary" && !facts.view)),
  ...rulesFor(unary, "Clip", "Softmax", "LogSoftmax", "Hardmax", "LRN", "LpNormalization", "CumSum"),
  ...rulesFor(unary, "MeanVarianceNormalization", "ImageScaler"),
  ...rulesFor(copy, "Identity", "Cast"),
  ...rulesFor(broadcast(), ...operatorsThat((facts) => facts.elementwise === "broadcast")),
  ...rulesFor(broadcast("bias"), "Add", "Sub", "Sum"),
  ...rulesFor(broadcast("scale"), "Mul", "Div"),
  PRelu: broadcast("slope"),
};
