import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { floatTensor } from "../tensor/float_tensor.ts";

/** The oldest operator set with all that hard attention is made of, as it is written here. */
export const HARD_OPSET = 13;

/**
 * Hard attention: of each row the k largest weights as they are, the others 0; of equal ones the first. A
 * row of at most k weights stays whole.
 *
 * The softmax before it is exact, and the weights that stay are not changed, as in the released code of
 * Nagarajan et al., "AxFormer", 2022; with `renormalize` they are scaled up to sum to 1. Gradients go to the
 * weights that stay.
 *
 * The graph is of operator set 13 or newer; weights are floats of any size.
 *
 * @param weights attention weights after the softmax, […, queries, keys]
 * @param k int64 [1], a constant or an input of the graph
 */
export function keepLargest(g: GraphBuilder, weights: Value, k: Value, renormalize: boolean): Value {
  const { type } = g.info(weights);
  // Nothing finds the largest of bfloat16s; float32 has all of them.
  if (type === "bfloat16") {
    return g.cast(keepLargest(g, g.cast(weights, "float32"), k, renormalize), "bfloat16");
  }
  const keys = g.node("Shape", [weights])[0]!;
  const last = g.gather(keys, g.ints([-1]));
  const [values, places] = g.node("TopK", [weights, g.min(k, last)], { axis: -1 }, { outputs: 2 });
  const zeros = g.mul(weights, g.constant(floatTensor(type, [0], [])));
  const kept = g.scatterElements(zeros, places!, values!, -1);
  if (!renormalize) return kept;
  return g.div(kept, g.reduceSum(values!, [-1]));
}

/**
 * Multiply-adds that hard attention saves in a layer: the part of the products of weights and values that is
 * zero. Scores and softmax are still needed for each pair, and an engine that multiplies by zero saves
 * nothing at all.
 *
 * @param tokens length of the sequence
 */
export function hardAttentionSavings(
  { tokens, heads, headWidth, k }: { tokens: number; heads: number; headWidth: number; k: number },
): number {
  return heads * headWidth * tokens * (tokens - Math.min(k, tokens));
}
