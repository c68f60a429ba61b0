import { removeDeadCode } from "../../onnx/passes/dead_code.ts";
import type { Model, Node } from "../../onnx/model.ts";
import { float32, Tensor } from "../../tensor/tensor.ts";
import { freeName } from "../../onnx/free_name.ts";

/**
 * A value that adds nothing once something has left, and where it is added: a branch beside the residual
 * stream, the output of an expert.
 */
export interface Gate {
  /** What has to leave: the atom that stands for a block or an expert. */
  atom: number;
  /** Output of the node that adds the value. */
  output: string;
  /** Which of the node's inputs is what it is added to. */
  stream: number;
  /** Which of the node's inputs add nothing then. */
  addends: readonly number[];
}

/** A node that adds, in a graph that an addend is left out of. */
function leftOut({ op, inputs, ...node }: Node, { stream, addends }: Gate): Node {
  if (op === "Sum" && inputs.length > 2) {
    return { ...node, op, inputs: inputs.filter((_, i) => !addends.includes(i)) };
  }
  const { name, outputs } = node;
  return {
    ...name === undefined ? {} : { name },
    op: "Identity",
    inputs: [inputs[stream]!],
    outputs,
    attributes: {},
  };
}

/** The model without what was added at some gates, and without all that nobody needs then. */
export function closeGates(model: Model, gates: readonly Gate[]): Model {
  if (gates.length === 0) return model;
  const byOutput = Map.groupBy(gates, ({ output }) => output);
  const nodes = model.graph.nodes.map((node) =>
    (byOutput.get(node.outputs[0] ?? "") ?? []).reduce(leftOut, node)
  );
  return removeDeadCode(model.withGraph({ ...model.graph, nodes }));
}

/** The model that adds zeros at some gates. */
export function silenceGates(model: Model, gates: readonly Gate[], typeOf: (name: string) => string): Model {
  if (gates.length === 0) return model;
  const { graph } = model;
  const byOutput = Map.groupBy(gates, ({ output }) => output);
  const initializers = new Map(graph.initializers);
  const taken = new Set([...initializers.keys(), ...graph.nodes.flatMap(({ outputs }) => outputs)]);
  const nodes = graph.nodes.flatMap((node) => {
    const addends = (byOutput.get(node.outputs[0] ?? "") ?? []).flatMap(({ addends }) => addends);
    const inputs = [...node.inputs];
    const before = addends.map((i): Node => {
      const zero = freeName(taken, `${inputs[i]}.zero`);
      initializers.set(zero, zeroOf(typeOf(inputs[i]!)));
      const silent = freeName(taken, `${inputs[i]}.silenced`);
      const times: Node = { op: "Mul", inputs: [inputs[i]!, zero], outputs: [silent], attributes: {} };
      inputs[i] = silent;
      return times;
    });
    return before.length ? [...before, { ...node, inputs }] : [node];
  });
  return model.withGraph({ ...graph, nodes, initializers });
}

function zeroOf(type: string): Tensor {
  if (type === "float16") return new Tensor("float16", new Float16Array(1) as never, []);
  if (type === "float64") return new Tensor("float64", new Float64Array(1), []);
  return float32([0], []);
}

/** What only one block or expert needs. */
export interface Alone {
  /** Nodes, by their first outputs. */
  nodes: ReadonlySet<string>;
  /** Stored tensors, by name. */
  tensors: ReadonlySet<string>;
}

/** What leaves with each atom that has gates, by the atom. */
export function aloneBehind(model: Model, gates: readonly Gate[]): Map<number, Alone> {
  if (gates.length === 0) return new Map();
  const whole = removeDeadCode(model).graph;
  return new Map([...Map.groupBy(gates, ({ atom }) => atom)].map(([atom, own]) => {
    const { nodes, initializers } = closeGates(model, own).graph;
    const stays = new Set(nodes.map(({ outputs }) => outputs[0]!));
    return [atom, {
      nodes: new Set(whole.nodes.map(({ outputs }) => outputs[0]!).filter((name) => !stays.has(name))),
      tensors: new Set([...whole.initializers.keys()].filter((name) => !initializers.has(name))),
    }];
  }));
}
