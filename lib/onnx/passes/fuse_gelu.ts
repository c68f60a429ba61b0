import { isLevel } from "../constant_numbers.ts";
import type { Graph, Model, Node } from "../model.ts";
import { operatorOf } from "../operators/table.ts";
import { constantTensors, consumers, producers } from "../topology.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import { removeDeadCode } from "./dead_code.ts";

/** The first operator set that has Gelu. */
const SINCE = 20;

/**
 * The model with each ½·x·(1 + erf(x/√2)) that exporters write as five nodes as one Gelu: the way back then
 * needs x alone, and not what lies between the five. Only where nothing else reads what lies between.
 */
export function fuseGelu(model: Model): Model {
  const { graph, info } = model;
  if ((info.opsets[""] ?? 0) < SINCE || !graph.nodes.some((node) => operatorOf(node) === "Erf")) return model;
  const xOf = argumentOf(graph);
  const found = new Map(graph.nodes.flatMap((node) => {
    const x = xOf(node);
    return x === undefined ? [] : [[node, x]];
  }));
  if (found.size === 0) return model;
  const nodes = graph.nodes.map((node) =>
    found.has(node) ? { op: "Gelu", inputs: [found.get(node)!], outputs: node.outputs, attributes: {} } : node
  );
  return removeDeadCode(model.withGraph({ ...graph, nodes }));
}

/** Finds the x of a product that is a GELU of it. */
function argumentOf(graph: Graph): (node: Node) => string | undefined {
  const [made, read, stored] = [producers(graph), consumers(graph), constantTensors(graph)];
  const isNumber = (value: string, number: number) => {
    const tensor = stored.get(value);
    return tensor !== undefined && sizeOf(tensor.dims) === 1 && isLevel(tensor, Math.fround(number));
  };
  /** The node that makes a value for one reader alone. */
  const inner = (value: string, op: string) => {
    const node = made.get(value);
    const alone = read.get(value)?.length === 1 && !graph.outputs.includes(value);
    return node && alone && operatorOf(node) === op ? node : undefined;
  };
  const factors = ({ inputs }: Node): string[] =>
    inputs.flatMap((value) => {
      const product = inner(value, "Mul");
      return product ? factors(product) : [value];
    });
  /** What of two inputs stands beside a number. */
  const beside = (node: Node | undefined, number: number) =>
    node?.inputs.find((_, i) => isNumber(node.inputs[1 - i] ?? "", number));
  const root = (erf: Node) => {
    const [scaled = ""] = erf.inputs;
    const divided = inner(scaled, "Div");
    if (divided && isNumber(divided.inputs[1]!, Math.SQRT2)) return divided.inputs[0];
    return beside(inner(scaled, "Mul"), Math.SQRT1_2);
  };
  return (node) => {
    if (operatorOf(node) !== "Mul") return undefined;
    const all = factors(node);
    if (all.length !== 3 || !all.some((value) => isNumber(value, 0.5))) return undefined;
    return all.find((value) => {
      const errors = all.map((other) => inner(beside(inner(other, "Add"), 1) ?? "", "Erf"));
      return errors.some((error) => error && root(error) === value);
    });
  };
}
