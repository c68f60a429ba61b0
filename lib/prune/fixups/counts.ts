import { intAttribute } from "../../onnx/attribute.ts";
import type { OperatorTable } from "../../onnx/operators/table.ts";
import { type Fixup, withAttribute } from "./fixup.ts";

const grouped = (outputSide: boolean, weight = 1): Fixup => (node, surgery) => {
  if (intAttribute(node, "group", 1) === 1) return [node];
  const left = (name: string | undefined) =>
    surgery.kept(name, 1)?.length ?? Number(surgery.shape(name)?.[1]);
  const group = left(outputSide ? node.outputs[0] : node.inputs[0]) / left(node.inputs[weight]);
  return [group && group !== intAttribute(node, "group", 1) ? withAttribute(node, "group", group) : node];
};

const groupNorm: Fixup = (node, surgery) => {
  const kept = surgery.kept(node.inputs[0], 1);
  if (!kept) return [node];
  const groups = intAttribute(node, "num_groups", 1);
  const before = Number(surgery.shape(node.inputs[0])![1]);
  return [withAttribute(node, "num_groups", groups * kept.length / before)];
};

/** Where heads are joined to one axis, the node says how many there are. */
const heads = (...named: readonly [input: number, attribute: string][]): Fixup => (node, surgery) => [
  named.reduce((fixed, [input, name]) => {
    const [kept, before] = [
      surgery.kept(node.inputs[input], 2),
      Number(surgery.shape(node.inputs[input])?.[2]),
    ];
    if (!kept || surgery.shape(node.inputs[input])?.length !== 3) return fixed;
    return withAttribute(fixed, name, intAttribute(node, name, 0) * kept.length / before);
  }, node),
];

/** A recurrent layer says how many hidden units it has. */
const hidden: Fixup = (node, surgery) => {
  const kept = surgery.kept(node.inputs[2], 2);
  return [kept ? withAttribute(node, "hidden_size", kept.length) : node];
};

/** A product with codes says how many features it makes, and how many it reads. */
const features: Fixup = (node, surgery) => {
  const [rows, blocks] = [surgery.kept(node.inputs[1], 0), surgery.kept(node.inputs[1], 1)];
  const narrow = rows ? withAttribute(node, "N", rows.length) : node;
  return [blocks ? withAttribute(narrow, "K", blocks.length * intAttribute(node, "block_size", 0)) : narrow];
};

/** Fixes of operators whose attributes say how many groups, heads or features there are. */
export const counts: OperatorTable<Fixup> = {
  Conv: grouped(false),
  ConvTranspose: grouped(true),
  ConvInteger: grouped(false),
  QLinearConv: grouped(false, 3),
  GroupNormalization: groupNorm,
  Attention: heads([0, "q_num_heads"], [1, "kv_num_heads"]),
  RotaryEmbedding: heads([0, "num_heads"]),
  LSTM: hidden,
  GRU: hidden,
  RNN: hidden,
  "com.microsoft:MatMulNBits": features,
};
