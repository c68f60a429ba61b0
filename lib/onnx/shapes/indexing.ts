import { rulesFor } from "../operators/table.ts";
import { intAttribute, intsAttribute } from "../attribute.ts";
import {
  addDims,
  ceilDivideDims,
  type Dim,
  maxDims,
  minDims,
  type Shape,
  shapeSize,
  shapeText,
  subtractDims,
} from "../dim.ts";
import {
  axisAttribute,
  axisOf,
  type Call,
  contentsAt,
  contradiction,
  hasInput,
  intsAt,
  numbersAt,
  type Rows,
  shapeAt,
  type ShapeRule,
  typeAt,
  unknownDim,
  unknownShape,
} from "./call.ts";
import { sameAsFirst } from "./elementwise.ts";

/** Bounds at or beyond this mean "to the end", whatever the size. */
const FAR = 2 ** 30;

/** A slice's starts, ends, axes (counted from the front) and steps, where known. */
export interface Slices {
  /** Axes that are cut, counted from the front. */
  axes: readonly number[];
  /** First index along each of `axes`. */
  starts?: readonly Dim[] | undefined;
  /** Index behind the last one, along each of `axes`. */
  ends?: readonly Dim[] | undefined;
  /** Step from one index to the next, along each of `axes`. */
  steps?: readonly number[] | undefined;
}

/** Reads the settings of a `Slice`, attributes before opset 10, inputs since. */
export function slicesOf(call: Call, rank: number): Slices | undefined {
  const old = intsAttribute(call.node, "starts", undefined);
  const starts = old ?? contentsAt(call, 1);
  const ends = old ? intsAttribute(call.node, "ends", undefined) : contentsAt(call, 2);
  const given = intsAt(call, "axes", 3);
  const count = starts?.length ?? ends?.length ?? shapeAt(call, 1)?.[0];
  if (given === "unknown" || (given === undefined && typeof count !== "number")) return undefined;
  const axes = given?.map((axis) => axisOf(call, axis, rank)) ??
    Array.from({ length: Number(count) }, (_, i) => i);
  const steps = hasInput(call, 4) ? numbersAt(call, 4) : axes.map(() => 1);
  return { axes, starts, ends, steps };
}

/**
 * How many elements `start:end:step` takes from an axis, by NumPy's rules. An unknown axis is taken to be at
 * least as long as the bounds counted from its ends.
 */
function sliceLength(dim: Dim, start: Dim, end: Dim, step: number): Dim {
  const from = clampBound(dim, start, step, true);
  const to = clampBound(dim, end, step, false);
  const span = step > 0 ? subtractDims(to, from) : subtractDims(from, to);
  const length = ceilDivideDims(span, Math.abs(step));
  return typeof length === "number" ? Math.max(0, length) : length;
}

function clampBound(dim: Dim, bound: Dim, step: number, isStart: boolean): Dim {
  const last = step > 0 ? dim : subtractDims(dim, 1);
  const first = step > 0 || isStart ? 0 : -1;
  // Likewise an unknown bound in an axis of known length: position tables are cut to the sequence.
  if (typeof bound !== "number") {
    return bound === dim ? last : typeof dim === "number" ? bound : minDims(bound, last);
  }
  if (bound >= FAR) return last;
  if (bound <= -FAR) return first;
  if (bound < 0) {
    const counted = addDims(dim, bound);
    return typeof counted === "number" ? Math.max(counted, first) : counted;
  }
  // A start in an axis of unknown length is taken to lie in it: x[1:] is one shorter than x.
  return typeof dim === "number" || !isStart ? minDims(bound, last) : bound;
}

function sliced(call: Call): Shape | undefined {
  const x = shapeAt(call);
  if (x === undefined) return undefined;
  const slices = slicesOf(call, x.length);
  if (slices === undefined) return unknownShape(call, x.length);
  const shape = [...x];
  slices.axes.forEach((axis, i) => {
    const [start, end, step] = [slices.starts?.[i], slices.ends?.[i], slices.steps?.[i]];
    if (step === 0) throw contradiction(call, "its step is 0");
    shape[axis] = start === undefined || end === undefined || step === undefined
      ? unknownDim(call, axis)
      : sliceLength(x[axis]!, start, end, step);
  });
  return shape;
}

const gather: ShapeRule = (call) => {
  const [x, indices] = [shapeAt(call), shapeAt(call, 1)];
  const type = typeAt(call);
  if (x === undefined || indices === undefined) return [{ type }];
  const axis = axisAttribute(call, 0, x.length);
  return [{ type, shape: [...x.slice(0, axis), ...indices, ...x.slice(axis + 1)] }];
};

