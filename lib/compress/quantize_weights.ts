import { RangeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { roundEven } from "../tensor/halves.ts";
import { sizeOf, Tensor } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";
import { largestOf, type Quantizable, quantizable, type QuantizeOptions } from "./quantizable.ts";

/**
 * The model with its weights and embeddings rounded to whole multiples of a scale, s = max|w| / 127: still
 * float32, so everything works on it that does on any model, and it computes what the quantised network
 * does. Searches, `prune` and `removeElements` keep the numbers as they are, and so the scales.
 *
 * Weights alone are quantised; activations, norms and biases stay floats. Numbers halfway go to the even
 * neighbour, as in ONNX's Round. Quantising twice changes nothing but the last bit.
 *
 * Source: symmetric linear quantisation as of O. Zafrir, G. Boudoukh, P. Izsak, M. Wasserblat, "Q8BERT:
 * Quantized 8Bit BERT", 2019.
 *
 * @throws RangeError where bits are none, or a weight is not finite
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { weightsOf } from "../nn/weights.ts";
 * import { numbersOf } from "../tensor/tensor.ts";
 *
 * const [weight] = weightsOf(quantizeWeights(mlp({ sizes: [8, 4] }), { bits: 4 }));
 * assert.ok(new Set(numbersOf(weight!.tensor)).size <= 15);
 * ```
 */
export function quantizeWeights(model: Model, options: QuantizeOptions = {}): Model {
  requireOptions("quantizeWeights", options, { bits: true, per: true });
  const stored = constantsToInitializers(model);
  const largest = largestOf(options);
  const initializers = new Map(stored.graph.initializers);
  for (const weight of quantizable(stored, options)) initializers.set(weight.name, rounded(weight, largest));
  return stored.withGraph({ ...stored.graph, initializers });
}

/** A weight on the grid of its scales, in float32 arithmetic as the graph's own. */
function rounded({ name, tensor, axis }: Quantizable, largest: number): Tensor {
  const data = floats(tensor);
  const { dims } = tensor;
  const rows = axis === undefined ? 1 : dims[axis]!;
  const inner = axis === undefined ? data.length : sizeOf(dims.slice(axis + 1));
  const rowOf = (i: number) => Math.floor(i / inner) % rows;
  const most = new Float32Array(rows);
  data.forEach((value, i) => most[rowOf(i)] = Math.max(most[rowOf(i)]!, Math.abs(value)));
  if (!most.every(Number.isFinite)) {
    throw new RangeError(
      `Cannot quantise ${name}: it has weights that are not finite, which would take all others with them; look at ` +
        "what it was read from, or trained with",
    );
  }
  const scales = most.map((value) => value > 0 ? value / largest : 1);
  const onGrid = data.map((value, i) => {
    const scale = scales[rowOf(i)]!;
    const level = roundEven(Math.fround(value / scale));
    return Math.max(-largest, Math.min(largest, level)) * scale;
  });
  return new Tensor("float32", onGrid, dims);
}
