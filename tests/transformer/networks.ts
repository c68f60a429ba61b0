import { loadModel } from "../../lib/io/load_model.ts";
import { bert, distilbert } from "../../lib/nn/bert.ts";
import { vit } from "../../lib/nn/vit.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import type { Tensors } from "../../lib/runtime/runtime.ts";
import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";
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
