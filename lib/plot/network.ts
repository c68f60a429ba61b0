import { type OptionNames, requireOptions } from "../options.ts";
import { factsOf, type OperatorTable, rowOf } from "../onnx/operators/table.ts";
import { intAttribute, intsAttribute } from "../onnx/attribute.ts";
import type { Graph, Model, Node } from "../onnx/model.ts";
import { consumers, fedInputs, producers } from "../onnx/topology.ts";
import type { Figure, FigureOptions } from "./figure.ts";
import { type Arrow, type Box, layeredGraph } from "./layered_graph.ts";

/** Settings of {@linkcode drawNetwork}. */
export interface NetworkOptions extends Partial<FigureOptions> {
  /** Colour of a node's box (`#rrggbb`), by the channels it produces, say. */
  color?: (node: Node) => string | undefined;
  /** A letter or two before the words of a node's box, where its colour must not say it alone. */
  tag?: (node: Node) => string | undefined;
  /** Height in px from which on the drawing goes on in another column, where there is room. Default 760. */
  columnHeight?: number;
}

/** Names of {@linkcode NetworkOptions}. */
export const NETWORK_OPTIONS: OptionNames<NetworkOptions> = {
  color: true,
  tag: true,
  columnHeight: true,
  title: true,
  subtitle: true,
  alt: true,
  legend: true,
};

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

/**
 * The network as layers from top to bottom: one box per weighted operator together with the normalisation and
 * activation behind it; arithmetic on shapes and stored tensors is left out.
 */
export function drawNetwork(model: Model, options: NetworkOptions = {}): Figure {
  requireOptions("drawNetwork", options, NETWORK_OPTIONS);
  const { color, tag, columnHeight, title, subtitle, alt, legend } = options;
  const { graph } = model;
  const flowing = flowingValues(graph);
  const readers = consumers(graph);
  const makers = producers(graph);
  const nodes = graph.nodes.filter((node) =>
    node.inputs.some((input) => flowing.has(input)) && node.outputs.some((output) => flowing.has(output))
  );
  const boxOf = new Map<Node, Box>();
  const boxes: Box[] = [];
  const tagged = new Set<Box>();
  const arrows: Arrow[] = [];
  const open = (id: string, label: string): Box => {
    const box: Box = { id, label };
    boxes.push(box);
    return box;
  };
  const inputs = new Map(
    graph.inputs.filter((name) => flowing.has(name)).map((name) => {
      const shape = graph.values.get(name)?.shape;
      return [name, open(`input ${name}`, shape ? `${name} [${shape.join(", ")}]` : name)];
    }),
  );
  const boxBefore = (value: string): Box | undefined => {
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
    const box = boxOf.get(node)!;
    const fill = color?.(node);
    if (fill !== undefined) box.color = fill;
    const letter = tag?.(node);
    if (letter !== undefined && !tagged.has(box)) {
      tagged.add(box);
      box.label = `${letter}  ${box.label}`;
    }
  });
  for (const name of graph.outputs) {
    const from = boxBefore(name);
    if (from) arrows.push({ from: from.id, to: open(`output ${name}`, name).id });
  }
  const ends = `from ${graph.inputs.join(", ")} to ${graph.outputs.join(", ")}`;
  return layeredGraph(boxes, arrows, {
    title: title ?? (graph.name || "Network"),
    alt: alt ?? `${boxes.length} boxes ${ends}: an operator with weights, and what is done to its result`,
    ...(subtitle !== undefined && { subtitle }),
    ...(legend && { legend }),
    ...(columnHeight !== undefined && { columnHeight }),
  });
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
