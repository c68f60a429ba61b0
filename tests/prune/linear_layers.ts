import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

/** Linear layers of the given widths, each followed by a Relu; the weights of the first may be given. */
export function linearLayers(widths: readonly number[], weights?: readonly number[]): Model {
  const g = new GraphBuilder("mlp");
  const random = seededRandom(3);
  let [x] = [g.input("x", "float32", ["N", widths[0]!])];
  for (let i = 1; i < widths.length; i++) {
    const [from, to] = [widths[i - 1]!, widths[i]!];
    const data = weights && i === 1 ? weights : Array.from({ length: from * to }, () => random.normal());
    x = g.node("MatMul", [x, g.parameter(`w${i}`, float32(data, [from, to]))])[0]!;
    x = g.node("Relu", [x])[0]!;
  }
  g.output(x, "y");
  return g.model();
}
