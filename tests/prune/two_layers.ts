import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";

const random = seededRandom(2);
/** Normal numbers of a fixed seed, others in every call. */
export const numbers = (...dims: number[]): Tensor =>
  float32(Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()), dims);

/** x: [batch, 3] → hidden: [batch, 8], whose shape the file declares → y: [batch, 4]. */
export function twoLayers(batch: number | string = 2): Model {
  const g = new GraphBuilder("two layers");
  const hidden = g.nodeNamed(["hidden"], "MatMul", [
    g.input("x", "float32", [batch, 3]),
    g.parameter("a", numbers(3, 8)),
  ])[0]!;
  g.output(
    g.nodeNamed(["y"], "MatMul", [g.relu(hidden), g.parameter("b", numbers(8, 4))])[0]!,
  );
  g.declare("hidden", { type: "float32", shape: [batch, 8] });
  return g.model();
}
