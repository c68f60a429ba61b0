import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { float32, int64 } from "../../../lib/tensor/tensor.ts";

/** A graph with constants of several kinds, and a node whose output nobody needs. */
export function graphWithConstants(): Model {
  const g = new GraphBuilder("constants");
  const x = g.input("x", "float32", ["N", 3]);
  const w = g.parameter("w", float32([1, 2, 3, 4, 5, 6], [2, 3]));
  const shape = g.constant(int64([3, 2]));
  const ones = g.constantOfShape(shape, float32([2]));
  const transposed = g.transpose(g.identity(w), [1, 0]);
  g.output(g.matMul(x, g.add(transposed, ones)), "y");
  g.relu(x); // dead
  return g.model();
}
