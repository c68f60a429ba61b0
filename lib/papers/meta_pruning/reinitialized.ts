import { kaimingUniform } from "../../nn/init.ts";
import { weightsOf } from "../../nn/weights.ts";
import type { Model } from "../../onnx/model.ts";
import { float32, type Tensor } from "../../tensor/tensor.ts";
import { seededRandom } from "../../random.ts";

/**
 * The model with new weights, as PyTorch draws them: uniform within ±1/√(inputs) for layers, 0 for biases;
 * scales and statistics as in a new norm. What is left when only the widths of a pruned network are kept.
 */
export function reinitialized(model: Model, seed: number): Model {
  const random = seededRandom(seed, "again");
  const initializers = new Map(model.graph.initializers);
  for (const { name, role, tensor } of weightsOf(model)) initializers.set(name, fresh(name, role, tensor));
  return model.withGraph({ ...model.graph, initializers });

  function fresh(name: string, role: string, { dims, size }: Tensor): Tensor {
    if (role === "weight" || role === "embedding") return kaimingUniform(dims, random.split(name));
    const one = role === "scale" || (role === "statistic" && /var/i.test(name));
    const value = role === "slope" ? 0.25 : Number(one);
    return float32(new Float32Array(size).fill(value), dims);
  }
}
