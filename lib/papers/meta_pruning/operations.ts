import { macsByNode } from "../../onnx/count_macs.ts";
import { inferShapes } from "../../onnx/infer_shapes.ts";
import type { Graph, Model, Node } from "../../onnx/model.ts";
import { factsOf, operatorOf } from "../../onnx/operators/table.ts";
import type { Architecture } from "./architecture.ts";

/** Operators that count what they read, and those that count what they write, for each number. */
const READ: Readonly<Record<string, number>> = { MaxPool: 1, AveragePool: 1, GlobalAveragePool: 1 };
const WRITTEN: Readonly<Record<string, number>> = {
  BatchNormalization: 2,
  LayerNormalization: 2,
  Relu: 1,
  Gelu: 1,
  Softmax: 1,
};

/** The last ReLU of each stage of a VGG, counted from 1. */
const STAGE_ENDS: Readonly<Record<number, readonly number[]>> = {
  16: [2, 4, 7, 10, 13],
  19: [2, 4, 8, 12, 16],
};

/**
 * Whether a ReLU is one that the published counter misses, by its number from 1 and by the operator before
 * it.
 */
type Unseen = (relu: { number: number; before: string }) => boolean;

/** The counter sees modules; the published networks call some ReLUs as functions. */
function unseenOf(architecture: Architecture): Unseen {
  switch (architecture.kind) {
    case "resnet":
      return ({ before }) => before === "Add";
    case "vgg":
      return ({ number }) => STAGE_ENDS[architecture.depth]!.includes(number);
    case "resnet-imagenet":
      return ({ number }) => architecture.depth === 18 && number > 1;
    default:
      return () => false;
  }
}

/**
 * Cost of a network in the unit of the paper's speed-ups, for one image: multiply-accumulates and biases, two
 * for each number of a norm, one for each that a ReLU, GELU or softmax writes or a pooling reads, and for
 * each of attention's queries, which are scaled. The bias of a linear layer counts once, at however many
 * tokens it is added; those of attention count at each.
 *
 * Source: Torch-Pruning's `utils/op_counter.py`, by which the official code counts. Which ReLUs it sees
 * follows from what it gives for the whole networks.
 */
export function operationsOf(model: Model, architecture: Architecture): number {
  const [input] = model.graph.inputs;
  const [, ...image] = model.graph.values.get(input!)!.shape!;
  const { graph } = inferShapes(model, { inputShapes: { [input!]: [1, ...image] } });
  const unseen = unseenOf(architecture);
  let operations = [...macsByNode(model).values()].reduce((sum, macs) => sum + macs, 0);
  let number = 0;
  for (const node of graph.nodes) {
    const operator = operatorOf(node);
    if (operator === "Relu" && unseen({ number: ++number, before: operatorBefore(node.inputs[0]!, graph) })) {
      continue;
    }
    operations += (READ[operator] ?? 0) * sizeOf(graph, node.inputs[0]!) +
      (WRITTEN[operator] ?? 0) * sizeOf(graph, node.outputs[0]!);
    if (hasBias(node)) operations += sizeOf(graph, node.outputs[0]!);
    operations += addedBias(node, graph) + scaledQueries(node, graph);
  }
  return operations;
}

/** Numbers of the bias that a node adds to a product of matrices, as they count. */
function addedBias(node: Node, graph: Graph): number {
  const [sum, name] = node.inputs as [string, string];
  if (operatorOf(node) !== "Add" || operatorBefore(sum, graph) !== "MatMul") return 0;
  const bias = graph.initializers.get(name);
  if (bias?.dims.length !== 1) return 0;
  return /(^|\.)self_attention\./.test(name) ? sizeOf(graph, node.outputs[0]!) : bias.dims[0]!;
}

/** Queries whose scores a softmax reads, where these are scaled on the way. */
function scaledQueries(node: Node, graph: Graph): number {
  if (operatorOf(node) !== "Softmax") return 0;
  const scale = producer(node.inputs[0]!, graph);
  if (!scale || operatorOf(scale) !== "Mul") return 0;
  const product = producer(scale.inputs[0]!, graph);
  return product && operatorOf(product) === "MatMul" ? sizeOf(graph, product.inputs[0]!) : 0;
}

/** Whether the node multiplies and accumulates, and then adds a bias. */
function hasBias(node: Node): boolean {
  const { macs, learned } = factsOf(node);
  return macs !== undefined && learned?.[2]?.role === "bias" && Boolean(node.inputs[2]);
}

const producer = (value: string, { nodes }: Graph): Node | undefined =>
  nodes.find(({ outputs }) => outputs.includes(value));

/** The operator that makes a value; empty for an input. */
function operatorBefore(value: string, graph: Graph): string {
  const node = producer(value, graph);
  return node ? operatorOf(node) : "";
}

function sizeOf({ values }: Graph, name: string): number {
  return values.get(name)!.shape!.reduce<number>((product, dim) => product * (dim as number), 1);
}
