import { RangeError } from "../../errors.ts";
import type { GraphEditor, Value } from "../../onnx/graph_editor.ts";
import { ELEMENT_TYPE, int64, sizeOf, tensorOf } from "../../tensor/tensor.ts";
import { arrayOf } from "../../tensor/arrays.ts";
import type { Tensors } from "../../runtime/runtime.ts";
import type { LinearLayer } from "../linear_layers.ts";

/** What calibration data say of the inputs x of a layer, or of one of its groups. */
export interface InputStatistics {
  /** Σ x xᵀ over tokens, [columns, columns]. */
  readonly gram: Float64Array;
  /** Σ |x| over tokens, [columns]. */
  readonly absolute: Float64Array;
  /** Σ x̃ xᵀ with the inputs x̃ of the model as it was, where it was asked for. */
  readonly cross?: Float64Array | undefined;
  /** Tokens, or places of a convolution's window. */
  tokens: number;
  /** Sequences, or pictures: what the records' first dimension counts. */
  sequences: number;
}

/** Nothing seen yet, for each group of a layer. */
export function noStatistics({ columns, groups }: LinearLayer, cross: boolean): InputStatistics[] {
  return Array.from({ length: groups }, () => ({
    gram: new Float64Array(columns * columns),
    cross: cross ? new Float64Array(columns * columns) : undefined,
    absolute: new Float64Array(columns),
    tokens: 0,
    sequences: 0,
  }));
}

/** Outputs of a graph that hold what a record says of a layer's input. */
export interface StatisticOutputs {
  /**
   * Names of Σ x xᵀ in parts, [groups, rows, columns from the first of these rows on]: it is symmetric. Or
   * the name of the tokens x alone, where they are multiplied by a kernel.
   */
  gram: readonly string[];
  /** Name of Σ |x|, [groups, columns]. */
  absolute: string;
  /** Name of the number of tokens, a scalar. */
  tokens: string;
  /** Name of Σ x̃ xᵀ, as `gram`. */
  cross?: string | undefined;
}

/** What a graph says of a layer's input: Σ x xᵀ, or the tokens x for a kernel that adds that up. */
export type Gives = "gram" | "tokens";

/** Types of numbers that layers compute in. */
export type Float = "float32" | "float64" | "float16";

/**
 * Lets a graph say what goes into a layer: the engine multiplies, and the inputs themselves stay there.
 *
 * @param options.before name of what went into it before anything was compressed, to be compared
 * @param options.gives the tokens themselves, [groups, tokens, columns], in place of their products
 */
export function addStatistics(
  editor: GraphEditor,
  layer: LinearLayer,
  type: Float,
  { before, gives = "gram" }: { before: Value | undefined; gives?: Gives },
): StatisticOutputs {
  const node = (op: string, inputs: Value[], attributes = {}): Value =>
    editor.node(op, inputs, attributes)[0]!;
  const x = tokensOf(editor, layer, layer.input, type);
  const turned = (value: Value) => node("Transpose", [value], { perm: [0, 2, 1] });
  const from = (first: number, end: number) =>
    first === 0 && end === layer.columns
      ? x
      : node("Slice", [x, ...[first, end, 2].map((at) => editor.constant(int64([at])))]);
  const gram = gives === "tokens"
    ? [x]
    : partsOf(layer.columns).map(([first, end]) =>
      node("MatMul", [turned(from(first, end)), from(first, layer.columns)])
    );
  const absolute = node("ReduceSum", [node("Abs", [x]), editor.constant(int64([1]))], { keepdims: 0 });
  const tokens = node("Shape", [x], { start: 1, end: 2 });
  const cross = before && node("MatMul", [turned(tokensOf(editor, layer, before, type)), x]);
  for (const output of [...gram, absolute, tokens, ...cross ? [cross] : []]) editor.output(output);
  return { gram, absolute, tokens, cross };
}

/** Rows of Σ x xᵀ that are computed at once, about: fewer compute less twice, in more, smaller products. */
const PART = 512;

