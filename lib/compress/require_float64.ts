import { TypeError } from "../errors.ts";
import type { Model } from "../onnx/model.ts";
import { operatorOf } from "../onnx/operators/table.ts";

/** Operators that ONNX Runtime 1.30 has on the processor in float32, and not in float64. */
const SINGLE_ONLY: ReadonlySet<string> = new Set([
  ...["Conv", "ConvTranspose", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"],
  ...[
    "Elu",
    "Erf",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "LeakyRelu",
    "Mish",
    "PRelu",
    "Selu",
    "Softplus",
    "Softsign",
  ],
  ...["InstanceNormalization", "LRN"],
]);

/** @throws {TypeError} where a model has operators that the engine does not run in float64 */
export function requireFloat64({ graph }: Model): void {
  const [first] = graph.nodes.map(operatorOf).filter((op) => SINGLE_ONLY.has(op));
  if (first === undefined) return;
  throw new TypeError(
    `Cannot run the model in float64: ONNX Runtime has no ${first} of doubles; leave out precision, or give ` +
      '"float32"',
  );
}
