import type { GraphEditor, Value } from "../onnx/graph_editor.ts";
import { int64, Tensor } from "../tensor/tensor.ts";
import type { Tensors } from "../runtime/runtime.ts";
import type { LinearLayer } from "./linear_layers.ts";

/** What calibration data say of the inputs x of a layer, or of one of its groups. */
export interface InputStatistics {
  /** Σ x xᵀ over tokens, [columns, columns]. */
  readonly gram: Float64Array;
  /** Σ |x| over tokens, [columns]. */
  readonly absolute: Float64Array;
  /** Tokens, or places of a convolution's window. */
  tokens: number;
  /** Sequences, or pictures: what the records' first dimension counts. */
  sequences: number;
}

/** Nothing seen yet, for each group of a layer. */
export function noStatistics({ columns, groups }: LinearLayer): InputStatistics[] {
  return Array.from({ length: groups }, () => ({
    gram: new Float64Array(columns * columns),
    absolute: new Float64Array(columns),
    tokens: 0,
    sequences: 0,
  }));
}

/** Outputs of a graph that hold what a record says of a layer's input. */
export interface StatisticOutputs {
  /** Name of Σ x xᵀ, [groups, columns, columns]. */
  gram: string;
  /** Name of Σ |x|, [groups, columns]. */
  absolute: string;
  /** Name of the number of tokens, a scalar. */
  tokens: string;
}

/** Lets a graph say what goes into a layer: the engine multiplies, and the inputs themselves stay there. */
export function addStatistics(
  editor: GraphEditor,
  layer: LinearLayer,
  type: "float32" | "float64" | "float16",
): StatisticOutputs {
  const node = (op: string, inputs: Value[], attributes = {}): Value =>
    editor.node(op, inputs, attributes)[0]!;
  const ints = (...values: number[]) => editor.constant(int64(values));
  const { columns, groups } = layer;
  // [groups, tokens, columns]
  const x = layer.op === "Conv"
    ? node("Reshape", [
      node("Transpose", [
        node("Reshape", [patches(editor, layer, type), ints(0, groups, columns, -1)]),
      ], { perm: [1, 0, 3, 2] }),
      ints(groups, -1, columns),
    ])
    : node("Reshape", [layer.input, ints(1, -1, columns)]);
  const gram = node("MatMul", [node("Transpose", [x], { perm: [0, 2, 1] }), x]);
  const absolute = node("ReduceSum", [node("Abs", [x]), ints(1)], { keepdims: 0 });
  const tokens = node("Shape", [x], { start: 1, end: 2 });
  for (const output of [gram, absolute, tokens]) editor.output(output);
  return { gram, absolute, tokens };
}

/** The windows of a convolution as channels, by a convolution that copies: [n, inputs · window, …]. */
function patches(
  editor: GraphEditor,
  { node, columns, groups }: LinearLayer,
  type: "float32" | "float64" | "float16",
) {
  const weight = editor.tensor(node.inputs[1]!)!;
  const window = weight.dims.slice(2);
  const size = window.reduce((product, length) => product * length, 1);
  const channels = columns / size * groups;
  const numbers = new (type === "float64" ? Float64Array : type === "float16" ? Float16Array : Float32Array)(
    channels * size * size,
  );
  for (let i = 0; i < channels * size; i++) numbers[i * size + i % size] = 1;
  const copy = editor.constant(
    new Tensor(type as "float32", numbers as Float32Array, [channels * size, 1, ...window]),
  );
  const { group: _, ...attributes } = node.attributes;
  return editor.node("Conv", [node.inputs[0]!, copy], { ...attributes, group: channels })[0]!;
}

/**
 * Adds what a record said.
 *
 * @throws {RangeError} where it is not finite
 */
export function addRecord(
  statistics: readonly InputStatistics[],
  found: Tensors,
  names: StatisticOutputs,
  { layer, sequences, record }: { layer: LinearLayer; sequences: number; record: number },
): void {
  const [gram, absolute] = [found[names.gram]!.data, found[names.absolute]!.data] as [
    Float32Array,
    Float32Array,
  ];
  const tokens = Number(found[names.tokens]!.data[0]);
  const { columns } = layer;
  statistics.forEach((own, group) => {
    own.tokens += tokens;
    own.sequences += sequences;
    let sum = 0;
    for (let i = 0, from = group * columns * columns; i < own.gram.length; i++, from++) {
      const value = gram[from]!;
      own.gram[i]! += value;
      sum += value;
    }
    for (let i = 0; i < columns; i++) own.absolute[i]! += absolute[group * columns + i]!;
    if (Number.isFinite(sum)) return;
    throw new RangeError(
      `Cannot calibrate: what goes into ${layer.weight} is not finite on record ${record} (from 0); leave the ` +
        "record out, or look for NaN in it and in the weights before",
    );
  });
}
