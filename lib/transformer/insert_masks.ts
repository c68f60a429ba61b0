import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { sortGraph } from "../onnx/topology.ts";
import { upgradeOpset } from "../onnx/upgrade.ts";
import { changeInput } from "./change_input.ts";
import { keepLargest } from "./hard_attention.ts";
import type { Block, Transformer } from "./transformer.ts";

/** Factors of a block; parts that are left out stay as they are. */
export interface BlockMask {
  /** Float [1 or columns]: multiplies what the output projection reads, column by column. */
  columns?: Value | undefined;
  /** Float []: multiplies the block's output with its bias. */
  whole?: Value | undefined;
  /** Int64 [1]: how many attention weights each query keeps. */
  k?: Value | undefined;
}

/** The operator set that masks are written for, where a model is older. */
const LEAST_OPSET = 13;

/**
 * The model with multiplications where blocks and their parts may leave. What a mask is made of, inputs or
 * constants, is up to `masksOf`, which may add to the graph.
 */
export function insertMasks(
  { model, blocks }: Transformer,
  masksOf: (g: GraphBuilder, block: Block) => BlockMask,
  { renormalize }: { renormalize: boolean },
): Model {
  const from = (model.info.opsets[""] ?? 1) < LEAST_OPSET ? upgradeOpset(model, LEAST_OPSET) : model;
  const g = new GraphBuilder(from.graph, from.info.opsets);
  for (const block of blocks) {
    const { columns, whole, k } = masksOf(g, block);
    const { product } = block;
    if (k && product) {
      changeInput(g, product.output, product.side, (weights) => keepLargest(g, weights, k, renormalize));
    }
    if (columns) changeInput(g, block.projection, 0, (read) => g.mul(read, columns));
    if (whole) changeInput(g, block.sum, block.side, (branch) => g.mul(branch, whole));
  }
  return from.withGraph(sortGraph(g.graph()));
}
