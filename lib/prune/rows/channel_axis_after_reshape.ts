import { intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import type { Shape } from "../../onnx/dim.ts";
import type { Node } from "../../onnx/model.ts";
import { operatorsThat, type OperatorTable, rowOf, rulesFor } from "../../onnx/operators/table.ts";
import { readEinsum } from "../../onnx/shapes/einsum.ts";
import { slicedPositions } from "./indexing.ts";
import type { ChannelCall } from "./row.ts";
import { segmentsOf } from "./reshape_segments.ts";
import { normalAxis } from "../../tensor/tensor.ts";

/**
 * Which of the axes that a long one is split into carries the channels from here on.
 *
 * A dense tensor can lose whole slices along one of them only. The graph says which: an axis that is indexed,
 * cut, normalized or summed over (the three of a packed query, key and value; the size of a head) cannot;
 * where the axes are merged again, the outermost one keeps runs together (the heads of attention, or, after a
 * channel shuffle, the place within the shuffled groups).
 */
export function channelAxisAfterReshape(
  value: string,
  candidates: readonly number[],
  trace: ChannelCall,
): number | undefined {
  const fits = new Map(
    candidates.map((axis) => [axis, fitness(value, { axis, siblings: candidates, depth: 0 }, trace)]),
  );
  const best = Math.max(...fits.values());
  return best < 0 ? undefined : candidates.find((axis) => fits.get(axis) === best);
}

const DEPTH = 12;

/**
 * −1 where the axis cannot lose slices, 1 where it is merged as the outermost one, 0 where nothing is known.
 */
function fitness(
  value: string,
  { axis, siblings, depth }: { axis: number; siblings: readonly number[]; depth: number },
  trace: ChannelCall,
): number {
  if (depth > DEPTH) return 0;
  let result = 0;
  for (const { node, index } of trace.uses.get(value) ?? []) {
    const fit = fitnessBehind(node, { index, value, axis, siblings, depth }, trace);
    if (fit < 0) return fit;
    result = Math.max(result, fit);
  }
  return result;
}

/** Where the walk stands: the axis and its siblings, on the value that is input `index` of the node. */
interface Standing {
  node: Node;
  index: number;
  value: string;
  axis: number;
  siblings: readonly number[];
  rank: number;
  trace: ChannelCall;
  /** An attribute that names an axis, counted from the front. */
  axisAttribute(name: string, fallback: number): number;
  /** Goes on behind the node, where the axis (and its siblings) may have another place. */
  on(axis: number, siblings?: readonly number[], output?: string): number;
}

/** Rules for the axis at each operator; one without a row says nothing. */
const RULES: OperatorTable<(step: Standing) => number> = {
  Transpose({ node, rank, axis, siblings, on }) {
    const perm = intsAttribute(node, "perm", undefined) ??
      Array.from({ length: rank }, (_, i) => rank - 1 - i);
    return on(perm.indexOf(axis), siblings.map((sibling) => perm.indexOf(sibling)));
  },
  Gather({ node, index, axis, siblings, trace, axisAttribute, on }) {
    if (index !== 0) return 0;
    const along = axisAttribute("axis", 0);
    if (axis === along) return -1;
    const shift = (trace.shape(node.inputs[1])?.length ?? 0) - 1;
    const moved = (a: number) => a > along ? a + shift : a;
    return on(moved(axis), siblings.filter((a) => a !== along).map(moved));
  },
  Split: (step) => step.axis === step.axisAttribute("axis", 0) ? -1 : worstOfOutputs(step),
  Slice: (step) => {
    const taken = slicedPositions(step.node, step.trace);
    return !taken || taken.some(({ axis }) => axis === step.axis) ? -1 : worstOfOutputs(step);
  },
  // What is summed over may leave in principle, but heads are the unit the field prunes.
  MatMul({ node, index, axis, rank, trace, on }) {
    if (axis === (index === 0 ? rank - 1 : rank - 2)) return -1;
    return on(axis + (trace.shape(node.outputs[0])?.length ?? rank) - rank);
  },
  Einsum({ node, index, axis, trace, on }) {
    const { operands, output } = readEinsum(node.inputs.map((name) => trace.shape(name)), node) ?? {};
    const place = output?.indexOf(operands![index]![axis]!) ?? -1;
    return place < 0 ? -1 : on(place);
  },
  Attention: ({ index, axis, rank, on }) =>
    rank === 4 && (axis === 1 || (axis === 3 && index === 2)) ? on(axis) : -1,
  RotaryEmbedding: ({ index, axis, rank, on }) => index === 0 && rank === 4 && axis === 1 ? on(axis) : -1,
  Softmax: normalized,
  LogSoftmax: normalized,
  LayerNormalization: ({ axis, axisAttribute, on }) => axis >= axisAttribute("axis", -1) ? -1 : on(axis),
  ReduceMean: lastIsSummed,
  ReduceL2: lastIsSummed,
  InstanceNormalization: ({ axis }) => axis === 1 ? 1 : -1,
  Reshape: rearranged,
  Flatten: rearranged,
  Squeeze: rearranged,
  Unsqueeze: rearranged,
  ...rulesFor(broadcast, ...operatorsThat(({ elementwise }) => elementwise), "Concat", "Expand"),
};

function worstOfOutputs({ node, axis, siblings, on }: Standing): number {
  return Math.min(...node.outputs.map((name) => name ? on(axis, siblings, name) : 0));
}

function normalized({ axis, axisAttribute, on }: Standing): number {
  return axis === axisAttribute("axis", -1) ? -1 : on(axis);
}

function lastIsSummed({ axis, rank }: Standing): number {
  return axis === rank - 1 ? -1 : 0;
}

function rearranged({ node, index, value, axis, siblings, trace, on }: Standing): number {
  const [before, after] = [trace.shape(value), shapeAhead(trace, node.outputs[0] ?? "")];
  if (index !== 0 || !before || !after) return 0;
  const segment = segmentsOf(before, after).find(({ from }) => from.includes(axis));
  const from = segment?.from.filter((a) => before[a] !== 1) ?? [];
  const to = segment?.to.filter((a) => after[a] !== 1) ?? [];
  if (from.length === 1 && to.length === 1) return on(to[0]!, siblings);
  return from[0] === axis ? 1 : 0;
}

/** Shapes are joined at their last axes. */
function broadcast({ node, axis, rank, trace, on }: Standing): number {
  return on(axis + (shapeAhead(trace, node.outputs[0] ?? "")?.length ?? rank) - rank);
}

function fitnessBehind(
  node: Node,
  { index, value, axis, siblings, depth }: {
    index: number;
    value: string;
    axis: number;
    siblings: readonly number[];
    depth: number;
  },
  trace: ChannelCall,
): number {
  const rule = rowOf(RULES, node);
  if (!rule) return 0;
  const rank = trace.shape(value)?.length ?? 0;
  return rule({
    node,
    index,
    value,
    axis,
    siblings,
    rank,
    trace,
    axisAttribute(name, fallback) {
      const given = intAttribute(node, name, fallback);
      return normalAxis(given, rank);
    },
    on: (moved, others = siblings, output = node.outputs[0] ?? "") =>
      fitness(output, { axis: moved, siblings: others, depth: depth + 1 }, trace),
  });
}

/** The shape of a value; of one further on, as the file declares it. */
function shapeAhead(trace: ChannelCall, name: string): Shape | undefined {
  return trace.shape(name) ?? trace.graph.values.get(name)?.shape;
}
