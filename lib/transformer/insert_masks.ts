import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { sortGraph } from "../onnx/topology.ts";
import { upgradeOpset } from "../onnx/upgrade.ts";
import { floats } from "../tensor/arrays.ts";
import { floatTensor } from "../tensor/float_tensor.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { changeInput } from "./change_input.ts";
import { HARD_OPSET, keepLargest } from "./hard_attention.ts";
import type { Block, Transformer } from "./transformer.ts";

/** Factors of a block: numbers to store, or values of floats; parts that are left out stay as they are. */
export interface BlockMask {
  /** Float32 [1 or columns]: multiplies what the output projection reads, column by column. */
  columns?: Value | Tensor | undefined;
  /** Float32 []: multiplies the block's output with its bias. */
  whole?: Value | Tensor | undefined;
  /** Int64 [1]: how many attention weights each query keeps. */
  k?: Value | undefined;
}

/**
 * The model with multiplications where blocks and their parts may leave. What a mask is made of, inputs or
 * constants, is up to `masksOf`, which may add to the graph; factors take on
 * the type of what they multiply. Models older than hard attention's operators are upgraded.
 */
export function insertMasks(
  { model, blocks }: Transformer,
  masksOf: (g: GraphBuilder, block: Block) => BlockMask,
  { renormalize }: { renormalize: boolean },
): Model {
  const from = upgradeOpset(model, HARD_OPSET);
  const g = new GraphBuilder(from.graph, from.info.opsets);
  for (const block of blocks) {
    const { columns, whole, k } = masksOf(g, block);
    const { product } = block;
    if (k && product) {
      changeInput(g, product.output, product.side, (weights) => keepLargest(g, weights, k, renormalize));
    }
    if (columns) changeInput(g, block.projection, 0, (read) => scaled(g, read, columns));
    if (whole) changeInput(g, block.sum, block.side, (branch) => scaled(g, branch, whole));
  }
  return from.withGraph(sortGraph(g.graph()));
}

/** A value times a factor, in the value's own type: a product has one type. */
function scaled(g: GraphBuilder, value: Value, factor: Value | Tensor): Value {
  const { type = "float32" } = g.info(value);
  if (typeof factor !== "string") {
    return g.mul(value, g.constant(floatTensor(type, floats(factor), factor.dims)));
  }
  return g.mul(value, g.info(factor).type === type ? factor : g.cast(factor, type));
}
