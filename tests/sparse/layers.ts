import { Tensor } from "../../lib/tensor/tensor.ts";
import type { SparseLayer } from "../../lib/sparse/method.ts";

/** A layer as a method is given it, around these weights. */
export function sparseLayer(name: string, dims: readonly number[], weights: Float32Array): SparseLayer {
  return {
    name,
    dims,
    tensor: new Tensor("float32", weights, dims),
    weights,
    decay: new Float32Array(weights.length),
    marks: new Uint8Array(weights.length),
  };
}
