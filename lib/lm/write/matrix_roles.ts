import { operatorOf, type OpName } from "../../onnx/operators/table.ts";
import type { Graph, Model, Node } from "../../onnx/model.ts";
import { consumers, producers } from "../../onnx/topology.ts";
import { isTensor } from "../../tensor/tensor.ts";
import type { MatrixRole } from "./mix.ts";

/** A matrix of a decoder: what it is there for, and where. */
export interface MatrixPlace {
  /** Role of the matrix. An embedding that is the output head, too, is an `output`. */
  role: MatrixRole;
  /** Layer of the matrix, from 0; of embedding and output 0. */
  layer: number;
}

/** What gives other numbers than it got in a gate; products and sums do not count. */
const ACTIVATIONS: ReadonlySet<string> = new Set(["Sigmoid", "Gelu", "Relu", "Tanh", "Erf", "Swish"]);

/** Products with a matrix. */
const PRODUCTS: ReadonlySet<string> = new Set<OpName>(["Gemm", "MatMul"]);

/** What gives the size of a value alone, not its numbers. */
const SIZES: ReadonlySet<string> = new Set<OpName>(["Shape", "Size"]);

/**
 * The roles of a decoder's matrices, by the names of their tensors, found from how numbers flow; names play
 * no part. Around each softmax of scores stand queries, keys and values, and below it what reads them; where
 * two layers are multiplied, the one behind an activation is the gate; what the logits come from is the
 * output head, and what tokens are looked up in the embedding. Matrices with another place are left out.
 */
export function matrixRoles({ graph }: Model): Map<string, MatrixPlace> {
  const walk = walks(graph);
  const roles = new Map<string, MatrixPlace>();
  const give = (weight: string | undefined, role: MatrixRole, layer: number) => {
    if (weight !== undefined && !roles.has(weight)) roles.set(weight, { role, layer });
  };
  give(only(walk.above("logits").weights), "output", 0);
  // What is looked up on the way to the first matrix is the embedding; behind it places are looked up, too.
  const first = graph.nodes.find((node) => walk.weightOf(node) !== undefined);
  for (const table of walk.above(first?.inputs[0] ?? "").tables) give(table, "embedding", 0);
  let layer = -1;
  for (const node of graph.nodes) {
    if (operatorOf(node) === "Softmax") {
      const scores = walk.productAbove(node.inputs[0]!);
      const context = walk.productBelow(node.outputs[0]!);
      if (!scores || !context) continue;
      layer++;
      const [asked, offered] = scores.inputs.map((input) => only(walk.above(input).weights));
      const heard = context.inputs.map((input) => walk.above(input)).find(({ ops }) => !ops.has("Softmax"));
      give(asked, "query", layer);
      give(offered, "key", layer);
      give(only(heard?.weights ?? []), "value", layer);
      give(only(walk.below(context.outputs[0]!)), "attentionOutput", layer);
    }
    if (operatorOf(node) === "Mul") {
      const sides = node.inputs.map((input) => walk.above(input));
      const [one, other] = sides.map(({ weights }) => only(weights));
      if (one === undefined || other === undefined || one === other) continue;
      const gates = sides.map(({ ops }) => [...ops].some((op) => ACTIVATIONS.has(op)));
      if (gates[0] === gates[1]) continue;
      give(gates[0] ? one : other, "gate", layer);
      give(gates[0] ? other : one, "up", layer);
      give(only(walk.below(node.outputs[0]!)), "down", layer);
    }
  }
  return roles;
}

const only = (weights: Iterable<string>): string | undefined => {
  const all = [...weights];
  return all.length === 1 ? all[0] : undefined;
};

/** Ways through a graph from a value to the nearest stored matrices that are multiplied with. */
function walks(graph: Graph) {
  const makers = producers(graph);
  const readers = consumers(graph);
  const isMatrix = (name: string): boolean => {
    const tensor = graph.initializers.get(name);
    return tensor !== undefined && isTensor(tensor) && tensor.dims.length === 2;
  };
  /** The stored matrix that a node multiplies with, as it lies or turned. */
  const weightOf = (node: Node): string | undefined => {
    if (!PRODUCTS.has(operatorOf(node))) return undefined;
    return node.inputs.slice(0, 2).map((input) => {
      const maker = makers.get(input);
      return maker && operatorOf(maker) === "Transpose" ? maker.inputs[0]! : input;
    }).find(isMatrix);
  };
  const above = (value: string): { weights: Set<string>; tables: Set<string>; ops: Set<string> } => {
    const found = { weights: new Set<string>(), tables: new Set<string>(), ops: new Set<string>() };
    const seen = new Set<string>();
    for (const open = [value]; open.length > 0;) {
      const name = open.pop()!;
      const node = makers.get(name);
      if (!node || seen.has(name) || SIZES.has(operatorOf(node))) continue;
      seen.add(name);
      const weight = weightOf(node);
      if (weight !== undefined) found.weights.add(weight);
      else open.push(...node.inputs);
      if (weight === undefined) found.ops.add(operatorOf(node));
      if (operatorOf(node) === "Gather" && isMatrix(node.inputs[0]!)) found.tables.add(node.inputs[0]!);
    }
    return found;
  };
  /** The first node on the way that `wanted` takes; the way ends at stored matrices. */
  const nearest = (
    value: string,
    nextTo: (value: string) => Node[],
    goOn: (node: Node) => readonly string[],
    wanted: (node: Node) => boolean,
  ): Set<Node> => {
    const found = new Set<Node>();
    const seen = new Set<string>();
    for (const open = [value]; open.length > 0;) {
      const name = open.shift()!;
      if (seen.has(name)) continue;
      seen.add(name);
      for (const node of nextTo(name)) {
        if (wanted(node)) found.add(node);
        else if (!SIZES.has(operatorOf(node)) && weightOf(node) === undefined) open.push(...goOn(node));
      }
    }
    return found;
  };
  const up = (value: string) => makers.has(value) ? [makers.get(value)!] : [];
  const down = (value: string) => (readers.get(value) ?? []).map(({ node }) => node);
  const isProduct = (node: Node) => operatorOf(node) === "MatMul" && weightOf(node) === undefined;
  const first = (nodes: Set<Node>): Node | undefined => [...nodes][0];
  return {
    weightOf,
    above,
    below: (value: string): Set<string> =>
      new Set(
        [...nearest(value, down, ({ outputs }) => outputs, (node) => weightOf(node) !== undefined)]
          .map((node) => weightOf(node)!),
      ),
    productAbove: (value: string) => first(nearest(value, up, ({ inputs }) => inputs, isProduct)),
    productBelow: (value: string) => first(nearest(value, down, ({ outputs }) => outputs, isProduct)),
  };
}
