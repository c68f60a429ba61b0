import { requireMasks } from "./require_masks.ts";
import { requireModel } from "../onnx/require_model.ts";
import { TypeError } from "../errors.ts";
import { requireOptions, requireWords } from "../options.ts";
import { weightsOf } from "../nn/weights.ts";
import type { Model } from "../onnx/model.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { quoted } from "../printable.ts";
import { type AnyTensor, isTensor, sizeOf, Tensor, tensorOf } from "../tensor/tensor.ts";
import { arrayOf, float32Of, floats } from "../tensor/arrays.ts";
import type { Mask, Masks } from "../train/weight_mask.ts";
import { isPrunable } from "./is_prunable.ts";
import { forDropped, keptCount, maskOfNonZeros, maskWithout, zeroMasked } from "./mask_bits.ts";
import { forPrunedSet, type PrunedSetRule, prunedSetRule } from "./pruned_set.ts";

/** Masks of layers without each layer's pruned set; a layer's `weights` are flat, in storage order. */
export function masksByMagnitude(
  layers: readonly { name: string; dims: readonly number[]; weights: Float32Array }[],
  rule: PrunedSetRule,
): Masks {
  return Object.fromEntries(
    layers.map(({ name, dims, weights }) => [
      name,
      maskWithout(dims, (drop) => forPrunedSet(weights, rule, drop)),
    ]),
  );
}

/**
 * Masks of layers without the weights whose mark is not 0 (a byte per weight, in storage order), or, where
 * none is, without each layer's pruned set.
 */
export function masksByMarks(
  layers: readonly { name: string; dims: readonly number[]; weights: Float32Array; marks: Uint8Array }[],
  rule: PrunedSetRule,
): Masks {
  if (!layers.some(({ marks }) => marks.includes(1))) return masksByMagnitude(layers, rule);
  return Object.fromEntries(
    layers.map(({ name, dims, marks }) => [
      name,
      maskWithout(dims, (drop) => marks.forEach((marked, i) => marked && drop(i))),
    ]),
  );
}

/**
 * The masks that a cut of a model by magnitude would give: `sparsity` of each prunable weight tensor goes,
 * or, with scope `"global"`, of all of them together, the smallest first. Weights of other floats are ranked
 * as float32.
 *
 * @throws RangeError where the sparsity is not within 0 and 1, or the scope is none
 */
export function magnitudeMasks(
  model: Model,
  sparsity: number,
  options: { scope?: "layer" | "global" } = {},
): Masks {
  requireOptions("magnitudeMasks", options, { scope: true });
  const { scope = "layer" } = options;
  requireWords("cut by magnitude", { scope }, { scope: { layer: true, global: true } });
  const layers = weightsOf(model).filter(isPrunable).map(({ name, tensor }) => ({
    name,
    dims: tensor.dims,
    weights: float32Of(tensor),
  }));
  const rule = prunedSetRule("magnitude", sparsity);
  return scope === "layer" ? masksByMagnitude(layers, rule) : globalMasks(layers, rule);
}

/** Masks without the pruned set of all layers together. */
function globalMasks(
  layers: readonly { name: string; dims: readonly number[]; weights: Float32Array }[],
  rule: PrunedSetRule,
): Masks {
  const all = new Float32Array(layers.reduce((sum, { weights }) => sum + weights.length, 0));
  let end = 0;
  for (const { weights } of layers) all.set(weights, (end += weights.length) - weights.length);
  const goes = new Uint8Array(all.length);
  forPrunedSet(all, rule, (index) => goes[index] = 1);
  let start = 0;
  return Object.fromEntries(layers.map(({ name, dims, weights: { length } }) => {
    const own = goes.subarray(start, start += length);
    return [name, maskWithout(dims, (drop) => own.forEach((gone, i) => gone && drop(i)))];
  }));
}

/**
 * Masks of the zeros that a model has: of each prunable float32 weight tensor with zeros, which of its
 * weights are not zero. With `fixedMasks`, what a pruned model is trained further with.
 */
export function nonZeroMasks(model: Model): Masks {
  return Object.fromEntries(
    weightsOf(model).filter((weight) => isPrunable(weight) && weight.tensor.type === "float32").flatMap(
      ({ name, tensor }) => {
        const weights = floats(tensor);
        return weights.includes(0) ? [[name, maskOfNonZeros(tensor.dims, weights)]] : [];
      },
    ),
  );
}

