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
 * How many blocks share a place among the zero points; `undefined` where these are not stored as rows in
 * which a byte has those of whole blocks.
 */
function blocksPerPoint(call: ChannelCall, blocks: number): number | undefined {
  const bits = intAttribute(call.node, "bits", 4);
  const points = call.shape(call.node.inputs[3]);
  if (points?.length !== 2) return undefined;
  if (points[1] === blocks) return 1;
  const perByte = 8 / bits;
  return Number.isInteger(perByte) && points[1] === Math.ceil(blocks / perByte) ? perByte : undefined;
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
  const rows = rank > 0 && codes?.length === 3 && typeof blocks === "number" && scales?.length === 2;
  const perPoint = rows && node.inputs[3] ? blocksPerPoint(call, blocks) : 1;
  if (!rows || perPoint === undefined) {
    const what = rows ? "zero points" : "codes or scales";
    const why = `${describe(node)} has ${what} that are not stored as its rows and blocks`;
    return { outputs: [], consumed: node.inputs.flatMap((_, i) => call.axes(i)).map((a) => stop(a, why)) };
  }
  const [row, block] = [call.axis(1, 0, "out"), blocksOf(call, blocks)];
  const [rowScale, blockScale] = [call.axis(2, 0, "statistic"), call.axis(2, 1, "statistic")];
  const zero = isOpen(rowScale) && rowScale.zero;
  const joins: [Axis, Axis][] = [[row, rowScale], [block, blockScale]];
  if (node.inputs[3]) {
    joins.push([row, call.axis(3, 0, "statistic")]);
    joins.push([block, blockOfEach(call.axis(3, 1, "statistic"), blocks, perPoint)]);
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
