import { describe, intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import type { ChannelRow } from "../trace.ts";
import { axesOf } from "./elementwise.ts";

/** A reduction; `sums` ones do not see channels that are zero, so those may leave from under it. */
const reduce = (sums: boolean, keepsZero: boolean): ChannelRow => (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const list = node.inputs[1] ? trace.contents(node.inputs[1]) : intsAttribute(node, "axes", undefined);
  if (node.inputs[1] && !list) {
    trace.protect(node.inputs[0], `${describe(node)} reduces axes that are not known`);
    return [];
  }
  const noop = !list?.length && intAttribute(node, "noop_with_empty_axes", 0) === 1;
  const reduced = new Set(
    noop
      ? []
      : list?.length
      ? list.map((a) => Number(a) < 0 ? Number(a) + axes.length : Number(a))
      : axes.keys(),
  );
  const kept = intAttribute(node, "keepdims", 1) === 1;
  return [axes.flatMap((axis, i) => {
    if (!reduced.has(i)) return [axis && { ...axis, zero: axis.zero && keepsZero }];
    if (axis && !(sums && axis.zero)) {
      trace.atoms.keep(axis.labels, `${describe(node)} reduces over it`);
    }
    return kept ? [undefined] : [];
  })];
};

const arg: ChannelRow = (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const given = intAttribute(node, "axis", 0);
  const at = given < 0 ? given + axes.length : given;
  trace.protect(node.inputs[0], `${describe(node)} compares its channels with one another`, at);
  const kept = intAttribute(node, "keepdims", 1) === 1;
  return [axes.flatMap((axis, i) => i === at ? kept ? [undefined] : [] : [axis && { ...axis, zero: false }])];
};

/** Reductions. */
export const reductions: Readonly<Record<string, ChannelRow>> = {
  ReduceSum: reduce(true, true),
  ReduceL1: reduce(true, true),
  ReduceL2: reduce(true, true),
  ReduceSumSquare: reduce(true, true),
  ReduceMean: reduce(false, true),
  ReduceMax: reduce(false, true),
  ReduceMin: reduce(false, true),
  ReduceProd: reduce(false, true),
  ArgMax: arg,
  ArgMin: arg,
};
