import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import { float32 } from "../../tensor/tensor.ts";
import type { FieldVectors, Interaction } from "./interaction.ts";

/**
 * Factorisation machine: bias + first-order sum + inner products of all pairs of vectors.
 *
 * Source: Rendle, "Factorization machines", ICDM 2010, equation 1.
 */
export function fm(): Interaction {
  return {
    name: "FM",
    linear: true,
    build: (g, vectors, { linear }) => g.add(firstOrder(g, linear!), pairs(g, vectors)),
    cut: (weights) => weights,
  };
}

/** The first-order sum with the bias of the whole. */
export function firstOrder(g: GraphBuilder, sum: Value): Value {
  // Looked up, so that it is learned as a table is: one number beside no layer would pass for a constant.
  return g.add(sum, g.gather(g.parameter("bias", float32([0])), g.ints([0])));
}

/** Σ ⟨zᵢ, zⱼ⟩ over pairs i < j, [N], by half of the square of the sum less the sum of squares. */
export function pairs(g: GraphBuilder, vectors: FieldVectors): Value {
  const z = vectors.stacked();
  const sum = g.reduceSum(z, [1], { keepdims: false });
  const squares = g.reduceSumSquare(z, [1], { keepdims: false });
  return g.mul(g.reduceSum(g.sub(g.mul(sum, sum), squares), [1], { keepdims: false }), 0.5);
}
