import { CONSTANT_NAME } from "./builder.ts";
import type { Graph, Node } from "./model.ts";
import type { DataType } from "./tensor.ts";

/** Operators whose constant inputs, wherever these stand, are learned: a bias added, a scale multiplied. */
const ELEMENTWISE = new Set(["Add", "Sub", "Mul", "Div", "Pow", "Sum"]);

/**
 * Inputs that hold learned numbers, by operator. The statistics of a batch normalization (inputs 3 and 4)
 * are measured, not learned, and not among them.
 */
const LEARNED: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  FusedConv: [1, 2],
  ConvInteger: [1],
  ConvTranspose: [1, 2],
  DeformConv: [1, 3],
  QLinearConv: [3, 8],
  Gemm: [0, 1, 2],
  FusedGemm: [0, 1, 2],
  MatMul: [0, 1],
  FusedMatMul: [0, 1],
  TransposeMatMul: [0, 1],
  MatMulInteger: [0, 1],
  QLinearMatMul: [0, 3],
  Einsum: [0, 1, 2],
  LSTM: [1, 2, 3, 7],
  GRU: [1, 2, 3],
  RNN: [1, 2, 3],
  Gather: [0],
  PRelu: [1],
  BatchNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  GroupNormalization: [1, 2],
  LayerNormalization: [1, 2],
  RMSNormalization: [1],
  SimplifiedLayerNormalization: [1],
  SkipLayerNormalization: [2, 3, 4],
  SkipSimplifiedLayerNormalization: [2, 3],
  EmbedLayerNormalization: [2, 3, 4, 5, 6],
  Attention: [1, 2],
  BiasGelu: [1],
  FastGelu: [1],
  ImageScaler: [],
};

/** Operators through which a weight stays the same weight. */
const CARRIERS = new Set([
  "Identity",
  "Cast",
  "Reshape",
  "Transpose",
  "Flatten",
  "Squeeze",
  "Unsqueeze",
  "Slice",
  "Split",
  "Concat",
  "Expand",
  "Tile",
  "DequantizeLinear",
]);

const isFloat = (type: DataType | undefined) => type === undefined || /float/.test(type);

/**
 * The constants of a graph that are learned numbers: weights, biases, scales, embeddings.
 *
 * A constant is a stored tensor, or the output of `Constant` or `ConstantOfShape`. It is learned where it
 * reaches, as it is or through reshaping, slicing, casting and the like, a weight input of an operator, or
 * enters arithmetic: a stored one with more than one element, one made by a node as a vector. Statistics of batch normalizations, shapes, indices, and
 * settings like the bounds of `Clip` are not.
 *
 * @param graph one with inferred types and shapes
 */
export function parameterNames(graph: Graph): Set<string> {
  /** The constants that each value is made of. */
  const sources = new Map<string, readonly string[]>();
  for (const name of graph.initializers.keys()) sources.set(name, [name]);
  const learned = new Set<string>();
  for (const node of graph.nodes) {
    for (const index of learnedInputs(node)) {
      const input = node.inputs[index] ?? "";
      const { type } = graph.values.get(input) ?? {};
      if (isQuantized(node) || isFloat(type)) {
        for (const source of sources.get(input) ?? []) {
          if (!ELEMENTWISE.has(node.op) || entersArithmetic(graph, source)) learned.add(source);
        }
      }
    }
    const made = node.op === "Constant" || node.op === "ConstantOfShape"
      ? [node.outputs[0]!]
      : CARRIERS.has(node.op)
      ? node.inputs.slice(0, node.op === "Concat" ? undefined : 1).flatMap((input) =>
        sources.get(input) ?? []
      )
      : [];
    if (made.length) { for (const output of node.outputs) sources.set(output, made); }
  }
  return learned;
}

/**
 * Whether a constant in arithmetic counts as learned: not a single number (an epsilon, a factor), and not a
 * table that the exporter computed on the spot (anchor boxes, masks), as opposed to stored, nor what our own builder
 * stores as a constant.
 */
function entersArithmetic(graph: Graph, constant: string): boolean {
  if (CONSTANT_NAME.test(constant)) return false;
  const stored = graph.initializers.get(constant)?.dims;
  const long = (stored ?? graph.values.get(constant)?.shape)?.filter((dim) => dim !== 1).length ?? 0;
  return stored ? long > 0 : long === 1;
}

function learnedInputs(node: Node): Iterable<number> {
  if (ELEMENTWISE.has(node.op)) return node.inputs.keys();
  return Object.hasOwn(LEARNED, node.op) ? LEARNED[node.op]! : [];
}

const isQuantized = ({ op }: Node) => /^QLinear|Integer$/.test(op);
