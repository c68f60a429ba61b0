import type { OperatorTable } from "../operators/table.ts";
import { floatAttribute, intAttribute, intsAttribute } from "../attribute.ts";
import {
  addDims,
  type Dim,
  divideDims,
  maxDims,
  minDims,
  multiplyDims,
  type Shape,
  shapeSize,
  subtractDims,
} from "../dim.ts";
import { castNumber } from "../../tensor/cast_number.ts";
import type { DataType } from "../../tensor/tensor.ts";
import { type Call, contentsAt, contentsOf, hasInput, intsAt, numbersAt, shapeAt, typeAt } from "./call.ts";
import { elementTypeAttribute } from "./element_type.ts";
import { slicesOf } from "./indexing.ts";

/**
 * The numbers in a node's first output, where they follow from known shapes and constants.
 *
 * Only what exporters write to compute shapes: it reaches as far as vectors of sizes, not as tensors of data.
 */
export type ContentRow = (call: Call) => Dim[] | undefined;

/** Row of an operator that keeps all numbers in their order. */
const kept: ContentRow = (call) => contentsAt(call, 0)?.slice();

/** A function of pairs; one side may be a single number. `undefined` from it means unknown. */
const pairwise = (combine: (a: Dim, b: Dim, call: Call) => Dim | undefined): ContentRow => (call) => {
  const all = call.node.inputs.map((_, i) => contentsAt(call, i));
  let result = all[0] as Dim[] | undefined;
  for (const next of all.slice(1)) {
    if (result === undefined || next === undefined) return undefined;
    const length = Math.max(result.length, next.length);
    if (![1, length].includes(result.length) || ![1, length].includes(next.length)) return undefined;
    const left: Dim[] = result;
    result = complete(Array.from(
      { length: Math.min(result.length, next.length) && length },
      (_, i) => combine(left[left.length === 1 ? 0 : i]!, next[next.length === 1 ? 0 : i]!, call),
    ));
  }
  return result?.slice();
};

function complete(values: (Dim | undefined)[]): Dim[] | undefined {
  return values.every((value) => value !== undefined) ? values : undefined;
}

const isFloat = (call: Call) => /^(?:b?float|complex)/.test(typeAt(call) ?? "");
const whole = (...dims: Dim[]) => dims.every((dim) => typeof dim === "string" || Number.isSafeInteger(dim));
const numbers = (a: Dim, b: Dim): [number, number] | undefined =>
  typeof a === "number" && typeof b === "number" ? [a, b] : undefined;

/** A number as the node's element type holds it. */
const held = (call: Call, value: Dim): Dim =>
  typeof value === "number" && typeAt(call) === "float32" ? Math.fround(value) : value;

/** No size is written so long: a graph that squares a name again and again doubles the text each time. */
const LONGEST_TEXT = 1000;

/** Symbolic only between whole numbers. */
const exact = (combine: (a: Dim, b: Dim) => Dim) => (a: Dim, b: Dim, call: Call): Dim | undefined => {
  if (!numbers(a, b) && !whole(a, b)) return undefined;
  const result = combine(a, b);
  return String(result).length > LONGEST_TEXT ? undefined : held(call, result);
};

function quotient(a: Dim, b: Dim, call: Call): Dim | undefined {
  if (b === 0) return undefined;
  const known = numbers(a, b);
  if (known) return isFloat(call) ? held(call, known[0] / known[1]) : Math.trunc(known[0] / known[1]);
  if (!isFloat(call)) return divideDims(a, b);
  // Between floats only what comes out even is still a size.
  const result = whole(a, b) ? divideDims(a, b) : undefined;
  return result !== undefined && multiplyDims(result, b) === a ? result : undefined;
}

function remainder(a: Dim, b: Dim, call: Call): Dim | undefined {
  if (b === 0) return undefined;
  const known = numbers(a, b);
  if (known && intAttribute(call.node, "fmod", 0)) return known[0] % known[1];
  if (known) return known[0] - known[1] * Math.floor(known[0] / known[1]);
  return whole(a, b) && !isFloat(call) ? subtractDims(a, multiplyDims(divideDims(a, b), b)) : undefined;
}

/** 1, 0, or unknown. Sizes with different text may still be equal. */
function equal(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return 1;
  // A size is never negative: comparing with −1 is how exporters look for an open dimension.
  if (numbers(a, b) || Number(a) < 0 || Number(b) < 0) return 0;
  return undefined;
}

const compare = (holds: (a: number, b: number) => boolean) =>
  pairwise((a, b) => typeof a === "number" && typeof b === "number" ? Number(holds(a, b)) : undefined);

