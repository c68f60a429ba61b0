import type { Tensor } from "../deps.ts";
import { CONSTANT_NAME } from "../onnx/builder.ts";
import { hoistConstants } from "../onnx/hoist_constants.ts";
import type { Graph, Model, Node } from "../onnx/model.ts";
import { type AnyTensor, isTensor, sizeOf } from "../onnx/tensor.ts";
import { producers } from "../onnx/topology.ts";

/**
 * What a stored tensor is to the node that reads it. All but `statistic` (a batch norm's running mean and
 * variance) can be trained.
 */
export type WeightRole = "weight" | "bias" | "scale" | "slope" | "embedding" | "statistic";

/** A stored tensor that a network learned, as opposed to a constant of its computation. */
export interface Weight {
  /** Its name among the graph's initializers. */
  name: string;
  /** What it is to the operator. */
  role: WeightRole;
  /** Operator that reads it. */
  op: string;
  /** Its numbers. */
  tensor: Tensor;
}

/** Operators whose inputs, where stored, are always weights: role by input index. */
const SLOTS: Record<string, Record<number, WeightRole>> = {
  Conv: { 1: "weight", 2: "bias" },
  ConvTranspose: { 1: "weight", 2: "bias" },
  Gemm: { 0: "weight", 1: "weight", 2: "bias" },
  MatMul: { 0: "weight", 1: "weight" },
  BatchNormalization: { 1: "scale", 2: "bias", 3: "statistic", 4: "statistic" },
  LayerNormalization: { 1: "scale", 2: "bias" },
  InstanceNormalization: { 1: "scale", 2: "bias" },
  GroupNormalization: { 1: "scale", 2: "bias" },
  PRelu: { 1: "slope" },
  Gather: { 0: "embedding" },
};

/** Operators whose stored inputs may as well be constants; {@linkcode isLearned} tells. */
const LOOSE_SLOTS: Record<string, WeightRole> = {
  Add: "bias",
  Sub: "bias",
  Mul: "scale",
  Concat: "embedding",
};

/** Operators that pass a stored tensor on in another arrangement; all their data inputs are looked through. */
const VIEWS: Record<string, "first" | "all"> = {
  Identity: "first",
  Transpose: "first",
  Reshape: "first",
  Flatten: "first",
  Squeeze: "first",
  Unsqueeze: "first",
  Expand: "first",
  Slice: "first",
  Cast: "first",
  Concat: "all",
};

/** Numbers of this size are masks (−10000 and up in attention), not weights. */
const MASK_SIZE = 1e4;

/** Names that exporters give to what had no name: constants of the computation. */
const ANONYMOUS = /^(onnx::|const|\/|\d+$)|constant|_output_\d+$/i;

/**
 * The learned tensors of any model, in the order the graph reads them, by what reads them: never shape
 * constants, scalars of the arithmetic, masks, or the means and deviations that normalise the input. Constants
 * that the file holds in nodes are named as {@linkcode hoistConstants} names them.
 */
export function weightsOf(model: Model): Weight[] {
  const { graph } = hoistConstants(model);
  const found = new Map<string, Weight>();
  const producer = producers(graph);
  /** Values that depend on a weight: only behind the first layer can an Add be its bias. */
  const learned = new Set<string>();
  for (const node of graph.nodes) {
    let behind = node.inputs.some((input) => learned.has(input));
    const strict = (node.domain ?? "") === "" ? SLOTS[node.op] : undefined;
    const loose = (node.domain ?? "") === "" ? LOOSE_SLOTS[node.op] : undefined;
    node.inputs.forEach((input, index) => {
      const role = strict?.[index] ?? (behind ? loose : undefined);
      if (role === undefined || input === "") return;
      for (const name of storedBehind(input, graph, producer)) {
        const tensor = graph.initializers.get(name)!;
        if (!isFloat(tensor) || found.has(name)) continue;
        if (!strict && !isLearned(name, tensor, node, producer)) continue;
        const position = node.op === "Add" && !isVector(tensor);
        found.set(name, { name, role: position ? "embedding" : role, op: node.op, tensor });
        behind = true;
      }
    });
    if (behind || (strict && node.inputs.some((input) => found.has(input)))) {
      for (const output of node.outputs) learned.add(output);
    }
  }
  return [...found.values()];
}

/** The stored tensors that a value is a mere rearrangement of. */
function storedBehind(value: string, graph: Graph, producer: Map<string, Node>): string[] {
  if (graph.initializers.has(value)) return [value];
  const node = producer.get(value);
  const view = node && VIEWS[node.op];
  if (!view) return [];
  const inputs = view === "all" ? node.inputs : node.inputs.slice(0, 1);
  const stored = inputs.map((input) => storedBehind(input, graph, producer));
  // A Concat with anything computed among its inputs is no stored tensor.
  return stored.some((names) => names.length === 0) ? [] : stored.flat();
}

function isFloat(tensor: AnyTensor): tensor is Tensor {
  return isTensor(tensor) &&
    (tensor.type === "float32" || tensor.type === "float16" || tensor.type === "float64");
}

/** Tells a bias, scale or token from a constant of the computation. */
function isLearned(name: string, tensor: Tensor, node: Node, producer: Map<string, Node>): boolean {
  if (CONSTANT_NAME.test(name)) return false;
  const values = tensor.data as ArrayLike<number>;
  for (let i = 0; i < values.length; i++) if (!(Math.abs(values[i]!) < MASK_SIZE)) return false;
  const named = !ANONYMOUS.test(name);
  if (node.op === "Concat") return named && tensor.dims.length > 1;
  // MatMul and Add is how a linear layer is written, whatever its size.
  const layer = node.inputs.some((input) =>
    ["MatMul", "Conv", "ConvTranspose"].includes(producer.get(input)?.op ?? "")
  );
  if (node.op === "Add" && layer && tensor.dims.length > 0) return isVector(tensor) || named;
  return values.length > 1 && (isVector(tensor) || named);
}

/** Whether only one axis is longer than 1: one number per channel or feature. */
function isVector(tensor: Tensor): boolean {
  return Math.max(1, ...tensor.dims) === sizeOf(tensor.dims);
}
