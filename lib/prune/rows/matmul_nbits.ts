import { describe, intAttribute } from "../../onnx/attribute.ts";
import type { OperatorTable } from "../../onnx/operators/table.ts";
import { type Axis, blockOfEach, isOpen, stop, withZero } from "../channels/axis.ts";
import { contract } from "./linear.ts";
import type { ChannelCall, ChannelRow } from "./row.ts";

/** The blocks of weights that a product reads, or why its input features all stay. */
function blocksOf(call: ChannelCall, blocks: number): Axis {
  const { node } = call;
  const [size, columns] = [intAttribute(node, "block_size", 0), intAttribute(node, "K", 0)];
  const axis = call.axis(1, 1, "block");
  if (node.inputs[4]) return stop(axis, `${describe(node)} names the group of each weight`);
  if (blocks === 1) return stop(axis, `${describe(node)} has one scale for all weights of a row`);
  if (blocks * size === columns) return axis;
  return stop(axis, `${describe(node)} has a last block that is not whole, ${columns % size} of ${size}`);
}

/**
 * x: […, K], codes: [N, blocks, bytes], scales: [N, blocks] → […, N].
 *
 * An output feature is a row of all that is stored. Input features leave by whole blocks, which share a
 * scale; where zero points of several blocks share a byte, by as many blocks. Scales are what a mask writes
 * zeros into: whatever the codes are, a weight is exactly zero then.
 */
const matMulNBits: ChannelRow = (call) => {
  const { node, shape } = call;
  const [x, codes, scales] = [0, 1, 2].map((input) => shape(node.inputs[input]));
  const rank = x?.length ?? 0;
  const [, blocks] = codes ?? [];
  if (rank < 1 || codes?.length !== 3 || typeof blocks !== "number" || scales?.length !== 2) {
    const why = `${describe(node)} has codes or scales that are not stored as its rows and blocks`;
    return { outputs: [], consumed: node.inputs.flatMap((_, i) => call.axes(i)).map((a) => stop(a, why)) };
  }
  const [row, block] = [call.axis(1, 0, "out"), blocksOf(call, blocks)];
  const [rowScale, blockScale] = [call.axis(2, 0, "statistic"), call.axis(2, 1, "statistic")];
  const zero = isOpen(rowScale) && rowScale.zero;
  const joins: [Axis, Axis][] = [[row, rowScale], [block, blockScale]];
  const points = shape(node.inputs[3])?.at(-1);
  if (node.inputs[3]) {
    const perByte = points === blocks ? 1 : Math.floor(8 / intAttribute(node, "bits", 4));
    joins.push([row, call.axis(3, 0, "statistic")]);
    joins.push([block, blockOfEach(call.axis(3, 1, "statistic"), blocks, perByte)]);
  }
  const bias = node.inputs[5] ? call.axis(5, 0, "bias") : undefined;
  if (bias) joins.push([row, bias]);
  const inner = blockOfEach(block, intAttribute(node, "K", 0), intAttribute(node, "block_size", 1));
  const summed = contract(call, call.axis(0, -1, "in"), isOpen(inner) ? { ...inner, zero } : inner);
  const batch = call.axes(0).slice(0, -1).map((axis) => withZero(axis, bias === undefined));
  const features = isOpen(row) ? { ...row, zero: zero && (!bias || isOpen(bias) && bias.zero) } : row;
  return {
    outputs: [[...batch, features]],
    joins: [...joins, ...summed.joins],
    consumed: summed.consumed,
  };
};

/** Products with weights in codes. */
export const productsOfCodes: OperatorTable<ChannelRow> = { "com.microsoft:MatMulNBits": matMulNBits };
