import { operatorOf } from "../../onnx/operators/table.ts";
import { withoutUndefined } from "../../options.ts";
import { removeDeadCode } from "../../onnx/passes/dead_code.ts";
import { freeName } from "../../onnx/free_name.ts";
import type { Model, Node } from "../../onnx/model.ts";
import { floatTensor } from "../../tensor/float_tensor.ts";
import type { AnyTensor, DataType } from "../../tensor/tensor.ts";

/**
 * An addend that is all zeros once something has left: a branch beside the residual stream, the output of an
 * expert. Then the sum does without it.
 */
export interface Gate {
  /** What has to leave: the atom that stands for a block or an expert. */
  atom: number;
  /** First output of the node that adds. */
  output: string;
  /** Which of its inputs is zero then. */
  addend: number;
}

/** Inputs of a node that are added up: all of a sum, of a Scatter what it writes into and what it adds. */
const addendsOf = (node: Node): number[] => isSum(node) ? [...node.inputs.keys()] : [0, 2];

const isSum = (node: Node): boolean => ["Add", "Sum"].includes(operatorOf(node));

/** The model without the addends at some gates, and without all that nobody needs then. */
export function closeGates(model: Model, gates: readonly Gate[]): Model {
  if (gates.length === 0) return model;
  const closed = Map.groupBy(gates, ({ output }) => output);
  const zeros = new Set<string>();
  const nodes = model.graph.nodes.map((node): Node => {
    const sums = closed.has(node.outputs[0]!) || isSum(node);
    if (!sums) return node;
    const gone = new Set((closed.get(node.outputs[0]!) ?? []).map(({ addend }) => addend));
    const left = addendsOf(node).filter((i) => !gone.has(i) && !zeros.has(node.inputs[i]!));
    if (left.length === addendsOf(node).length) return node;
    // A sum of nothing, which other sums do without in turn.
    if (left.length === 0) zeros.add(node.outputs[0]!);
    const inputs = (left.length > 0 ? left : [0]).map((i) => node.inputs[i]!);
    const { name, outputs } = node;
    return withoutUndefined({
      name,
      op: inputs.length === 1 ? "Identity" : "Sum",
      inputs,
      outputs,
      attributes: {},
    });
  });
  return removeDeadCode(model.withGraph({ ...model.graph, nodes }));
}

/** What a mask computes with a number: before which node, into which input, and what. */
interface Masking {
  output: string;
  input: number;
  op: "Mul" | "Add";
  constant: AnyTensor;
}

/** The model with numbers added or multiplied before some nodes. */
function withMaskings(model: Model, maskings: readonly Masking[]): Model {
  if (maskings.length === 0) return model;
  const { graph } = model;
  const byOutput = Map.groupBy(maskings, ({ output }) => output);
  const initializers = new Map(graph.initializers);
  const taken = new Set([...initializers.keys(), ...graph.nodes.flatMap(({ outputs }) => outputs)]);
  const nodes = graph.nodes.flatMap((node) => {
    const inputs = [...node.inputs];
    const before = (byOutput.get(node.outputs[0] ?? "") ?? []).map(({ input, op, constant }): Node => {
      const name = freeName(taken, `${inputs[input]}.mask`);
      const masked = freeName(taken, `${inputs[input]}.masked`);
      initializers.set(name, constant);
      const node: Node = { op, inputs: [inputs[input]!, name], outputs: [masked], attributes: {} };
      inputs[input] = masked;
      return node;
    });
    return before.length ? [...before, { ...node, inputs }] : [node];
  });
  return model.withGraph({ ...graph, nodes, initializers });
}

/** A choice among experts: those that are masked get −∞ before it, so that none of them is chosen. */
export interface Choice {
  /** First output of the node that chooses. */
  output: string;
  /** Axis of its first input along which the experts lie. */
  axis: number;
  /** Number of axes of that input. */
  rank: number;
  /** The expert at each place. */
  labels: Int32Array;
  /** How many the node needs. */
  least: number;
  /** Why they would stay if they were no experts. */
  why: string;
}

/**
 * The model that adds zeros at the gates of blocks, and chooses nothing that leaves. An expert that is never
 * chosen adds zeros by itself.
 */
export function maskGates(
  model: Model,
  { gates, choices, leaves, typeOf }: {
    gates: readonly Gate[];
    choices: readonly Choice[];
    leaves: (atom: number) => boolean;
    typeOf: (name: string | undefined) => DataType | undefined;
  },
): Model {
  const maker = new Map(model.graph.nodes.map((node) => [node.outputs[0], node]));
  const silent = gates.filter(({ atom }) => leaves(atom)).map(({ output, addend }): Masking => ({
    output,
    input: addend,
    op: "Mul",
    constant: floatTensor(typeOf(maker.get(output)?.inputs[addend]), [0], []),
  }));
  const unchosen = choices.filter(({ labels }) => labels.some(leaves)).map((choice): Masking => {
    const { output, axis, rank, labels } = choice;
    const dims = Array.from({ length: rank }, (_, i) => i === axis ? labels.length : 1);
    const numbers = Array.from(labels, (label) => leaves(label) ? -Infinity : 0);
    const constant = floatTensor(typeOf(maker.get(output)?.inputs[0]), numbers, dims);
    return { output, input: 0, op: "Add", constant };
  });
  return withMaskings(model, [...silent, ...unchosen]);
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
