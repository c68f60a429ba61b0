import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from "../onnx/attribute.ts";
import type { Graph, Model, Node } from "../onnx/model.ts";
import { operatorOf, type OperatorTable, rowOf } from "../onnx/operators/table.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { consumers, producers } from "../onnx/topology.ts";
import { isTensor, type Tensor, tensorOf } from "../tensor/tensor.ts";
import { arrayLike, arrayOf } from "../tensor/arrays.ts";
import { transpose } from "./numeric/transpose.ts";

/** A linear layer with a stored weight, seen as y = W · x with W [rows, columns]. */
export interface LinearLayer {
  /** Name of the weight among the graph's initializers. */
  readonly weight: string;
  /** Operator that multiplies: `Gemm`, `MatMul` or `Conv`. */
  readonly op: string;
  /** Name of the value that is multiplied with the weight. */
  readonly input: string;
  /** Output features. */
  readonly rows: number;
  /** Weights of an output feature: its inputs, or for a convolution inputs · window of its group. */
  readonly columns: number;
  /** Groups of a convolution, each with inputs of its own; otherwise 1. */
  readonly groups: number;
  /** Sizes of a convolution's window; none otherwise. */
  readonly window: readonly number[];
  /** Whether the weight is stored as [columns, rows], as MatMul has it that reads it as it is. */
  readonly transposed: boolean;
  /** Equal for layers that multiply the same numbers: queries, keys and values, for instance. */
  readonly shares: string;
  /**
   * The block of the network that it is part of: its name up to the first part that is a number,
   * `model.layers.3`; a name without one, as `wav2vec2.lm_head`, is a block of its own.
   */
  readonly block: string;
  /** The node that multiplies. */
  readonly node: Node;
  /** Nodes between the stored weight and `node`, in their order: transposes, and copies. Mostly none. */
  readonly between: readonly Node[];
}

/** How a layer of some operator lies, or `undefined` where its weight is not one that can be compressed. */
type Rule = (node: Node, dims: readonly number[]) => Pick<LinearLayer, Layout> | undefined;
type Layout = "rows" | "columns" | "groups" | "window" | "transposed" | "shares";

const RULES: OperatorTable<Rule> = {
  Gemm(node, dims) {
    if (intAttribute(node, "transA", 0)) return undefined;
    return flat(node, dims, !intAttribute(node, "transB", 0));
  },
  MatMul: (node, dims) => flat(node, dims, true),
  Conv(node, [rows = 0, inputs = 0, ...window]) {
    if (window.length === 0) return undefined;
    const how = ["strides", "pads", "dilations", "group"].map((name) =>
      `${name} ${name === "group" ? intAttribute(node, name, 1) : intsAttribute(node, name, "")}`
    );
    return {
      rows,
      columns: window.reduce((product, size) => product * size, inputs),
      groups: intAttribute(node, "group", 1),
      window,
      transposed: false,
      shares: [node.inputs[0], window, ...how, stringAttribute(node, "auto_pad", "")].join("; "),
    };
  },
};

function flat(node: Node, dims: readonly number[], transposed: boolean): ReturnType<Rule> {
  if (dims.length !== 2) return undefined;
  const [rows, columns] = (transposed ? [...dims].reverse() : dims) as [number, number];
  return { rows, columns, groups: 1, window: [], transposed, shares: node.inputs[0]! };
}

/**
 * The linear layers of a model in the order of its graph: each Gemm, MatMul and Conv whose weight is a stored
 * float32 tensor (or float64, float16) that nothing else reads, itself or through a
 * Transpose. A table of tokens that is the output head, too, is not among them, nor are matrices that are
 * multiplied from the left.
 */
export function linearLayers(model: Model): LinearLayer[] {
  return layersOf(constantsToInitializers(model).graph);
}

function layersOf(graph: Graph): LinearLayer[] {
  const made = producers(graph);
  const readers = consumers(graph);
  const isOwn = (name: string) => readers.get(name)?.length === 1 && !graph.outputs.includes(name);
  return graph.nodes.flatMap((node): LinearLayer[] => {
    const op = operatorOf(node);
    const rule = rowOf(RULES, node);
    const [input, read] = node.inputs as [string, string];
    if (!rule || !read) return [];
    const between: Node[] = [];
    let [weight, turned] = [read, false];
    for (let step = made.get(weight); step && isOwn(weight); step = made.get(weight)) {
      if (!isPassedOn(step)) break;
      turned = turned !== (operatorOf(step) === "Transpose");
      between.unshift(step);
      weight = step.inputs[0]!;
    }
    const tensor = weightIn(graph, weight);
    if (!tensor || !isOwn(weight) || graph.initializers.has(input)) return [];
    if (turned && tensor.dims.length !== 2) return [];
    const layout = rule(node, turned ? [...tensor.dims].reverse() : tensor.dims);
    if (!layout || layout.rows === 0 || layout.columns === 0) return [];
    const transposed = layout.transposed !== turned;
    return [{ weight, op, input, ...layout, transposed, block: blockOf(weight), node, between }];
  });
}

/** Whether a node gives a matrix as it is, or turned. */
function isPassedOn(node: Node): boolean {
  const op = operatorOf(node);
  return op === "Identity" || op === "Transpose" && intsAttribute(node, "perm", [1, 0])!.join() === "1,0";
}

function weightIn(graph: Graph, name: string | undefined): Tensor | undefined {
  const tensor = graph.initializers.get(name ?? "");
  if (!tensor || !isTensor(tensor) || graph.inputs.includes(name!)) return undefined;
  return /^float(16|32|64)$/.test(tensor.type) ? tensor : undefined;
}

function blockOf(name: string): string {
  return name.match(/^(?:.*?[./])?\d+(?=[./])/)?.[0] ?? name;
}

/** Factors of a layer's product and of its bias: a Gemm gives alpha · W · x + beta · bias. */
export function factorsOf({ node }: Pick<LinearLayer, "node">): { alpha: number; beta: number } {
  if (operatorOf(node) !== "Gemm") return { alpha: 1, beta: 1 };
  return { alpha: floatAttribute(node, "alpha", 1), beta: floatAttribute(node, "beta", 1) };
}

/** A weight as a matrix, row by row: [rows, columns] in float64. */
export function readMatrix({ rows, columns, transposed }: LinearLayer, tensor: Tensor): Float64Array {
  const matrix = Float64Array.from(arrayOf(tensor));
  return transposed ? transpose(matrix, columns, rows) : matrix;
}

/** A matrix as the layer stores it, in the type and shape of the weight that was there. */
export function writeMatrix(
  { rows, columns, transposed }: LinearLayer,
  matrix: Float64Array,
  before: Tensor,
): Tensor {
  const stored = transposed ? transpose(matrix, rows, columns) : matrix;
  return tensorOf(before.type, arrayLike(arrayOf(before), stored), before.dims);
}