const gatherND: ShapeRule = (call) => {
  const [x, indices] = [shapeAt(call), shapeAt(call, 1)];
  const type = typeAt(call);
  const depth = indices?.at(-1);
  if (x === undefined || indices === undefined || typeof depth !== "number") return [{ type }];
  const taken = depth + intAttribute(call.node, "batch_dims", 0);
  if (taken > x.length) {
    throw contradiction(call, `indices of shape ${shapeText(indices)} are too long for ${shapeText(x)}`);
  }
  return [{ type, shape: [...indices.slice(0, -1), ...x.slice(taken)] }];
};

const topK: ShapeRule = (call) => {
  const x = shapeAt(call);
  const type = typeAt(call);
  if (x === undefined) return [{ type }, { type: "int64" }];
  const axis = axisAttribute(call, -1, x.length);
  const k = intAttribute(call.node, "k", undefined) ?? contentsAt(call, 1)?.[0] ?? unknownDim(call, axis);
  if (typeof k === "number" && Number(x[axis]) < k) {
    throw contradiction(call, `cannot take ${k} elements from axis ${axis} of ${shapeText(x)}`);
  }
  const shape = x.with(axis, k);
  return [{ type, shape }, { type: "int64", shape }];
};

const oneHot: ShapeRule = (call) => {
  const indices = shapeAt(call);
  const type = typeAt(call, 2);
  if (indices === undefined) return [{ type }];
  const axis = axisAttribute(call, -1, indices.length + 1);
  return [{ type, shape: indices.toSpliced(axis, 0, contentsAt(call, 1)?.[0] ?? unknownDim(call, axis)) }];
};

const nonZero: ShapeRule = (call) => [{
  type: "int64",
  shape: [shapeAt(call)?.length ?? unknownDim(call, 0), unknownDim(call, 1)],
}];

const unique: ShapeRule = (call) => {
  const x = shapeAt(call);
  const axis = intAttribute(call.node, "axis", undefined);
  const count: Shape = [unknownDim(call, 0)];
  const shape = axis === undefined ? count : x?.with(axisOf(call, axis, x.length), count[0]!);
  const all = x && [axis === undefined ? shapeSize(x) : x[axisOf(call, axis, x.length)]!];
  return [
    { type: typeAt(call), shape },
    { type: "int64", shape: count },
    { type: "int64", shape: all },
    { type: "int64", shape: count },
  ];
};

const compress: ShapeRule = (call) => {
  const x = shapeAt(call);
  const axis = intAttribute(call.node, "axis", undefined);
  const count = unknownDim(call, axis ?? 0);
  return [{
    type: typeAt(call),
    shape: axis === undefined ? [count] : x?.with(axisOf(call, axis, x.length), count),
  }];
};

/** ai.onnx.ml: columns of the last axis. */
const features: ShapeRule = (call) => {
  const [x, indices] = [shapeAt(call), shapeAt(call, 1)];
  const shape = x && indices && [...x.length === 1 ? [1] : x.slice(0, -1), shapeSize(indices)];
  return [{ type: typeAt(call), shape }];
};

/** Operators that pick elements. */
export const indexing: Rows = {
  Slice: (call) => [{ type: typeAt(call), shape: sliced(call) }],
  Gather: gather,
  GatherElements: (call) => [{ type: typeAt(call), shape: shapeAt(call, 1) }],
  GatherND: gatherND,
  ...rulesFor(sameAsFirst, "Scatter", "ScatterElements", "ScatterND", "TensorScatter"),
  TopK: topK,
  OneHot: oneHot,
  NonZero: nonZero,
  Unique: unique,
  Compress: compress,
  NonMaxSuppression: (call) => [{ type: "int64", shape: [unknownDim(call, 0), 3] }],
  "ai.onnx.ml:ArrayFeatureExtractor": features,
};

/** The number of values `start, start + delta, …` below (or above) `limit`. */
export function rangeLength(start: Dim, limit: Dim, delta: Dim): Dim | undefined {
  if (typeof start === "number" && typeof limit === "number" && typeof delta === "number") {
    return Math.max(0, Math.ceil((limit - start) / delta));
  }
  if (typeof delta !== "number" || delta === 0) return undefined;
  const span = delta > 0 ? subtractDims(limit, start) : subtractDims(start, limit);
  return maxDims(0, ceilDivideDims(span, Math.abs(delta)));
}
