/** Small transformers with what blocks of real ones share, and norms that let channels of the stream go. */
import { layerNorm } from "../../lib/nn/layers.ts";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import type { Tensors } from "../../lib/runtime/runtime.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";

/** What there is to choose in a network of {@linkcode built}. */
export interface Built {
  layers: number;
  heads: number;
  /** Heads of keys and values, each for as many queries. */
  keys: number;
  /** Width of a head. */
  size: number;
  neurons: number;
  /** Norm in front of each block: of layers, or of root mean squares, in the nodes that exporters write. */
  norm: "layer" | "rms";
  /** Whether neurons are products of two projections. */
  gated: boolean;
  /** Whether both blocks of a layer read the same, and are added up before they come to the stream. */
  parallel: boolean;
  /**
   * What all layers share: weights; a computed number for each head; a mask that was expanded to all heads;
   * keys and values of the first layer, whose sizes are asked for in each.
   */
  tie: "nothing" | "weights" | "numbers" | "mask" | "keys";
}

export const PLAIN: Built = {
  layers: 2,
  heads: 4,
  keys: 4,
  size: 3,
  neurons: 10,
  norm: "layer",
  gated: false,
  parallel: false,
  tie: "nothing",
};

const HIDDEN = 8;
const VOCABULARY = 11;

/** A transformer: ids int64 [batch, length] and keep float [batch, length] → logits [batch, length, 3]. */
export function built(options: Partial<Built>): Model {
  const { layers, heads, keys, size, neurons, norm, gated, parallel, tie } = { ...PLAIN, ...options };
  const g = new GraphBuilder("built");
  const ids = g.input("ids", "int64", ["batch", "length"]);
  const keep = g.input("keep", "float32", ["batch", "length"]);
  const weights = new Map<string, Value>();
  const weight = (name: string, dims: number[], middle = 0) => {
    const shared = tie === "weights" ? name.replace(/\.\d+\./, ".0.") : name;
    const random = seededRandom(5, shared);
    const count = dims.reduce((a, b) => a * b);
    const numbers = Array.from({ length: count }, () => random.normal(middle, 0.5));
    const value = weights.get(shared) ?? g.parameter(shared, float32(numbers, dims));
    weights.set(shared, value);
    return value;
  };
  const dense = (x: Value, name: string, from: number, to: number) =>
    g.add(g.matMul(x, weight(`${name}.weight`, [from, to])), weight(`${name}.bias`, [to]));
  const normed = (x: Value, name: string) => {
    if (norm === "layer") return layerNorm(g, x, { name: `${name}.norm`, features: HIDDEN });
    const spread = g.sqrt(g.add(g.reduceMean(g.mul(x, x), [-1]), 1e-6));
    return g.mul(g.div(x, spread), weight(`${name}.norm`, [HIDDEN], 1));
  };
  const mask = g.unsqueeze(g.mul(g.sub(1, keep), -100), [1, 2]); // [batch, 1, 1, length]
  const masks = tie === "mask" ? g.node("Expand", [mask, g.ints([1, heads, 1, 1])])[0]! : mask;
  const sharpness = g.exp(weight("sharpness", [heads, 1, 1]));
  const split = (x: Value, name: string, count: number) =>
    g.transpose(g.reshape(dense(x, name, HIDDEN, count * size), [0, 0, count, size]), [0, 2, 1, 3]);
  const seen: Value[] = [];
  const repeated = (x: Value) => {
    if (keys === heads && tie !== "keys") return x;
    const each = g.unsqueeze(x, [2]); // [batch, keys, 1, length, size]
    const all = g.node("Expand", [each, g.ints([1, 1, heads / keys, 1, 1])])[0]!;
    const sizes = (from: number) => g.node("Shape", [x], { start: from, end: from + 1 })[0]!;
    const count = g.mul(sizes(1), g.ints([heads / keys]));
    return g.reshape(all, g.concat([g.ints([0]), count, sizes(2), g.ints([size])], 0));
  };
  const attention = (x: Value, name: string) => {
    const query = split(x, `${name}.query`, heads);
    if (seen.length === 0 || tie !== "keys") {
      seen.splice(0, 2, ...["key", "value"].map((part) => split(x, `${name}.${part}`, keys)));
    }
    const [key, value] = seen.map(repeated);
    const scores = g.mul(g.matMul(query, g.transpose(key!, [0, 1, 3, 2])), size ** -0.5);
    const sharp = tie === "numbers" ? g.mul(scores, sharpness) : scores;
    const mixed = g.matMul(g.softmax(g.add(sharp, masks)), value!);
    const turned = g.transpose(mixed, [0, 2, 1, 3]);
    // As simplifiers leave it: a reshape that is asked for its size alone.
    const asked = g.node("Shape", [g.reshape(turned, [0, 0, heads * size])], { start: 0, end: 2 })[0]!;
    const side = g.reshape(turned, g.concat([asked, g.ints([heads * size])], 0));
    return dense(side, `${name}.output`, heads * size, HIDDEN);
  };
  const feedForward = (x: Value, name: string) => {
    const inner = g.gelu(dense(x, `${name}.inner`, HIDDEN, neurons));
    const open = gated ? g.mul(inner, dense(x, `${name}.gate`, HIDDEN, neurons)) : inner;
    return dense(open, `${name}.output`, neurons, HIDDEN);
  };
  let x = g.gather(weight("table", [VOCABULARY, HIDDEN]), ids); // [batch, length, hidden]
  for (let i = 0; i < layers; i++) {
    const read = normed(x, `layer.${i}.first`);
    const looked = attention(read, `layer.${i}.attention`);
    if (parallel) x = g.add(g.add(feedForward(read, `layer.${i}.neurons`), looked), x);
    else {
      x = g.add(x, looked);
      x = g.add(x, feedForward(normed(x, `layer.${i}.second`), `layer.${i}.neurons`));
    }
  }
  g.output(dense(normed(x, "last"), "classes", HIDDEN, 3), "logits");
  return g.model();
}

/** Two sequences of 5, the second of 3 and padding. */
export const FEEDS: Tensors = {
  ids: int64(Array.from({ length: 10 }, (_, i) => (i * 7 + 2) % VOCABULARY), [2, 5]),
  keep: float32(Array.from({ length: 10 }, (_, i) => Number(i < 8)), [2, 5]),
};