/**
 * A model's weights, of any floats that arrays hold, with the masks' zeros; the original stays as it is.
 * Where weights are constants that the file holds in nodes, all of these are stored as tensors.
 *
 * @throws TypeError where a mask is not of the model, or of numbers that are no such floats
 */
export function maskWeights(model: Model, masks: Masks): Model {
  requireModel(model);
  requireMasks("call maskWeights", masks);
  const isStored = (name: string) => model.graph.initializers.has(name);
  const { graph } = Object.keys(masks).every(isStored) ? model : constantsToInitializers(model);
  const initializers = new Map(graph.initializers);
  for (const [name, mask] of Object.entries(masks)) {
    const tensor = initializers.get(name);
    requireDims(`mask ${quoted(name)}`, mask.dims, tensor?.dims);
    initializers.set(name, masked(tensor!, mask));
  }
  return model.withGraph({ ...graph, initializers });
}

/** A tensor without the weights that a mask drops. */
function masked(tensor: AnyTensor, mask: Mask): Tensor {
  if (isTensor(tensor) && (tensor.type === "float16" || tensor.type === "float64")) {
    const weights = arrayOf(tensor).slice();
    forDropped(mask, (i) => weights[i] = 0);
    return tensorOf(tensor.type, weights, tensor.dims);
  }
  const weights = floats(tensor).slice();
  zeroMasked(weights, mask);
  return new Tensor("float32", weights, tensor.dims);
}

/** How much of a model is zero, by both ways of counting. */
export interface Sparsity {
  /** Weights that the masks keep. */
  kept: number;
  /** Share of the masked tensors' weights that are zero: what papers call the pruning ratio. */
  ofMasked: number;
  /** Share of all the model's learned numbers (biases, norms and tables too) that are zero by the masks. */
  ofModel: number;
  /** Size, weights kept and share of zeros of each masked tensor. */
  layers: { name: string; size: number; kept: number; sparsity: number }[];
}

/**
 * Counts what masks leave of a model; without masks nothing is zero.
 *
 * @throws TypeError where a mask is not of the model
 */
export function sparsityOf(model: Model, masks: Masks): Sparsity {
  requireModel(model);
  requireMasks("call sparsityOf", masks);
  const { initializers } = constantsToInitializers(model).graph;
  for (const [name, { dims }] of Object.entries(masks)) {
    requireDims(`count what the mask of ${quoted(name)} keeps`, dims, initializers.get(name)?.dims);
  }
  const layers = Object.entries(masks).map(([name, mask]) => {
    const [size, kept] = [sizeOf(mask.dims), keptCount(mask)];
    return { name, size, kept, sparsity: size === 0 ? 0 : 1 - kept / size };
  });
  const masked = layers.reduce((sum, { size }) => sum + size, 0);
  const kept = layers.reduce((sum, layer) => sum + layer.kept, 0);
  const learned = weightsOf(model).filter(({ role }) => role !== "statistic")
    .reduce((sum, { tensor }) => sum + sizeOf(tensor.dims), 0);
  return {
    kept,
    ofMasked: masked === 0 ? 0 : 1 - kept / masked,
    ofModel: learned === 0 ? 0 : (masked - kept) / learned,
    layers,
  };
}

function requireDims(
  action: string,
  expected: readonly number[],
  found: readonly number[] | undefined,
): asserts found is readonly number[] {
  if (found?.join() === expected.join()) return;
  throw new TypeError(
    `Cannot ${action}: expected a tensor of shape [${expected.join(", ")}] in the model, found ${
      found ? `one of shape [${found.join(", ")}]` : "none"
    }`,
  );
}

/**
 * Share of the weights that stay in `now` but did not in `before`: 0 where nothing was exchanged.
 *
 * @throws TypeError where `before` lacks a tensor, or has it in another shape
 */
export function maskChurn(before: Masks, now: Masks): number {
  requireMasks("call maskChurn", before);
  requireMasks("call maskChurn", now);
  let [kept, entered] = [0, 0];
  for (const [name, mask] of Object.entries(now)) {
    const earlier = before[name];
    if (earlier?.dims.join() !== mask.dims.join()) {
      throw new TypeError(
        `Cannot compare masks of ${quoted(name)}: expected one of [${
          mask.dims.join(", ")
        }] from before, found ${
          earlier ? `one of [${earlier.dims.join(", ")}]` : "none"
        }; give masks of one model`,
      );
    }
    kept += keptCount(mask);
    entered += keptCount({ ...mask, bits: mask.bits.map((byte, i) => byte & ~earlier.bits[i]!) });
  }
  return kept === 0 ? 0 : entered / kept;
}