const rounded = (round: (x: number) => number): ContentRow => (call) =>
  complete(
    contentsAt(call, 0)?.map((dim) => typeof dim === "number" ? round(dim) : dim) ?? [undefined],
  );

/** A function of known numbers one by one. */
const eachNumber = (f: (x: number) => number): ContentRow => (call) =>
  numbersAt(call, 0)?.map((x) => held(call, f(x)));

/** Bounds as inputs, or as attributes in older operator sets. */
const clip: ContentRow = (call) => {
  const bound = (index: number, name: string): Dim | undefined => {
    if (hasInput(call, index)) return contentsAt(call, index)?.[0];
    return floatAttribute(call.node, name, index === 1 ? -Infinity : Infinity);
  };
  const [low, high] = [bound(1, "min"), bound(2, "max")];
  if (low === undefined || high === undefined) return undefined;
  return complete(
    contentsAt(call, 0)?.map((x) => {
      const known = numbers(x, low) && numbers(x, high);
      return known && Math.min(Math.max(known[0], Number(low)), known[1]);
    }) ?? [undefined],
  );
};

/** The types that numbers of a shape are cast to; sizes that are names stay such in all but bool. */
const castTypes: readonly (DataType | undefined)[] = [
  "float16",
  "float32",
  "float64",
  "int32",
  "int64",
  "bool",
];

const castTo = (typeOf: (call: Call) => DataType | undefined): ContentRow => (call) => {
  const type = typeOf(call);
  if (type === undefined || !castTypes.includes(type)) return undefined;
  return complete(
    contentsAt(call, 0)?.map((dim) => {
      if (typeof dim === "number") return castNumber(dim, type);
      return type === "bool" ? undefined : dim;
    }) ?? [undefined],
  );
};

const gather: ContentRow = (call) => {
  const [data, indices] = [contentsAt(call, 0), numbersAt(call, 1)];
  // Vectors of sizes only.
  if (data === undefined || indices === undefined || shapeAt(call)?.length !== 1) return undefined;
  return complete(indices.map((i) => data[i < 0 ? i + data.length : i]));
};

/** Along the first axis; of a matrix, whole rows. */
const slice: ContentRow = (call) => {
  const data = contentsAt(call, 0);
  const [length, ...rows] = shapeAt(call) ?? [];
  const width = shapeSize(rows);
  if (data === undefined || typeof length !== "number" || typeof width !== "number") return undefined;
  const { starts, ends, steps, axes } = slicesOf(call, 1 + rows.length) ?? {};
  const [start, end, step] = [starts?.[0], ends?.[0], steps?.[0]];
  if (axes?.length !== 1 || axes[0] !== 0 || typeof start !== "number" || typeof end !== "number" || !step) {
    return undefined;
  }
  const clamp = (bound: number, low: number, high: number) =>
    Math.max(low, Math.min(high, bound < 0 ? bound + length : bound));
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const result: Dim[] = [];
  const [from, to] = [clamp(start, 0, high), clamp(end, low, high)];
  for (let i = from; step > 0 ? i < to : i > to; i += step) {
    result.push(...data.slice(i * width, (i + 1) * width));
  }
  return result;
};

/** Matrices, as PyTorch turns its order of paddings into ONNX's. */
const transpose: ContentRow = (call) => {
  const data = contentsAt(call, 0);
  const [rows, columns, ...more] = shapeAt(call) ?? [];
  const perm = intsAttribute(call.node, "perm", [1, 0]);
  if (!data || typeof rows !== "number" || typeof columns !== "number" || more.length > 0) return undefined;
  if (perm.join() !== "1,0") return perm.join() === "0,1" ? data.slice() : undefined;
  return Array.from({ length: data.length }, (_, i) => data[i % rows * columns + Math.floor(i / rows)]!);
};

const concat: ContentRow = (call) => {
  const parts = call.node.inputs.map((_, i) =>
    shapeAt(call, i)?.length === 1 ? contentsAt(call, i) : undefined
  );
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
};

const reduce = (combine: (a: Dim, b: Dim) => Dim, start: Dim): ContentRow => (call) => {
  const contents = contentsAt(call, 0);
  const axes = intsAt(call, "axes", 1);
  if (contents === undefined || shapeAt(call)?.length !== 1 || axes === "unknown" || !whole(...contents)) {
    return undefined;
  }
  if (!axes?.length && intAttribute(call.node, "noop_with_empty_axes", 0) === 1) return contents.slice();
  return [contents.reduce(combine, start)];
};

const shape: ContentRow = (call) =>
  shapeAt(call)?.slice(intAttribute(call.node, "start", 0), intAttribute(call.node, "end", undefined));

