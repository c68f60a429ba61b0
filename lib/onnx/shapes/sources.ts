import { operatorOf, rulesFor } from "../operators/table.ts";
import { type Attribute, intAttribute, intsAttribute, stringAttribute } from "../attribute.ts";
import { addDims, type Dim, divideDims, multiplyDims, type Shape } from "../dim.ts";
import type { ValueInfo } from "../model.ts";
import {
  axisOf,
  type Call,
  contentsAt,
  hasInput,
  numbersAt,
  opsetOf,
  type Rows,
  shapeAt,
  type ShapeRule,
  typeAt,
  unknownDim,
  unknownShape,
} from "./call.ts";
import { elementTypeAttribute } from "./element_type.ts";
import { rangeLength } from "./indexing.ts";
import { shapeFromInput } from "./layout.ts";

/** The forms in which `Constant` gives its value. */
const CONSTANTS: Record<string, (attribute: Attribute) => ValueInfo | undefined> = {
  value: ({ type, value }) => type === "tensor" ? { type: value.type, shape: [...value.dims] } : undefined,
  value_float: () => ({ type: "float32", shape: [] }),
  value_int: () => ({ type: "int64", shape: [] }),
  value_string: () => ({ type: "string", shape: [] }),
  value_floats: ({ type, value }) =>
    type === "floats" ? { type: "float32", shape: [value.length] } : undefined,
  value_ints: ({ type, value }) => type === "ints" ? { type: "int64", shape: [value.length] } : undefined,
  value_strings: ({ type, value }) =>
    type === "strings" ? { type: "string", shape: [value.length] } : undefined,
};

const constant: ShapeRule = ({ node }) => {
  for (const [name, read] of Object.entries(CONSTANTS)) {
    const attribute = node.attributes[name];
    if (attribute) return [read(attribute)];
  }
  return [];
};

const range: ShapeRule = (call) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => contentsAt(call, i)?.[0]);
  const length = start !== undefined && limit !== undefined && delta !== undefined
    ? rangeLength(start, limit, delta)
    : undefined;
  return [{ type: typeAt(call), shape: [length ?? unknownDim(call, 0)] }];
};

const random: ShapeRule = (call) => [{
  type: elementTypeAttribute(call, "dtype", "float32" as const),
  shape: intsAttribute(call.node, "shape", undefined),
}];

/** ⌊dim · scale⌋, in float32 as ONNX Runtime computes it; unknown sizes only where the scale is simple. */
function scaled(call: Call, dim: Dim, scale: number, axis: number): Dim {
  if (typeof dim === "number") return Math.floor(Math.fround(dim * Math.fround(scale)));
  for (const denominator of [1, 2, 3, 4, 8, 16]) {
    const numerator = Math.round(scale * denominator);
    if (Math.fround(numerator / denominator) === Math.fround(scale)) {
      return divideDims(multiplyDims(dim, numerator), denominator);
    }
  }
  return unknownDim(call, axis);
}

const resize: ShapeRule = (call) => {
  const x = shapeAt(call);
  const type = typeAt(call);
  if (x === undefined) return [{ type }];
  const old = operatorOf(call.node) === "Upsample" || opsetOf(call) < 11;
  const axes = intsAttribute(call.node, "axes", undefined)?.map((axis) => axisOf(call, axis, x.length)) ??
    [...x.keys()];
  const scales = scalesOf(call, old ? 1 : 2);
  const sizes = old || !hasInput(call, 3) ? undefined : contentsAt(call, 3);
  const shape: Dim[] = [...x];
  const policy = stringAttribute(call.node, "keep_aspect_ratio_policy", "stretch");
  const ratio = sizes && policy !== "stretch"
    ? keptRatio(sizes, axes.map((axis) => x[axis]!), policy)
    : undefined;
  axes.forEach((axis, i) => {
    const dim = x[axis]!;
    if (scales?.length) shape[axis] = scaled(call, dim, scales[i] ?? 1, axis);
    else if (sizes === undefined || ratio === "unknown") shape[axis] = unknownDim(call, axis);
    else shape[axis] = ratio === undefined ? sizes[i]! : Math.round(ratio * Number(dim));
  });
  return [{ type, shape }];
};