/** Rows of parts of a symmetric matrix, each from its first to before its end. */
function partsOf(columns: number): [first: number, end: number][] {
  const parts = Math.max(1, Math.floor(columns / PART));
  const at = (part: number) => Math.round(columns * part / parts);
  return Array.from({ length: parts }, (_, part) => [at(part), at(part + 1)]);
}

/**
 * What a layer multiplies of a value: [groups, tokens, columns]. Of float16 it is in float32: sums over
 * tokens would end at 65,504, and hold 11 bits.
 */
export function tokensOf(editor: GraphEditor, layer: LinearLayer, value: Value, type: Float): Value {
  if (type === "float16") {
    const [single] = editor.node("Cast", [value], { to: ELEMENT_TYPE.float32 });
    return tokensOf(editor, layer, single!, "float32");
  }
  const { columns, groups } = layer;
  const node = (op: string, inputs: Value[], attributes = {}): Value =>
    editor.node(op, inputs, attributes)[0]!;
  const ints = (...values: number[]) => editor.constant(int64(values));
  if (layer.window.length === 0) return node("Reshape", [value, ints(1, -1, columns)]);
  const windows = node("Reshape", [patches(editor, layer, value, type), ints(0, groups, columns, -1)]);
  return node("Reshape", [
    node("Transpose", [windows], { perm: [1, 0, 3, 2] }),
    ints(groups, -1, columns),
  ]);
}

/** The windows of a convolution as channels, by a convolution that copies: [n, inputs · window, …]. */
function patches(
  editor: GraphEditor,
  { node, op, columns, groups, window }: LinearLayer,
  value: Value,
  type: Float,
): Value {
  const size = sizeOf(window);
  const channels = columns / size * groups;
  const array = type === "float64" ? Float64Array : Float32Array;
  const numbers = new array(channels * size * size);
  for (let i = 0; i < channels * size; i++) numbers[i * size + i % size] = 1;
  const copy = editor.constant(tensorOf(type, numbers, [channels * size, 1, ...window]));
  const { group: _, ...attributes } = node.attributes;
  return editor.node(op, [value, copy], { ...attributes, group: channels })[0]!;
}

/**
 * Adds what a record said; of Σ x xᵀ what lies on the diagonal and above it.
 *
 * @throws {RangeError} where it is not finite
 */
export function addRecord(
  statistics: readonly InputStatistics[],
  found: Tensors,
  names: StatisticOutputs,
  { layer, sequences, record, gives = "gram" }: {
    layer: LinearLayer;
    sequences: number;
    record: number;
    gives?: Gives;
  },
): void {
  const numbers = (name: string) => arrayOf(found[name]!);
  const tokens = Number(found[names.tokens]!.data[0]);
  const { columns } = layer;
  statistics.forEach((own, group) => {
    own.tokens += tokens;
    own.sequences += sequences;
    let sums = add(own.absolute, numbers(names.absolute), group * columns);
    for (const [part, [first, end]] of (gives === "gram" ? partsOf(columns) : []).entries()) {
      const [products, width] = [numbers(names.gram[part]!), columns - first];
      for (let row = first; row < end; row++) {
        const to = own.gram.subarray(row * columns + first, (row + 1) * columns);
        sums += add(to, products, (group * (end - first) + row - first) * width);
      }
    }
    if (own.cross) add(own.cross, numbers(names.cross!), group * columns * columns);
    requireFinite(sums, layer, `on record ${record} (from 0); leave the record out, or look for NaN in it`);
  });
}

/** @throws {RangeError} where what goes into a layer is not finite */
export function requireFinite(sum: number, { weight }: LinearLayer, where: string): void {
  if (Number.isFinite(sum)) return;
  throw new RangeError(
    `Cannot calibrate: what goes into ${weight} is not finite ${where} and in the weights before`,
  );
}

/** Adds numbers from a place on, and gives the sum of all that were added. */
function add(to: Float64Array, numbers: ArrayLike<number>, from: number): number {
  let sum = 0;
  for (let i = 0; i < to.length; i++) {
    to[i]! += numbers[from + i]!;
    sum += numbers[from + i]!;
  }
  return sum;
}
