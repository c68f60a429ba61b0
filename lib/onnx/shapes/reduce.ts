import { rulesFor } from "../operators/table.ts";
import { intAttribute } from "../attribute.ts";
import type { Dim } from "../dim.ts";
import {
  axisAttribute,
  axisOf,
  type Call,
  intsAt,
  type Rows,
  shapeAt,
  type ShapeRule,
  typeAt,
  unknownShape,
} from "./call.ts";

function reducedShape(call: Call): readonly Dim[] | undefined {
  const x = shapeAt(call);
  if (x === undefined) return undefined;
  const keep = intAttribute(call.node, "keepdims", 1) === 1;
  const given = intsAt(call, "axes", 1);
  if (given === "unknown") {
    // How many axes go is not known; with keepdims at least the rank is.
    return keep ? unknownShape(call, x.length) : undefined;
  }
  const none = given === undefined || given.length === 0;
  if (none && intAttribute(call.node, "noop_with_empty_axes", 0) === 1) return x;
  const axes = new Set(none ? x.keys() : given.map((axis) => axisOf(call, axis, x.length)));
  return keep ? x.map((dim, i) => axes.has(i) ? 1 : dim) : x.filter((_, i) => !axes.has(i));
}

const reduction: ShapeRule = (call) => [{ type: typeAt(call), shape: reducedShape(call) }];

const argument: ShapeRule = (call) => {
  const x = shapeAt(call);
  if (x === undefined) return [{ type: "int64" }];
  const axis = axisAttribute(call, 0, x.length);
  const keep = intAttribute(call.node, "keepdims", 1) === 1;
  return [{ type: "int64", shape: keep ? x.with(axis, 1) : x.toSpliced(axis, 1) }];
};

/** Reductions over axes. */
export const reductions: Rows = {
  ...rulesFor(
    reduction,
    "ReduceL1",
    "ReduceL2",
    "ReduceLogSum",
    "ReduceLogSumExp",
    "ReduceMax",
    "ReduceMean",
    "ReduceMin",
    "ReduceProd",
    "ReduceSum",
    "ReduceSumSquare",
  ),
  ...rulesFor(argument, "ArgMax", "ArgMin"),
};
