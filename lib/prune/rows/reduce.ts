import { operatorOf, type OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import { type Axis, isOpen, stop, withZero } from "../channels/axis.ts";
import type { ChannelRow } from "./row.ts";
import { normalAxis } from "../../tensor/tensor.ts";

/**
 * A reduction; `sums` ones do not see channels that are zero, so those may leave from under it. A mean is a
 * sum over a number, which stays what it was when channels left (`fixups/means.ts`).
 */
const reduce = (sums: boolean, keepsZero: boolean): ChannelRow => (call) => {
  const { node } = call;
  const axes = call.axes(0);
  const list = node.inputs[1] ? call.contents(node.inputs[1]) : intsAttribute(node, "axes", undefined);
  if (node.inputs[1] && !list?.every((axis) => typeof axis === "number")) {
    const why = `${describe(node)} reduces axes that are not known`;
    return { outputs: [], consumed: axes.map((axis) => stop(axis, why)) };
  }
  const noop = !list?.length && intAttribute(node, "noop_with_empty_axes", 0) === 1;
  const reduced = new Set(
    noop ? [] : list?.length ? list.map((a) => normalAxis(Number(a), axes.length)) : axes.keys(),
  );
  const kept = intAttribute(node, "keepdims", 1) === 1;
  const why = `${describe(node)} reduces over it`;
  const over = axes.map((axis) => isOpen(axis) && sums && axis.zero ? axis : stop(axis, why));
  return {
    outputs: [axes.flatMap((axis, i): Axis[] => {
      if (!reduced.has(i)) return [withZero(axis, keepsZero)];
      return kept ? [{ why }] : [];
    })],
    consumed: over.filter((_, i) => reduced.has(i)),
  };
};

const arg: ChannelRow = (call) => {
  const { node } = call;
  const axes = call.axes(0);
  const given = intAttribute(node, "axis", 0);
  const at = normalAxis(given, axes.length);
  const why = `${describe(node)} compares its channels with one another`;
  const kept = intAttribute(node, "keepdims", 1) === 1;
  const experts = axes[at];
  if (call.experts && operatorOf(node) === "ArgMax" && isOpen(experts)) {
    return {
      outputs: [axes.flatMap((axis, i) => i === at ? kept ? [{ why }] : [] : [withZero(axis, false)])],
      consumed: [experts],
      choice: { axis: at, experts, least: 1 },
      places: 0,
    };
  }
  return {
    outputs: [axes.flatMap((axis, i) => i === at ? kept ? [{ why }] : [] : [withZero(axis, false)])],
    consumed: axes.filter((_, i) => i === at).map((axis) => stop(axis, why)),
  };
};

/** Reductions. */
export const reductions: OperatorTable<ChannelRow> = {
  ReduceSum: reduce(true, true),
  ReduceL1: reduce(true, true),
  ReduceL2: reduce(true, true),
  ReduceSumSquare: reduce(true, true),
  ReduceMean: reduce(true, true),
  ReduceMax: reduce(false, true),
  ReduceMin: reduce(false, true),
  ReduceProd: reduce(false, true),
  ReduceLogSum: reduce(false, false),
  ReduceLogSumExp: reduce(false, false),
  ArgMax: arg,
  ArgMin: arg,
};
