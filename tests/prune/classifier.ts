import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import { Tensor } from "../../lib/tensor/tensor.ts";

const random = seededRandom(8);
/** Normal numbers of a fixed seed, others in every call. */
export const normal = (...dims: number[]) =>
  new Tensor(
    "float32",
    Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()),
    dims,
  );

/** A hidden layer, of eight, x: [N, 3] → y: [N, 2]: the model, and the graph that it was made of, once more. */
export function classifier(hidden = 8): { model: Model; build: () => [GraphBuilder, string] } {
  const [a, b] = [normal(3, hidden), normal(hidden, 2)];
  const build = (): [GraphBuilder, string] => {
    const g = new GraphBuilder("classifier");
    const inside = g.relu(g.matMul(g.input("x", "float32", ["N", 3]), g.parameter("a", a)));
    return [g, g.matMul(inside, g.parameter("b", b))];
  };
  const [g, y] = build();
  g.output(y, "y");
  return { model: g.model(), build };
}
