import { float, floatAttribute, intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { operatorOf, type OperatorTable, rowOf } from "../../onnx/operators/table.ts";
import { floatTensor } from "../../tensor/float_tensor.ts";
import { normalAxis } from "../../tensor/tensor.ts";
import type { Surgery } from "../prune.ts";
import { type Fixup, withInput } from "./fixup.ts";

/** What is left of the numbers that a mean is taken of, between 0 and 1. */
function share(name: string | undefined, axes: readonly number[], { kept, shape }: Surgery): number {
  return axes.reduce((part, axis) => {
    const left = kept(name, axis)?.length;
    return left === undefined ? part : part * left / Number(shape(name)![axis]);
  }, 1);
}

/** The axes that a reduction is over. */
function reducedAxes(node: Node, { shape, contents }: Surgery): number[] {
  const rank = shape(node.inputs[0])?.length ?? 0;
  const list = node.inputs[1]
    ? contents(node.inputs[1])?.map(Number)
    : intsAttribute(node, "axes", undefined);
  if (list?.length) return list.map((axis) => normalAxis(axis, rank));
  const none = intAttribute(node, "noop_with_empty_axes", 0) === 1;
  return none ? [] : Array.from({ length: rank }, (_, axis) => axis);
}

/**
 * By what the outputs of operators that divide by a number of channels are to be multiplied when some left.
 */
const FACTORS: OperatorTable<(node: Node, surgery: Surgery) => number> = {
  ReduceMean: (node, surgery) => share(node.inputs[0], reducedAxes(node, surgery), surgery),
  RMSNormalization: rootOfShare,
  SimplifiedLayerNormalization: rootOfShare,
};

/** The mean of squares is under a root and below the line. */
function rootOfShare(node: Node, surgery: Surgery): number {
  return 1 / Math.sqrt(share(node.inputs[0], normalizedAxes(node, surgery), surgery));
}

function normalizedAxes(node: Node, { shape }: Surgery): number[] {
  const rank = shape(node.inputs[0])?.length ?? 0;
  const from = normalAxis(intAttribute(node, "axis", -1), rank);
  return Array.from({ length: rank - from }, (_, i) => from + i);
}

const factorOf = (node: Node | undefined, surgery: Surgery): number =>
  node === undefined ? 1 : rowOf(FACTORS, node)?.(node, surgery) ?? 1;

/** The input of a multiplication that is one known number, and that number. */
function constantFactor(node: Node, { contents, shape }: Surgery) {
  if (operatorOf(node) !== "Mul") return undefined;
  const numbers = node.inputs.map((name) => shape(name)?.length === 0 ? contents(name)?.[0] : undefined);
  const index = numbers.findIndex((value) => typeof value === "number");
  return index < 0 ? undefined : { index, value: Number(numbers[index]) };
}

/**
 * A mean over channels that are zero when masked goes on being one over all that there were: a factor behind
 * it makes up for those that left. Where a constant factor follows already, that one takes it up, so rounds
 * of pruning leave one.
 */
const rescaled =
  (fixed: (node: Node, surgery: Surgery) => Node = (node) => node): Fixup => (node, surgery) => {
    const factor = factorOf(node, surgery);
    if (factor === 1) return [node];
    const smaller = fixed(node, surgery);
    const readers = surgery.readers(node.outputs[0]!);
    if (readers?.length === 1 && constantFactor(readers[0]!, surgery)) return [smaller];
    const [output, ...others] = node.outputs;
    const mean = surgery.freeName(`${output}.kept`);
    const type = surgery.type(output);
    const constant = surgery.constant(`${output}.share`, floatTensor(type, [factor], []));
    return [
      { ...smaller, outputs: [mean, ...others] },
      { op: "Mul", inputs: [mean, constant], outputs: [output!], attributes: {} },
    ];
  };

/** Epsilon is added to the mean of fewer squares. */
function withEpsilon(node: Node, surgery: Surgery): Node {
  const epsilon = floatAttribute(node, "epsilon", 1e-5) * factorOf(node, surgery) ** 2;
  return { ...node, attributes: { ...node.attributes, epsilon: float(epsilon) } };
}

/** A constant factor behind a mean takes up what the mean lost. */
const mul: Fixup = (node, surgery) => {
  const factor = constantFactor(node, surgery);
  if (factor === undefined) return [node];
  const mean = node.inputs[1 - factor.index];
  const lost = factorOf(surgery.maker(mean), surgery);
  if (lost === 1 || surgery.readers(mean!)?.length !== 1) return [node];
  const type = surgery.type(node.outputs[0]);
  const constant = surgery.constant(`${mean}.share`, floatTensor(type, [factor.value * lost], []));
  return [withInput(node, factor.index, constant)];
};

/** Fixes of operators that divide by how many channels there are. */
export const means: OperatorTable<Fixup> = {
  ReduceMean: rescaled(),
  RMSNormalization: rescaled(withEpsilon),
  SimplifiedLayerNormalization: rescaled(withEpsilon),
  Mul: mul,
};
