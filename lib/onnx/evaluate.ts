import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from "./attribute.ts";
import { storage } from "../tensor/element_types.ts";
import type { Node } from "./model.ts";
import { operatorOf, type OperatorTable, rowOf, rulesFor } from "./operators/table.ts";
import { castNumber } from "../tensor/cast_number.ts";
import { type DataType, normalAxis, numbersOf, sizeOf, type Tensor, tensorOf } from "../tensor/tensor.ts";

/** A tensor's numbers, whatever its type. */
interface Numbers {
  dims: readonly number[];
  data: ArrayLike<number>;
}

/** A node whose inputs are known; an omitted input is a hole. */
interface Call {
  node: Node;
  inputs: readonly (Numbers | undefined)[];
  /** The shape of the first output. */
  dims: readonly number[];
  /** The element type of the first output. */
  type: DataType;
}

/** Computes the numbers of the first output. */
type Row = (call: Call) => ArrayLike<number> | undefined;

/** The place of an element of a shape, axis by axis, as a function of its number. */
function strides(dims: readonly number[]): number[] {
  const result = dims.map(() => 1);
  for (let axis = dims.length - 2; axis >= 0; axis--) result[axis] = result[axis + 1]! * dims[axis + 1]!;
  return result;
}

/** The numbers of a tensor of shape `dims`, from a function of each element's place. */
function fill(dims: readonly number[], at: (place: readonly number[]) => number): Float64Array {
  const place = dims.map(() => 0);
  const data = new Float64Array(sizeOf(dims));
  for (let i = 0; i < data.length; i++) {
    data[i] = at(place);
    for (let axis = dims.length - 1; axis >= 0 && ++place[axis]! === dims[axis]; axis--) place[axis] = 0;
  }
  return data;
}

/** Reads a tensor at a place of a shape that it broadcasts to. */
function broadcasted({ dims, data }: Numbers, rank: number): (place: readonly number[]) => number {
  const [steps, shift] = [strides(dims).map((step, axis) => dims[axis] === 1 ? 0 : step), rank - dims.length];
  return (place) => {
    let at = 0;
    for (let axis = 0; axis < steps.length; axis++) at += steps[axis]! * place[axis + shift]!;
    return data[at]!;
  };
}

const unary = (f: (x: number) => number): Row => ({ inputs: [x] }) => x && Float64Array.from(x.data, f);

const fold = (f: (a: number, b: number, call: Call) => number): Row => (call) => {
  const reads = call.inputs.map((x) => broadcasted(x!, call.dims.length));
  return fill(call.dims, (place) => reads.map((read) => read(place)).reduce((a, b) => f(a, b, call)));
};

/** Row of an operator that keeps all numbers in their order. */
const kept: Row = ({ inputs: [x] }) => x?.data;

const transpose: Row = ({ node, inputs: [x], dims }) => {
  const perm = intsAttribute(node, "perm", x!.dims.map((_, i) => x!.dims.length - 1 - i));
  const steps = strides(x!.dims);
  return fill(dims, (place) => x!.data[place.reduce((at, p, i) => at + p * steps[perm[i]!]!, 0)]!);
};

const concat: Row = ({ node, inputs, dims }) => {
  const axis = normalAxis(intAttribute(node, "axis", 0), dims.length);
  const all = inputs.map((x) => ({ ...x!, steps: strides(x!.dims) }));
  return fill(dims, (place) => {
    let [from, k] = [place[axis]!, 0];
    while (from >= all[k]!.dims[axis]!) from -= all[k++]!.dims[axis]!;
    return all[k]!.data[place.reduce((at, p, i) => at + (i === axis ? from : p) * all[k]!.steps[i]!, 0)]!;
  });
};

const gather: Row = ({ node, inputs: [x, indices], dims }) => {
  const axis = normalAxis(intAttribute(node, "axis", 0), x!.dims.length);
  const [steps, inner] = [strides(x!.dims), strides(indices!.dims)];
  const rank = indices!.dims.length;
  return fill(dims, (place) => {
    const i = indices!.data[inner.reduce((at, step, k) => at + step * place[axis + k]!, 0)]!;
    const source = [...place.slice(0, axis), normalAxis(i, x!.dims[axis]!), ...place.slice(axis + rank)];
    return x!.data[source.reduce((at, p, k) => at + p * steps[k]!, 0)]!;
  });
};