const constant: ContentRow = ({ node }) => {
  for (const attribute of Object.values(node.attributes)) {
    if (attribute.type === "tensor") return contentsOf(attribute.value);
    if (attribute.type === "int" || attribute.type === "float") return [Number(attribute.value)];
    if (attribute.type === "ints" || attribute.type === "floats") return attribute.value.map(Number);
  }
  return undefined;
};

const LONGEST = 64;

const constantOfShape: ContentRow = (call) => {
  const size = sizeIn(contentsAt(call, 0));
  const value = call.node.attributes["value"];
  const filling = value?.type === "tensor" ? contentsOf(value.value)?.[0] : 0;
  return size === undefined || filling === undefined ? undefined : new Array<Dim>(size).fill(filling);
};

/** Number of elements of a known, small shape. */
function sizeIn(shape: Shape | undefined): number | undefined {
  const size = shape && shapeSize(shape);
  return typeof size === "number" && size >= 0 && size <= LONGEST ? size : undefined;
}

const range: ContentRow = (call) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => numbersAt(call, i)?.[0]);
  if (start === undefined || limit === undefined || !delta) return undefined;
  const length = Math.max(0, Math.ceil((limit - start) / delta));
  return length <= LONGEST ? Array.from({ length }, (_, i) => start + i * delta) : undefined;
};

const where: ContentRow = (call) => {
  const [condition, yes, no] = [0, 1, 2].map((i) => contentsAt(call, i));
  if (condition === undefined || yes === undefined || no === undefined) return undefined;
  const length = Math.max(condition.length, yes.length, no.length);
  const at = (list: readonly Dim[], i: number) => list[list.length === 1 ? 0 : i];
  return complete(Array.from({ length }, (_, i) => {
    const chosen = at(condition, i);
    return typeof chosen === "number" ? at(chosen ? yes : no, i) : undefined;
  }));
};

const expand: ContentRow = (call) => {
  const contents = contentsAt(call, 0);
  const size = sizeIn(contentsAt(call, 1));
  return contents?.length === 1 && size !== undefined ? new Array<Dim>(size).fill(contents[0]!) : undefined;
};

/** Rows by operator; an operator without one gives unknown contents. */
export const contentRows: OperatorTable<ContentRow> = {
  Shape: shape,
  Size: (call) => {
    const x = shapeAt(call);
    return x && [shapeSize(x)];
  },
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  Identity: kept,
  Reshape: kept,
  Squeeze: kept,
  Unsqueeze: kept,
  Flatten: kept,
  Cast: castTo((call) => elementTypeAttribute(call, "to")),
  CastLike: castTo((call) => typeAt(call, 1)),
  Gather: gather,
  Slice: slice,
  Transpose: transpose,
  Concat: concat,
  Expand: expand,
  Add: pairwise(exact(addDims)),
  Sub: pairwise(exact(subtractDims)),
  Mul: pairwise(exact(multiplyDims)),
  Div: pairwise(quotient),
  Mod: pairwise(remainder),
  Min: pairwise(exact(minDims)),
  Max: pairwise(exact(maxDims)),
  Neg: (call) => contentsAt(call, 0)?.map((dim) => subtractDims(0, dim)),
  Floor: rounded(Math.floor),
  Ceil: rounded(Math.ceil),
  Round: eachNumber((x) => {
    const down = Math.floor(x);
    // Halves go to the even neighbour.
    return x - down === 0.5 ? down + Math.abs(down % 2) : Math.round(x);
  }),
  Sqrt: eachNumber(Math.sqrt),
  Abs: eachNumber(Math.abs),
  Relu: eachNumber((x) => Math.max(x, 0)),
  Reciprocal: eachNumber((x) => 1 / x),
  Pow: pairwise((a, b, call) => {
    const known = numbers(a, b);
    return known && held(call, known[0] ** known[1]);
  }),
  Clip: clip,
  And: compare((a, b) => a !== 0 && b !== 0),
  Or: compare((a, b) => a !== 0 || b !== 0),
  ReduceProd: reduce(multiplyDims, 1),
  ReduceSum: reduce(addDims, 0),
  ReduceMax: (call) => {
    const contents = numbersAt(call, 0);
    return contents?.length && shapeAt(call)?.length === 1 ? [Math.max(...contents)] : undefined;
  },
  ReduceMin: (call) => {
    const contents = numbersAt(call, 0);
    return contents?.length && shapeAt(call)?.length === 1 ? [Math.min(...contents)] : undefined;
  },
  Where: where,
  Equal: pairwise(equal),
  Greater: compare((a, b) => a > b),
  GreaterOrEqual: compare((a, b) => a >= b),
  Less: compare((a, b) => a < b),
  LessOrEqual: compare((a, b) => a <= b),
  Not: (call) => numbersAt(call, 0)?.map((x) => Number(x === 0)),
};
