import { intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import type { Trace } from "../trace.ts";
import { segmentsOf } from "./layout.ts";

/**
 * Which of the axes that a long one is split into carries the channels from here on.
 *
 * A dense tensor can lose whole slices along one of them only. The graph says which: an axis that is indexed,
 * cut, normalized or summed over (the three of a packed query, key and value; the size of a head) cannot; where
 * the axes are merged again, the outermost one keeps runs together (the heads of attention, or, after a channel
 * shuffle, the place within the shuffled groups).
 */
export function carrierOf(value: string, candidates: readonly number[], trace: Trace): number | undefined {
  const fits = new Map(candidates.map((axis) => [axis, fitness(value, axis, candidates, trace, 0)]));
  const best = Math.max(...fits.values());
  return best < 0 ? undefined : candidates.find((axis) => fits.get(axis) === best);
}

const DEPTH = 12;

/** −1 where the axis cannot lose slices, 1 where it is merged as the outermost one, 0 where nothing is known. */
function fitness(
  value: string,
  axis: number,
  siblings: readonly number[],
  trace: Trace,
  depth: number,
): number {
  if (depth > DEPTH) return 0;
  let result = 0;
  for (const { node, index } of trace.uses.get(value) ?? []) {
    const fit = follow(node, index, value, axis, siblings, trace, depth);
    if (fit < 0) return fit;
    result = Math.max(result, fit);
  }
  return result;
}

const ELEMENTWISE = new Set([
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Relu",
  "Cast",
  "Identity",
  "Dropout",
  "Where",
  "Sigmoid",
  "Tanh",
  "Gelu",
  "Neg",
  "Concat",
  "Expand",
]);

function follow(
  node: Node,
  index: number,
  value: string,
  axis: number,
  siblings: readonly number[],
  trace: Trace,
  depth: number,
): number {
  const rank = trace.shape(value)?.length ?? 0;
  const output = node.outputs[0] ?? "";
  const at = (name: string, fallback: number) => {
    const given = intAttribute(node, name, fallback);
    return given < 0 ? given + rank : given;
  };
  const on = (moved: number, others: readonly number[] = siblings) =>
    fitness(output, moved, others, trace, depth + 1);
  switch (node.op) {
    case "Transpose": {
      const perm = intsAttribute(node, "perm", undefined) ??
        Array.from({ length: rank }, (_, i) => rank - 1 - i);
      return on(perm.indexOf(axis), siblings.map((sibling) => perm.indexOf(sibling)));
    }
    case "Gather": {
      if (index !== 0) return 0;
      const along = at("axis", 0);
      if (axis === along) return -1;
      const shift = (trace.shape(node.inputs[1])?.length ?? 0) - 1;
      const moved = (a: number) => a > along ? a + shift : a;
      return on(moved(axis), siblings.filter((a) => a !== along).map(moved));
    }
    case "Split":
    case "Slice":
      if (node.op === "Split" && axis === at("axis", 0)) return -1;
      return Math.min(
        ...node.outputs.map((name) => name ? fitness(name, axis, siblings, trace, depth + 1) : 0),
      );
    case "MatMul":
      // What is summed over may leave in principle, but heads are the unit the field prunes.
      if (axis === (index === 0 ? rank - 1 : rank - 2)) return -1;
      return on(axis + (trace.shape(output)?.length ?? rank) - rank);
    case "Softmax":
    case "LogSoftmax":
      return axis === at("axis", -1) ? -1 : on(axis);
    case "LayerNormalization":
      return axis >= at("axis", -1) ? -1 : on(axis);
    case "ReduceMean":
    case "ReduceL2":
      return axis === rank - 1 ? -1 : 0;
    case "InstanceNormalization":
      return axis === 1 ? 1 : -1;
    case "Reshape":
    case "Flatten":
    case "Squeeze":
    case "Unsqueeze": {
      const [before, after] = [trace.shape(value), trace.shape(output) ?? lookAhead(trace, output)];
      if (index !== 0 || !before || !after) return 0;
      const segment = segmentsOf(before, after).find(({ from }) => from.includes(axis));
      const from = segment?.from.filter((a) => before[a] !== 1) ?? [];
      const to = segment?.to.filter((a) => after[a] !== 1) ?? [];
      if (from.length === 1 && to.length === 1) return on(to[0]!, siblings);
      return from[0] === axis ? 1 : 0;
    }
    default: {
      if (!ELEMENTWISE.has(node.op)) return 0;
      const moved = (trace.shape(output) ?? lookAhead(trace, output))?.length;
      return on(axis + (moved ?? rank) - rank, siblings);
    }
  }
}

/** Shapes of nodes further on are those the file declares. */
function lookAhead({ graph }: Trace, name: string) {
  return graph.values.get(name)?.shape;
}