const slice: Row = ({ inputs: [x, starts, ends, axes, steps], dims }) => {
  if (!starts || !ends) return undefined;
  const from = x!.dims.map(() => 0);
  const by = x!.dims.map(() => 1);
  Array.from(starts.data).forEach((start, k) => {
    const axis = normalAxis(axes?.data[k] ?? k, x!.dims.length);
    const [length, step] = [x!.dims[axis]!, steps?.data[k] ?? 1];
    by[axis] = step;
    from[axis] = Math.max(0, Math.min(step > 0 ? length : length - 1, normalAxis(start, length)));
  });
  const own = strides(x!.dims);
  return fill(
    dims,
    (place) => x!.data[place.reduce((at, p, k) => at + (from[k]! + p * by[k]!) * own[k]!, 0)]!,
  );
};

const expand: Row = ({ inputs: [x], dims }) => fill(dims, broadcasted(x!, dims.length));

const scatterNd: Row = ({ node, inputs: [x, indices, updates] }) => {
  if (stringAttribute(node, "reduction", "none") !== "none") return undefined;
  const result = Float64Array.from(x!.data);
  const depth = indices!.dims.at(-1)!;
  const steps = strides(x!.dims);
  const block = sizeOf(x!.dims.slice(depth));
  for (let i = 0; i * depth < indices!.data.length; i++) {
    let at = 0;
    for (let k = 0; k < depth; k++) at += normalAxis(indices!.data[i * depth + k]!, x!.dims[k]!) * steps[k]!;
    for (let j = 0; j < block; j++) result[at + j] = updates!.data[i * block + j]!;
  }
  return result;
};

/** A reduction: the sum, over what is reduced, of a function of each element, and what is made of it. */
const reduce = (
  start: number,
  add: (sum: number, x: number) => number,
  end: (sum: number, count: number) => number = (sum) => sum,
): Row =>
({ node, inputs: [x, axes], dims }) => {
  const list = axes ? Array.from(axes.data) : intsAttribute(node, "axes", undefined);
  if (!list?.length && intAttribute(node, "noop_with_empty_axes", 0) === 1) return undefined;
  const rank = x!.dims.length;
  const over = new Set(list?.length ? list.map((axis) => normalAxis(axis, rank)) : x!.dims.keys());
  const kept = x!.dims.map((dim, axis) => over.has(axis) ? 1 : dim);
  const steps = strides(kept).map((step, axis) => over.has(axis) ? 0 : step);
  const sums = new Float64Array(sizeOf(dims)).fill(start);
  let i = 0;
  fill(x!.dims, (place) => {
    const at = place.reduce((sum, p, k) => sum + p * steps[k]!, 0);
    sums[at] = add(sums[at]!, x!.data[i++]!);
    return 0;
  });
  return sums.map((sum) => end(sum, x!.data.length / sums.length));
};

/** Batch normalisation with the statistics of the batch, or those given. */
const batchNorm: Row = ({ node, inputs: [x, scale, bias, mean, variance], dims }) => {
  const channels = dims[1] ?? 1;
  const inner = sizeOf(dims.slice(2));
  const of = (i: number) => Math.floor(i / inner) % channels;
  let [means, variances] = [mean!.data, variance!.data];
  if (intAttribute(node, "training_mode", 0) === 1) {
    const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)];
    const count = x!.data.length / channels;
    for (let i = 0; i < x!.data.length; i++) sums[of(i)]! += x!.data[i]! / count;
    for (let i = 0; i < x!.data.length; i++) squares[of(i)]! += (x!.data[i]! - sums[of(i)]!) ** 2 / count;
    [means, variances] = [sums, squares];
  }
  const epsilon = floatAttribute(node, "epsilon", 1e-5);
  return Float64Array.from(x!.data, (value, i) => {
    const c = of(i);
    return (value - means[c]!) / Math.sqrt(variances[c]! + epsilon) * scale!.data[c]! + bias!.data[c]!;
  });
};

