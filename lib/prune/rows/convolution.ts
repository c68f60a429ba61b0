import { describe, intAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import type { Axis, ChannelRow, Trace } from "../trace.ts";

/** The labels `indices` picks, as an axis of its own. */
const pick = (axis: Axis, indices: readonly number[]): Axis => ({
  labels: Int32Array.from(indices, (i) => axis.labels[i]!),
  zero: axis.zero,
});

const range = (length: number, start = 0, step = 1) => Array.from({ length }, (_, i) => start + i * step);

/** The axis of the weight that has one position per channel of a layer, and the one per channel of a group. */
interface Layout {
  /** Along weight axis 0: the output for Conv, the input for ConvTranspose. */
  whole: Axis | undefined;
  /** Along the other side's channels, all groups together. */
  other: Axis | undefined;
  /** Along weight axis 1: the other side's channels of one group. */
  inner: Axis | undefined;
}

/**
 * Couples the channels of a convolution. In groups, channels leave in one of two ways, whichever gives more
 * separate choices: a group as a whole, with its inputs and outputs (depthwise is the extreme), or the same
 * place in every group.
 */
function couple(
  node: Node,
  { atoms, join, protect }: Trace,
  { whole, other, inner }: Layout,
  groups: number,
) {
  const reason = `${describe(node)} couples it with channels that must stay`;
  if (groups === 1) return join(inner, other, reason);
  if (!whole || !other) {
    for (const axis of [whole, other, inner]) if (axis) atoms.keep(axis.labels, reason);
    return;
  }
  const perWhole = whole.labels.length / groups;
  const perOther = other.labels.length / groups;
  if (groups >= Math.min(perWhole, perOther)) {
    protect(node.inputs[1], reason, 1);
    for (let g = 0; g < groups; g++) {
      const first = whole.labels[g * perWhole]!;
      for (let i = 1; i < perWhole; i++) atoms.join(first, whole.labels[g * perWhole + i]!, reason);
      for (let i = 0; i < perOther; i++) atoms.join(first, other.labels[g * perOther + i]!, reason);
    }
    return;
  }
  for (let g = 0; g < groups; g++) {
    join(inner, pick(other, range(perOther, g * perOther)), reason);
    join(pick(whole, range(perWhole)), pick(whole, range(perWhole, g * perWhole)), reason);
  }
}

function protectKernel(node: Node, { protect, shape }: Trace) {
  const rank = shape(node.inputs[1])?.length ?? 0;
  for (let axis = 2; axis < rank; axis++) protect(node.inputs[1], "it lies along a kernel's window", axis);
}

/** W: [output, input / groups, …window] */
const conv: ChannelRow = (node, trace) => {
  const [x, w, b] = node.inputs;
  const groups = intAttribute(node, "group", 1);
  const out = trace.axis(w, 0, "out");
  protectKernel(node, trace);
  couple(node, trace, { whole: out, other: trace.axis(x, 1), inner: trace.axis(w, 1, "in") }, groups);
  return [[trace.axis(x, 0), biased(node, trace, out, b)]];
};

/** The output channels with a bias, which must go with them. */
function biased(node: Node, trace: Trace, out: Axis | undefined, b: string | undefined): Axis | undefined {
  if (!b) return out;
  const bias = trace.axis(b, 0, "bias");
  trace.join(out, bias, `it is the bias of ${describe(node)}, whose channels must stay`);
  return out && { ...out, zero: out.zero && (bias?.zero ?? false) };
}

/** W: [input, output / groups, …window] */
const convTranspose: ChannelRow = (node, trace) => {
  const [x, w, b] = node.inputs;
  const groups = intAttribute(node, "group", 1);
  const [whole, inner] = [trace.axis(w, 0, "in"), trace.axis(w, 1, "out")];
  protectKernel(node, trace);
  if (groups === 1) {
    trace.join(whole, trace.axis(x, 1), `${describe(node)} couples it with channels that must stay`);
    return [[trace.axis(x, 0), biased(node, trace, inner, b)]];
  }
  trace.join(whole, trace.axis(x, 1), `${describe(node)} couples it with channels that must stay`);
  const outputs = Number(trace.shape(w)?.[1] ?? 0) * groups;
  const other: Axis = { labels: trace.atoms.fresh(outputs), zero: inner?.zero ?? false };
  couple(node, trace, { whole, other, inner }, groups);
  return [[trace.axis(x, 0), biased(node, trace, other, b)]];
};

/** Convolutions. */
export const convolutions: Readonly<Record<string, ChannelRow>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
};
