import { factsOf, type OperatorTable, rowOf } from "../onnx/operators/table.ts";
import { intAttribute, intsAttribute } from "../onnx/attribute.ts";
import type { Graph, Model, Node } from "../onnx/model.ts";
import { consumers, fedInputs, producers } from "../onnx/topology.ts";
import type { Arrow } from "./layered_graph.ts";

/** Operators that are drawn at the end of the box before them where nothing else reads in between. */
const TAIL: OperatorTable<string> = {
  BatchNormalization: "BN",
  Relu: "ReLU",
  LeakyRelu: "leaky ReLU",
  PRelu: "PReLU",
  Clip: "clip",
  Sigmoid: "σ",
  HardSwish: "h-swish",
  HardSigmoid: "h-σ",
  Gelu: "GELU",
  Tanh: "tanh",
  Erf: "erf",
  Dropout: "dropout",
  Identity: "",
  Flatten: "flatten",
  Softmax: "softmax",
  Cast: "cast",
  Squeeze: "squeeze",
};

/** How a node that opens a box is written; operators without a row are written by their name. */
const HEAD: OperatorTable<(node: Node, graph: Graph) => string> = {
  Conv: (node, graph) => convolution("conv", node, graph),
  ConvTranspose: (node, graph) => convolution("conv transpose", node, graph),
  Gemm: (node, graph) => linear(node, graph, intAttribute(node, "transB", 0) === 1),
  MatMul: (node, graph) =>
    graph.initializers.has(node.inputs[1] ?? "") ? linear(node, graph, false) : "matmul",
  MaxPool: (node) => `max pool ${(intsAttribute(node, "kernel_shape", []) ?? []).join("×")}`,
  AveragePool: (node) => `average pool ${(intsAttribute(node, "kernel_shape", []) ?? []).join("×")}`,
  GlobalAveragePool: () => "global average pool",
  Add: () => "+",
  Sum: () => "+",
  Mul: () => "×",
};

function dimsOf(graph: Graph, value: string | undefined): readonly number[] | undefined {
  return value === undefined ? undefined : graph.initializers.get(value)?.dims;
}

function convolution(word: string, node: Node, graph: Graph): string {
  const dims = dimsOf(graph, node.inputs[1]);
  const strides = intsAttribute(node, "strides", []);
  const group = intAttribute(node, "group", 1);
  const stride = strides.some((s) => s !== 1) ? ` /${strides[0]}` : "";
  if (!dims) return word + stride;
  const [out, perGroup, ...kernel] = word === "conv"
    ? dims
    : [dims[1]! * group, dims[0]! / group, ...dims.slice(2)];
  const depthwise = group > 1 ? group === out ? "depthwise " : `${group} groups ` : "";
  return `${depthwise}${word} ${kernel.join("×")}${stride} · ${perGroup! * group}→${out}`;
}

function linear(node: Node, graph: Graph, transposed: boolean): string {
  const dims = dimsOf(graph, node.inputs[1]);
  if (dims?.length !== 2) return "linear";
  const [from, to] = transposed ? [dims[1], dims[0]] : dims;
  return `linear · ${from}→${to}`;
}

/** A box of a network: an operator with weights, and what is done to its result. */
export interface NetworkBox {
  /** Name by which arrows refer to the box. */
  id: string;
  /** What the box does, in a few words. */
  label: string;
  /** Nodes of the box; none for inputs and outputs of the graph. */
  nodes: Node[];
}

/** The boxes of a network in the order of its nodes, and what leads from one to another. */
export interface NetworkBoxes {
  /** Inputs, nodes and outputs. */
  boxes: NetworkBox[];
  /** From who makes to who reads. */
  arrows: Arrow[];
}

/**
 * The network as boxes: one per weighted operator together with the normalisation and activation behind it;
 * arithmetic on shapes and stored tensors is left out.
 */
export function networkBoxes({ graph }: Model): NetworkBoxes {
  const flowing = flowingValues(graph);
  const readers = consumers(graph);
  const makers = producers(graph);
  const nodes = graph.nodes.filter((node) =>
    node.inputs.some((input) => flowing.has(input)) && node.outputs.some((output) => flowing.has(output))
  );
  const boxOf = new Map<Node, NetworkBox>();
  const boxes: NetworkBox[] = [];
  const arrows: Arrow[] = [];
  const open = (id: string, label: string): NetworkBox => {
    const box: NetworkBox = { id, label, nodes: [] };
    boxes.push(box);
    return box;
  };
  const inputs = new Map(
    graph.inputs.filter((name) => flowing.has(name)).map((name) => {
      const shape = graph.values.get(name)?.shape;
      return [name, open(`input ${name}`, shape ? `${name} [${shape.join(", ")}]` : name)];
    }),
  );
  const boxBefore = (value: string): NetworkBox | undefined => {
    const maker = makers.get(value);
    return maker ? boxOf.get(maker) : inputs.get(value);
  };
  nodes.forEach((node, i) => {
    const data = node.inputs.filter((input) => flowing.has(input));
    const before = data.length === 1 && makers.has(data[0]!) ? boxBefore(data[0]!) : undefined;
    const tail = rowOf(TAIL, node);
    if (before && tail !== undefined && readers.get(data[0]!)?.length === 1) {
      if (tail) before.label += ` · ${tail}`;
      boxOf.set(node, before);
    } else {
      const box = open(`node ${i}`, rowOf(HEAD, node)?.(node, graph) ?? node.op.toLowerCase());
      boxOf.set(node, box);
      for (const value of new Set(data)) {
        const from = boxBefore(value);
        if (from) arrows.push({ from: from.id, to: box.id });
      }
    }
    boxOf.get(node)!.nodes.push(node);
  });
  for (const name of graph.outputs) {
    const from = boxBefore(name);
    if (from) arrows.push({ from: from.id, to: open(`output ${name}`, name).id });
  }
  return { boxes, arrows };
}

/** Values that depend on the data fed in, other than through their shape. */
function flowingValues(graph: Graph): Set<string> {
  const flowing = new Set(fedInputs(graph));
  for (const node of graph.nodes) {
    const { sizes = [] } = factsOf(node);
    if (node.inputs.some((input, i) => flowing.has(input) && !sizes.includes(i))) {
      for (const output of node.outputs) flowing.add(output);
    }
  }
  return flowing;
}