/** How single operators are computed, as far as files have them among constants. */
const rows: OperatorTable<Row> = {
  ...rulesFor(kept, "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze"),
  Cast: ({ inputs: [x], type }) => Float64Array.from(x!.data, (value) => castNumber(value, type)),
  Transpose: transpose,
  Concat: concat,
  Gather: gather,
  Slice: slice,
  Expand: expand,
  ScatterND: scatterNd,
  Shape: ({ inputs: [x], dims }) => x?.dims.length === dims[0] ? x?.dims : undefined,
  Abs: unary(Math.abs),
  Neg: unary((x) => -x),
  Sqrt: unary(Math.sqrt),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Tanh: unary(Math.tanh),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Reciprocal: unary((x) => 1 / x),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Add: fold((a, b) => a + b),
  Sub: fold((a, b) => a - b),
  Mul: fold((a, b) => a * b),
  Div: fold((a, b) => a / b),
  Pow: fold((a, b) => a ** b),
  Max: fold((a, b) => Math.max(a, b)),
  Min: fold((a, b) => Math.min(a, b)),
  Where: ({ inputs, dims }) => {
    const [condition, yes, no] = inputs.map((x) => broadcasted(x!, dims.length));
    return fill(dims, (place) => condition!(place) ? yes!(place) : no!(place));
  },
  ReduceSum: reduce(0, (sum, x) => sum + x),
  ReduceMean: reduce(0, (sum, x) => sum + x, (sum, count) => sum / count),
  ReduceSumSquare: reduce(0, (sum, x) => sum + x * x),
  ReduceL1: reduce(0, (sum, x) => sum + Math.abs(x)),
  ReduceL2: reduce(0, (sum, x) => sum + x * x, Math.sqrt),
  ReduceMax: reduce(-Infinity, Math.max),
  ReduceMin: reduce(Infinity, Math.min),
  BatchNormalization: batchNorm,
};

/** Whether {@linkcode evaluate} may know a node. */
export const canEvaluate = (node: Node): boolean => rowOf(rows, node) !== undefined;

/**
 * The first output of a node from its inputs, rounded to its element type as each node's is; `undefined`
 * where that takes an engine: also where a whole number is larger than a double holds exactly, or than its
 * type has room for.
 *
 * @param inputs stored tensors, or holes where an optional one is omitted
 */
export function evaluate(
  node: Node,
  inputs: readonly (Tensor | undefined)[],
  { type, dims }: { type: DataType; dims: readonly number[] },
): Tensor | undefined {
  if (!isCounted(type) || inputs.some((x) => x && !isCounted(x.type))) return undefined;
  const read = inputs.map((x) => x && { dims: x.dims, data: numbers(x) });
  const isSlice = operatorOf(node) === "Slice";
  // Where a slice begins and ends, any number past the end means the same: the largest there is, as a rule.
  const isExact = inputs.every((x, i) =>
    x === undefined || (isSlice && i > 0) || !isBig(x.type) || everyOf(read[i]!.data, Number.isSafeInteger)
  );
  const data = isExact ? rowOf(rows, node)?.({ node, inputs: read, dims, type }) : undefined;
  if (!data || data.length !== sizeOf(dims)) return undefined;
  const stored = storedAs(type, data);
  return stored && tensorOf(type as Tensor.Type, stored, dims);
}

/** Whether the elements of a type are numbers, each in a place of its own. */
const isCounted = (type: DataType): boolean => storage[type].array !== undefined && storage[type].bits >= 8;

const isBig = (type: DataType): boolean => type === "int64" || type === "uint64";

/** Numbers as the array of their type, whole ones cut at the point; none where one does not fit. */
function storedAs(type: DataType, data: ArrayLike<number>): ArrayLike<unknown> | undefined {
  const array = storage[type].array as unknown as { from(data: ArrayLike<unknown>): ArrayLike<unknown> };
  if (/float/.test(type)) return array.from(data);
  const whole = Float64Array.from(data, (value) => Math.trunc(value) + 0); // never −0
  if (!everyOf(whole, Number.isSafeInteger)) return undefined;
  const stored = array.from(isBig(type) ? Array.from(whole, BigInt) : whole);
  return everyOf(whole, (value, i) => Number(stored[i]) === value) ? stored : undefined;
}

function everyOf(data: ArrayLike<number>, holds: (value: number, i: number) => boolean): boolean {
  for (let i = 0; i < data.length; i++) if (!holds(data[i]!, i)) return false;
  return true;
}

function numbers(tensor: Tensor): ArrayLike<number> {
  return isBig(tensor.type) ? numbersOf(tensor) : tensor.data as ArrayLike<number>;
}