function scalesOf(call: Call, index: number): readonly number[] | undefined {
  const attribute = call.node.attributes["scales"];
  if (attribute?.type === "floats") return attribute.value;
  return hasInput(call, index) ? numbersAt(call, index) : undefined;
}

/** The one factor for all axes with which none is larger (or smaller) than asked. */
function keptRatio(sizes: readonly Dim[], dims: readonly Dim[], policy: string): number | "unknown" {
  const ratios = sizes.map((size, i) => Number(size) / Number(dims[i]));
  if (ratios.some(Number.isNaN)) return "unknown";
  return policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
}

const gridSample: ShapeRule = (call) => {
  const [x, grid] = [shapeAt(call), shapeAt(call, 1)];
  return [{ type: typeAt(call), shape: x && grid && [x[0]!, x[1]!, ...grid.slice(1, -1)] }];
};

/** Blocks of pixels, each a column, laid out as an image and added up where they overlap. */
const columnsToImage: ShapeRule = (call) => {
  const [x, image, block] = [shapeAt(call), contentsAt(call, 1), contentsAt(call, 2)];
  if (!x || !image || !block) return [{ type: typeAt(call) }];
  return [{ type: typeAt(call), shape: [x[0]!, divideDims(x[1]!, block.reduce(multiplyDims, 1)), ...image] }];
};

const affineGrid: ShapeRule = (call) => {
  const size = contentsAt(call, 1);
  return [{ type: typeAt(call), shape: size && [size[0]!, ...size.slice(2), size.length - 2] }];
};

/**
 * Real [..., n, 1] or complex [..., n, 2], along one axis; of one side, frequencies from 0 to half the rate.
 */
const fourier: ShapeRule = (call) => {
  const x = shapeAt(call);
  if (x === undefined) return [{ type: typeAt(call) }];
  const late = opsetOf(call) >= 20;
  const given = !late ? intAttribute(call.node, "axis", 1) : hasInput(call, 2) ? numbersAt(call, 2)?.[0] : -2;
  const oneSided = intAttribute(call.node, "onesided", 0) === 1;
  const shape = [...x.slice(0, -1), oneSided && intAttribute(call.node, "inverse", 0) === 1 ? 1 : 2];
  if (given === undefined) return [{ type: typeAt(call), shape: unknownShape(call, x.length) }];
  const axis = axisOf(call, given, x.length);
  const length = hasInput(call, 1) ? contentsAt(call, 1)?.[0] ?? unknownDim(call, axis) : x[axis]!;
  const whole = oneSided && intAttribute(call.node, "inverse", 0) === 0;
  shape[axis] = whole ? addDims(divideDims(length, 2), 1) : length;
  return [{ type: typeAt(call), shape }];
};

/** Values that come from nothing but settings and shapes, and images sampled anew. */
export const sources: Rows = {
  Constant: constant,
  ConstantOfShape: (call) => {
    const value = call.node.attributes["value"];
    return [{
      type: value?.type === "tensor" ? value.value.type : "float32",
      shape: shapeFromInput(call, 0),
    }];
  },
  Shape: (call) => {
    const x = shapeAt(call);
    const end = intAttribute(call.node, "end", undefined);
    const start = intAttribute(call.node, "start", 0);
    return [{ type: "int64", shape: x ? [x.slice(start, end).length] : unknownShape(call, 1) }];
  },
  Size: () => [{ type: "int64", shape: [] }],
  Range: range,
  ...rulesFor(random, "RandomNormal", "RandomUniform"),
  Multinomial: (call) => {
    const batch = shapeAt(call)?.[0];
    const shape: Shape | undefined = batch === undefined
      ? undefined
      : [batch, intAttribute(call.node, "sample_size", 1)];
    return [{ type: elementTypeAttribute(call, "dtype", "int32" as const), shape }];
  },
  ...rulesFor(resize, "Resize", "Upsample"),
  GridSample: gridSample,
  Col2Im: columnsToImage,
  AffineGrid: affineGrid,
  DFT: fourier,
};
