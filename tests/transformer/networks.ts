import { loadModel } from "../../lib/io/load_model.ts";
import { bert, distilbert } from "../../lib/nn/bert.ts";
import { vit } from "../../lib/nn/vit.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import type { Tensors } from "../../lib/runtime/runtime.ts";
import { floatTensor } from "../../lib/tensor/float_tensor.ts";
import { type DataType, float32, int64, sizeOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { sideBySide } from "./side_by_side.ts";
import type { Configuration, ElementId } from "../../lib/transformer/mod.ts";

/** Transformers with two layers of 16, 4 heads and 24 neurons: exported by both of PyTorch's exporters, and our own. */
export const NETWORKS: readonly string[] = [
  ...["bert", "distilbert", "vit", "gpt2"].flatMap((name) => [`${name}_script`, `${name}_dynamo`]),
  "our bert",
  "our distilbert",
  "our vit",
  "side by side",
];

const SMALL = { layers: 2, hidden: 16, heads: 4 };

/** A network of the list; weights and biases of ours are shaken, so that every one matters. */
export async function network(name: string): Promise<Model> {
  const text = { ...SMALL, vocabulary: 30, positions: 16, neurons: 24 };
  if (name === "our bert") return shaken(bert(text));
  if (name === "our distilbert") return shaken(distilbert(text));
  if (name === "our vit") return shaken(vit({ ...SMALL, mlp: 24, image: 8, patch: 4, classes: 2 }));
  if (name === "side by side") return shaken(sideBySide());
  return await loadModel(new URL(`../fixtures/transformers/${name}.onnx`, import.meta.url));
}

/** The model with random numbers in every weight. */
export function shaken(model: Model): Model {
  const initializers = new Map([...model.graph.initializers].map(([name, tensor]) => {
    if (tensor.type !== "float32" || name.startsWith("const")) return [name, tensor];
    const random = seededRandom(3, name);
    const size = (tensor as Tensor).data.length;
    const middle = /norm.*weight|ln.*weight/i.test(name) ? 1 : 0;
    return [name, float32(Array.from({ length: size }, () => random.normal(middle, 0.3)), tensor.dims)];
  }));
  return model.withGraph({ ...model.graph, initializers });
}

/** Inputs for a network of the list: texts of odd length, the second with padding, or images. */
export function feedsFor({ graph }: Model, seed = 1): Tensors {
  const random = seededRandom(seed, "feeds");
  return Object.fromEntries(
    graph.inputs.filter((name) => !graph.initializers.has(name)).map((name): [string, Tensor] => {
      if (graph.values.get(name)?.type === "float32") {
        return [name, float32(Array.from({ length: 2 * 3 * 64 }, () => random.normal()), [2, 3, 8, 8])];
      }
      const token = (i: number) =>
        name === "attention_mask" ? Number(i < 12) : name === "token_type_ids" ? i % 2 : random.integer(30);
      return [name, int64(Array.from({ length: 14 }, (_, i) => token(i)), [2, 7])];
    }),
  );
}

/** Some elements gone, each with a probability. */
export function someOf(elements: readonly ElementId[], probability: number, random: Random): ElementId[] {
  return elements.filter(() => random.uniform() < probability);
}

/** A configuration of 6 groups in which hard attention keeps 3. */
export function configured(removed: readonly ElementId[], renormalize = false): Configuration {
  return { groups: 6, k: 3, renormalize, removed };
}

/** Weights by name, as numbers that may be changed. */
export function edited(
  model: Model,
  change: (name: string, data: Float32Array, dims: readonly number[]) => void,
): Model {
  const initializers = new Map([...model.graph.initializers].map(([name, tensor]) => {
    if (tensor.type !== "float32") return [name, tensor];
    const data = Float32Array.from((tensor as Tensor).data as Float32Array);
    change(name, data, tensor.dims);
    return [name, float32(data, tensor.dims)];
  }));
  return model.withGraph({ ...model.graph, initializers });
}

/** How {@linkcode plain} is written. */
export interface PlainOptions {
  /** Version of the operator set, from 11 on. Default 17. */
  opset?: number;
  /** Type of floats that it computes in. Default float32. */
  type?: DataType;
}

/**
 * One layer of 8 dimensions, 2 heads and 12 neurons without norms, in operators that all operator sets from
 * 11 on have alike: `x` float32 [batch, tokens, 8], cast to the type → `y` float32, cast back.
 */
export function plain({ opset = 17, type = "float32" }: PlainOptions = {}): Model {
  const g = new GraphBuilder("plain", { "": opset });
  const stored = (name: string, dims: number[]) => {
    const random = seededRandom(5, name);
    const numbers = Array.from({ length: sizeOf(dims) }, () => random.normal(0, 0.5));
    return g.parameter(name, floatTensor(type, numbers, dims));
  };
  const dense = (x: string, name: string, from: number, to: number) =>
    g.add(g.matMul(x, stored(`${name}.weight`, [from, to])), stored(`${name}.bias`, [to]));
  const x = g.cast(g.input("x", "float32", ["batch", "tokens", 8]), type);
  const split = (name: string) => g.transpose(g.reshape(dense(x, name, 8, 8), [0, 0, 2, 4]), [0, 2, 1, 3]);
  const scores = g.matMul(split("query"), g.transpose(split("key"), [0, 1, 3, 2]));
  const mixed = g.reshape(g.transpose(g.matMul(g.softmax(scores), split("value")), [0, 2, 1, 3]), [0, 0, 8]);
  const attended = g.add(x, dense(mixed, "mixed", 8, 8));
  const inner = g.relu(dense(attended, "inner", 8, 12));
  g.output(g.cast(g.add(attended, dense(inner, "outer", 12, 8)), "float32"), "y");
  return g.model();
}

/** An input of {@linkcode plain}: two texts of five tokens. */
export function plainFeeds(): Tensors {
  const random = seededRandom(6, "x");
  return { x: float32(Array.from({ length: 2 * 5 * 8 }, () => random.normal()), [2, 5, 8]) };
}
