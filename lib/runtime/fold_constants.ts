import { requireOptions } from "../options.ts";
import { runModel } from "./run_model.ts";
import type { Runtime, Tensors } from "./runtime.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import { isStatic } from "../onnx/dim.ts";
import { storage } from "../tensor/element_types.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import type { Graph, Model, Node, ValueInfo } from "../onnx/model.ts";
import { factsOf, isStandard } from "../onnx/operators/table.ts";
import { type AnyTensor, isTensor, sizeOf } from "../tensor/tensor.ts";
import { allNodes, constantTensors, reads } from "../onnx/topology.ts";

/** Settings of {@linkcode foldConstants}. */
export interface FoldOptions {
  /** Where the constant part runs. Default: the runtime that `runModel` takes. */
  runtime?: Runtime | undefined;
  /** Results of more elements than this, and than what they come from, stay computed. Default 65,536. */
  largest?: number | undefined;
}

/**
 * The model with everything computed that does not depend on its inputs: shape arithmetic, transposed
 * weights.
 *
 * Random operators, operators of other domains, nodes that run either inside, and nodes that give an output
 * of the graph stay.
 *
 * @throws where the engine refuses the constant part of the graph; the model is then not valid either
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { GraphBuilder } from "../onnx/builder.ts";
 * import { float32 } from "../tensor/tensor.ts";
 *
 * const g = new GraphBuilder();
 * const weight = g.parameter("weight", float32([1, 2, 3, 4], [2, 2]));
 * g.output(g.matMul(g.input("x", "float32", ["N", 2]), g.transpose(weight, [1, 0])), "y");
 * const folded = await foldConstants(g.model());
 * assert.equal(g.model().graph.nodes.some(({ op }) => op === "Transpose"), true);
 * assert.equal(folded.graph.nodes.some(({ op }) => op === "Transpose"), false);
 * ```
 */
export async function foldConstants(
  model: Model,
  options: FoldOptions = {},
): Promise<Model> {
  requireOptions("foldConstants", options, { runtime: true, largest: true });
  const { runtime, largest = 65_536 } = options;
  const hoisted = constantsToInitializers(model);
  const folded = foldable(hoisted, largest);
  if (folded.size === 0) return hoisted === model ? model : removeDeadCode(hoisted);
  const constants = frontier(hoisted.graph, folded);
  // An engine takes no graph without outputs: nobody reads what could be computed.
  if (constants.length === 0) return removeDeadCode(hoisted);
  const part: Graph = {
    ...hoisted.graph,
    name: "constants",
    inputs: [],
    outputs: constants,
    nodes: hoisted.graph.nodes.filter((node) => folded.has(node)),
    values: new Map(),
  };
  const results: Tensors = await runModel(
    removeDeadCode(hoisted.withGraph(part)),
    {},
    runtime ? { runtime } : {},
  );
  const initializers = new Map<string, AnyTensor>([
    ...hoisted.graph.initializers,
    ...Object.entries(results),
  ]);
  const nodes = hoisted.graph.nodes.filter((node) => !folded.has(node));
  return removeDeadCode(hoisted.withGraph({ ...hoisted.graph, nodes, initializers }));
}

/** The nodes that depend on stored tensors only and whose results are wanted as such. */
function foldable(model: Model, largest: number): Set<Node> {
  const { graph } = model;
  const { values } = inferShapes(model).graph;
  const sizes = new Map<string, number>();
  for (const [name, tensor] of constantTensors(graph)) {
    if (isTensor(tensor)) sizes.set(name, sizeOf(tensor.dims));
  }
  const outputs = new Set(graph.outputs);
  const nodes = new Set<Node>();
  for (const node of graph.nodes) {
    const sources = [...reads(node)].map((name) => sizes.get(name));
    const constant = sources.every((size) => size !== undefined) &&
      allNodes({ nodes: [node] }).every((each) => isStandard(each) && !factsOf(each).random) &&
      !node.outputs.some((output) => outputs.has(output));
    if (!constant) continue;
    const limit = Math.max(largest, ...sources as number[]);
    const results = node.outputs.filter(Boolean).map((output) => sizeOfValue(values.get(output)));
    if (!results.every((size) => size !== undefined && size <= limit)) continue;
    nodes.add(node);
    node.outputs.forEach((output) => sizes.set(output, sizeOfValue(values.get(output)) ?? 0));
  }
  return nodes;
}

/** Elements of a value whose type fits in a tensor and whose shape is known. */
function sizeOfValue(info: ValueInfo | undefined): number | undefined {
  if (info?.type === undefined || info.opaque || !isStatic(info.shape)) return undefined;
  const { array } = storage[info.type];
  return array === undefined && info.type !== "string" ? undefined : sizeOf(info.shape);
}

/** Results of the folded nodes that the rest of the graph reads. */
function frontier(graph: Graph, folded: ReadonlySet<Node>): string[] {
  const read = new Set<string>();
  for (const node of graph.nodes) if (!folded.has(node)) { for (const name of reads(node)) read.add(name); }
  return [...folded].flatMap(({ outputs }) => outputs).filter((name) => name !== "" && read.has(name));
}
