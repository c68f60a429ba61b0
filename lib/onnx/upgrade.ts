import { RangeError } from "../errors.ts";
import type { Attribute } from "./attribute.ts";
import { operatorOf, rowOf } from "./operators/table.ts";
import { dropInitializerInputs } from "./passes/initializer_inputs.ts";
import { freeName } from "./free_name.ts";
import { inferShapes } from "./infer_shapes.ts";
import { type Graph, Model, type Node, OPSET, type ValueInfo } from "./model.ts";
import type { AnyTensor } from "../tensor/tensor.ts";
import { namesOf, neededValues, subgraphs } from "./topology.ts";
import { steps } from "./upgrade/steps.ts";
import type { UpgradeStep } from "./upgrade/step.ts";
import { requireModel } from "./require_model.ts";

/** The oldest operator set that can be upgraded. */
const OLDEST = 7;

/** The IR version that came with each operator set, where it matters: opset 20 came with 9. */
const IR_VERSION = 9;

/**
 * The model rewritten for a newer version of ONNX's own operators, computing the same. Other domains stay as
 * they are, and so does a model that is as new already.
 *
 * @param to the version to reach, at most {@linkcode OPSET}
 * @throws TypeError naming the node that has no equivalent there; RangeError where the model is older than 7
 */
export function upgradeOpset(model: Model, to: number = OPSET): Model {
  requireModel(model);
  const from = model.info.opsets[""];
  if (from === undefined || from >= to) return model;
  if (from < OLDEST || to > OPSET) {
    throw new RangeError(
      `Cannot upgrade the model from operator set ${from} to ${to}: Espalier knows the changes from ${OLDEST} to ` +
        `${OPSET}; convert it with ONNX's own version converter first`,
    );
  }
  const { graph, info } = dropInitializerInputs(model);
  const taken = namesOf(graph);
  const known = knownValues(model);
  const upgraded = upgradeGraph(graph, { from, to, taken, known, outer: new Map() });
  const opsets = { ...info.opsets, "": to };
  return new Model(upgraded, { ...info, opsets, irVersion: Math.max(info.irVersion, IR_VERSION) });
}

/** Types and ranks help some rows; a model whose shapes contradict each other is upgraded without them. */
function knownValues(model: Model): ReadonlyMap<string, ValueInfo> {
  try {
    return inferShapes(model).graph.values;
  } catch {
    return model.graph.values;
  }
}

interface Context {
  from: number;
  to: number;
  taken: Set<string>;
  known: ReadonlyMap<string, ValueInfo>;
  outer: ReadonlyMap<string, AnyTensor>;
}

function upgradeGraph(graph: Graph, context: Context): Graph {
  const initializers = new Map(graph.initializers);
  const visible = (name: string) => initializers.get(name) ?? context.outer.get(name);
  const constant = (tensor: AnyTensor, stem: string): string => {
    const name = freeName(context.taken, stem);
    initializers.set(name, tensor);
    return name;
  };
  const info = (name: string): ValueInfo =>
    context.known.get(name) ?? graph.values.get(name) ?? typeOf(visible(name));
  const constants = new Map(
    graph.nodes.filter((node) => operatorOf(node) === "Constant").map((node) => [node.outputs[0], node]),
  );
  const stored = (name: string): AnyTensor | undefined => {
    const value = constants.get(name)?.attributes.value;
    return value?.type === "tensor" ? value.value : visible(name);
  };
  const needed = neededValues(graph);
  let nodes = graph.nodes;
  for (let version = context.from + 1; version <= context.to; version++) {
    const rows = steps[version];
    if (rows === undefined) continue;
    const step: UpgradeStep = {
      version,
      constant,
      stored,
      freeName: (stem) => freeName(context.taken, stem),
      info,
      isRead: (name) => needed.has(name),
    };
    nodes = nodes.flatMap((node) => rowOf(rows, node)?.(node, step) ?? node);
  }
  const outer = new Map([...context.outer, ...initializers]);
  nodes = nodes.map((node) => upgradeInside(node, { ...context, outer }));
  return { ...graph, nodes, initializers };
}

function typeOf(tensor: AnyTensor | undefined): ValueInfo {
  return tensor ? { type: tensor.type, shape: tensor.dims } : {};
}

function upgradeInside(node: Node, context: Context): Node {
  if (subgraphs(node).length === 0) return node;
  const inside = (attribute: Attribute): Attribute =>
    attribute.type === "graph"
      ? { type: "graph", value: upgradeGraph(attribute.value, context) }
      : attribute.type === "graphs"
      ? { type: "graphs", value: attribute.value.map((graph) => upgradeGraph(graph, context)) }
      : attribute;
  const entries = Object.entries(node.attributes).map(([name, attribute]) => [name, inside(attribute)]);
  return { ...node, attributes: Object.fromEntries(entries) };
}
