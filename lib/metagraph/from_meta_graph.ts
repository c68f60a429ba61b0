import { TypeError } from "../errors.ts";
import { Tensor, tensorOf } from "../tensor/tensor.ts";
import { arrayOf, float32Of, floats } from "../tensor/arrays.ts";
import type { Model } from "../onnx/model.ts";
import { bitsOf, copyBlock, eachFeature, equalBits, isBlockUse, startOfRun } from "./read_blocks.ts";
import type { BlockUse, MetaGraph, NodeUse } from "./meta_graph.ts";
import { normalForm } from "./normal_form.ts";

/**
 * The model with the numbers of a graph in place of its own: the inverse of {@linkcode metaGraph}, bit for
 * bit.
 *
 * Elements that the graph does not hold keep their values. Where several features hold the same element
 * (weights that layers share), it gets their mean, and stays as it is where all of them agree that it should.
 * Numbers of a half-precision model are rounded to its precision. A graph with unchanged features gives back
 * the same model.
 *
 * @throws TypeError where the graph was made from a model with other tensors
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { metaGraph } from "./to_meta_graph.ts";
 *
 * const model = mlp({ sizes: [4, 8, 2] });
 * assert.equal(fromMetaGraph(model, metaGraph(model)), model);
 * ```
 */
export function fromMetaGraph(model: Model, graph: MetaGraph): Model {
  const base = normalForm(model);
  const initializers = new Map(base.graph.initializers);
  let changed = false;
  for (const [name, entry] of graph.manifest) {
    if (entry.state === "passed") continue;
    const tensor = initializers.get(name);
    if (tensor === undefined || "bytes" in tensor || tensor.dims.join() !== entry.dims.join()) {
      throw new TypeError(
        `Cannot write the graph of "${graph.name}" into model "${model.graph.name}": the graph holds a tensor ` +
          `"${name}" [${entry.dims.join(", ")}], the model ${
            tensor ? `has [${tensor.dims.join(", ")}]` : "has none"
          }; ` +
          `give the model that metaGraph was called with, or one of the same architecture`,
      );
    }
    const written = write(tensor, entry.uses, graph);
    if (written === tensor) continue;
    initializers.set(name, written);
    changed = true;
  }
  return changed ? base.withGraph({ ...base.graph, initializers }) : model;
}

/** The tensor with the numbers that the graph holds of it; the same one where they are its own. */
function write(
  tensor: Tensor,
  uses: readonly (BlockUse | NodeUse)[],
  graph: MetaGraph,
): Tensor {
  const [only] = uses;
  if (uses.length === 1 && isBlockUse(only!) && tensor.type === "float32") {
    const { features } = graph.blocks[only.block]!;
    if (startOfRun(only) === 0 && features.size === tensor.size) {
      const [ours, theirs] = [floats(tensor), floats(features)];
      const same = ours.buffer === theirs.buffer && ours.byteOffset === theirs.byteOffset;
      return same || equalBits(bitsOf(tensor), bitsOf(features))
        ? tensor
        : new Tensor("float32", theirs, tensor.dims);
    }
  }
  const before = new Tensor("float32", float32Of(tensor), tensor.dims);
  const [old, bits] = [bitsOf(before), bitsOf(before).slice()];
  const numbers = new Float32Array(bits.buffer);
  /** How many features were written to each element, where there may be several. */
  const counts = uses.length > 1 ? new Uint16Array(bits.length) : undefined;
  for (const use of uses) {
    const { features } = isBlockUse(use) ? graph.blocks[use.block]! : graph.layers[use.layer]!;
    const [given, values] = [bitsOf(features), floats(features)];
    if (counts === undefined && isBlockUse(use)) {
      copyBlock(bits, given, use, "to elements");
      continue;
    }
    const put = (feature: number, element: number) => {
      const earlier = counts?.[element] ?? 0;
      if (counts) counts[element] = earlier + 1;
      if (earlier === 0) bits[element] = given[feature]!;
      else if (bits[element] !== given[feature]) {
        numbers[element] = numbers[element]! + (values[feature]! - numbers[element]!) / (earlier + 1);
      }
    };
    if (isBlockUse(use)) eachFeature(use, put);
    else {
      const slots = features.dims[1]!;
      use.elements.forEach((element, k) => put(use.channels[k]! * slots + use.slot, element));
    }
  }
  if (equalBits(bits, old)) return tensor;
  return tensor.type === "float32"
    ? new Tensor("float32", numbers, tensor.dims)
    : narrowed(tensor, numbers, (i) => bits[i] === old[i]);
}

/** Numbers in another precision; those that did not change are kept as they are. */
function narrowed(tensor: Tensor, numbers: Float32Array, unchanged: (i: number) => boolean): Tensor {
  const data = arrayOf(tensor).slice();
  numbers.forEach((number, i) => {
    if (!unchanged(i)) data[i] = number;
  });
  return tensorOf(tensor.type, data, tensor.dims);
}
