import { RangeError } from "../../errors.ts";
import { factsOf } from "../../onnx/operators/table.ts";
import { consumers } from "../../onnx/topology.ts";
import type { ChannelGroup, ChannelGroups } from "../channel_groups.ts";

/**
 * How many channels an engine computes at once, by what computes them: a width in between takes as long as
 * the next multiple, or longer.
 */
export interface ChannelBlocks {
  /** Channels that convolutions make and read. */
  convolution: number;
  /** Columns and rows of matrices that are multiplied. */
  product: number;
}

/**
 * Blocks that suit all engines, so that a plan is the same wherever it is made: ONNX Runtime lays 16 channels
 * of a convolution side by side with AVX-512, 8 with AVX2 and fewer elsewhere, and multiplies matrices 16
 * columns at a time; each of them divides 16.
 */
export const PORTABLE_BLOCKS: ChannelBlocks = { convolution: 16, product: 16 };

/**
 * The block that the widths of each group's layers are to be a multiple of: the larger one of its layers';
 * one where nothing multiplies its channels.
 */
export function blockOfGroups({ groups, model }: ChannelGroups, blocks: ChannelBlocks): Map<number, number> {
  const uses = consumers(model.graph);
  const blockOf = (tensor: string) => {
    const convolves = uses.get(tensor)?.some(({ node }) => factsOf(node).convolves);
    return convolves ? blocks.convolution : blocks.product;
  };
  const layers = ({ slots }: ChannelGroup) => slots.filter(({ role }) => role === "out" || role === "in");
  return new Map(
    groups.map((group) => [group.id, Math.max(1, ...layers(group).map(({ tensor }) => blockOf(tensor)))]),
  );
}

/** Parts of blocks: halved so many times, down to one. */
export const partsOf = ({ convolution, product }: ChannelBlocks, halvings: number): ChannelBlocks => ({
  convolution: Math.max(1, Math.floor(convolution / 2 ** halvings)),
  product: Math.max(1, Math.floor(product / 2 ** halvings)),
});

/**
 * Whole numbers of at least 1, or an error.
 *
 * @throws RangeError naming the one that is not
 */
export function requireBlocks(blocks: ChannelBlocks): ChannelBlocks {
  for (const kind of ["convolution", "product"] as const) {
    const value = blocks?.[kind];
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot plan with roundTo { ${kind}: ${value} }: expected a whole number of at least 1 for convolution and ` +
          `for product, as engineBlocks gives them`,
      );
    }
  }
  return blocks;
}
