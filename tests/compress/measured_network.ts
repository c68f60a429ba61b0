/** A network whose losses by rounding are measured. */
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

export const random = seededRandom(5, "measured");

export const drawn = (dims: number[]) =>
  float32(Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()), dims);

export function network(): Model {
  const g = new GraphBuilder("network");
  const x = g.input("x", "float32", ["n", 6]);
  const hidden = g.relu(g.matMul(x, g.parameter("0.weight", drawn([6, 8]))));
  g.output(g.matMul(hidden, g.parameter("1.weight", drawn([8, 5]))), "logits");
  return g.model();
}
