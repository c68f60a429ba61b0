/** A transformer as GPT-J has it: attention and feed-forward read the same norm, and are summed. */
import { layerNorm } from "../../lib/nn/layers.ts";
import { projection } from "../../lib/nn/projection.ts";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";

const [HIDDEN, HEADS, NEURONS] = [16, 4, 24];

/** Two layers of 16, 4 heads and 24 neurons, gate and value one projection: x + (attention + mlp). */
export function sideBySide(): Model {
  const random = seededRandom(5, "side by side");
  const g = new GraphBuilder("side_by_side");
  const layer = (x: Value, name: string, from: number, to: number) =>
    projection(g, x, { name, from, to }, { random, zero: false });
  let x = g.transpose(g.reshape(g.input("input", "float32", ["N", 3, 8, 8]), [0, 12, 16]), [0, 2, 1]);
  x = layer(x, "embedding", 12, HIDDEN); // [N, 16, hidden]
  for (const name of ["layers.0", "layers.1"]) {
    const normed = layerNorm(g, x, { name: `${name}.norm`, features: HIDDEN });
    const [query, key, value] = g.split(
      layer(normed, `${name}.qkv`, HIDDEN, 3 * HIDDEN),
      [HIDDEN, HIDDEN, HIDDEN],
      2,
    ).map((part) => g.transpose(g.reshape(part, [0, 16, HEADS, HIDDEN / HEADS]), [0, 2, 1, 3]));
    const weights = g.softmax(g.mul(g.matMul(query!, g.transpose(key!, [0, 1, 3, 2])), 0.5));
    const mixed = g.reshape(g.transpose(g.matMul(weights, value!), [0, 2, 1, 3]), [0, 16, HIDDEN]);
    const [gate, up] = g.split(layer(normed, `${name}.up`, HIDDEN, 2 * NEURONS), [NEURONS, NEURONS], 2);
    x = g.add(
      g.add(
        layer(mixed, `${name}.out`, HIDDEN, HIDDEN),
        layer(g.mul(g.gelu(gate!), up!), `${name}.down`, NEURONS, HIDDEN),
      ),
      x,
    );
  }
  g.output(
    layer(g.reduceMean(layerNorm(g, x, { name: "norm", features: HIDDEN }), [1]), "head", HIDDEN, 2),
    "y",
  );
  return g.model();
}
