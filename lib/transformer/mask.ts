import { RangeError } from "../errors.ts";
import { float32, int64, scalar, type Tensor } from "../tensor/tensor.ts";
import { requireOptions } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { requireConfiguration, stateOf } from "./configuration.ts";
import type { Configuration } from "./elements.ts";
import { insertMasks } from "./insert_masks.ts";
import { type Block, type Transformer, transformerOf } from "./transformer.ts";

/**
 * The model with the elements of a configuration masked: what they compute is multiplied by 0, in the graph,
 * so that gradients are those of the network without them. The weights are untouched, and so is the model
 * that was given: masking is reversible.
 *
 * A block that is gone leaves the residual stream alone, its output bias included; heads and groups that are
 * gone leave that bias, even where all of them are. What stays computes exactly what it did. `remove` makes
 * the same function smaller.
 *
 * @throws RangeError where the configuration names an element that the model does not have; TypeError where
 * it lacks a field
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { vit } from "../nn/vit.ts";
 *
 * const model = vit({ image: 8, patch: 4, layers: 2, heads: 4, hidden: 16, classes: 3 });
 * const removed = ["attention.0.head.2", "feed-forward.1"] as const;
 * const masked = maskElements(model, { groups: 8, k: 30, renormalize: false, removed });
 * assert.equal(masked.graph.nodes.length, model.graph.nodes.length + 2);
 * ```
 */
export function maskElements(model: Model, configuration: Configuration): Model {
  const transformer = transformerOf(model, { groups: configuration?.groups });
  requireConfiguration("mask", transformer, configuration);
  return insertMasks(transformer, (g, block) => {
    const { absent, kept, k } = stateOf(block, configuration);
    const columns = !absent && kept.length < block.parts
      ? float32(columnsOf(block, maskOf(block, kept)))
      : undefined;
    return {
      columns,
      whole: absent ? scalar(0) : undefined,
      k: k === undefined ? undefined : g.ints([k]),
    };
  }, configuration);
}

/** A model whose configuration is fed, so that one session serves any: result of {@linkcode feedMasks}. */
export interface FedMasks {
  /** The model with further inputs. */
  model: Model;
  /** Tensors for these inputs under a configuration. */
  feeds(configuration: Configuration): Tensors;
}

/** More than a sequence is long: every query keeps all its weights. */
const ALL = 2 ** 31 - 1;

/**
 * The model with its configuration as further inputs: of each block `NAME.whole` [], `NAME.parts` [parts],
 * float32 whatever the model computes in, and, in layers that can be hard, `NAME.k` int64 [1]. Their
 * gradients are those of the mask variables.
 *
 * @param options.hard layers whose attention can be hard: sorting takes time also where all weights stay.
 * Default: none
 */
export function feedMasks(
  transformer: Transformer,
  options: { hard?: readonly number[] | undefined; renormalize?: boolean | undefined } = {},
): FedMasks {
  requireOptions("feedMasks", options, { hard: true, renormalize: true });
  const { hard = [], renormalize = false } = options;
  const { blocks } = transformer;
  const canBeHard = ({ product, layer }: Block) => product !== undefined && hard.includes(layer);
  const model = insertMasks(transformer, (g, block) => {
    const { id, parts, partOf } = block;
    return {
      columns: g.gather(g.input(`${id}.parts`, "float32", [parts]), g.constant(int64([...partOf]))),
      whole: g.input(`${id}.whole`, "float32", []),
      k: canBeHard(block) ? g.input(`${id}.k`, "int64", [1]) : undefined,
    };
  }, { renormalize });
  const feeds = (configuration: Configuration): Tensors => {
    requireConfiguration("feed", transformer, configuration);
    const fed: Record<string, Tensor> = {};
    for (const block of blocks) {
      const { absent, kept, k } = stateOf(block, configuration);
      if (k !== undefined && !canBeHard(block)) throw notHard(block, hard);
      fed[`${block.id}.whole`] = scalar(absent ? 0 : 1);
      fed[`${block.id}.parts`] = float32(absent ? maskOf(block, []) : maskOf(block, kept));
      if (canBeHard(block)) fed[`${block.id}.k`] = int64([k ?? ALL]);
    }
    return fed;
  };
  return { model, feeds };
}

function notHard({ layer }: Block, hard: readonly number[]): RangeError {
  const told = hard.length === 0 ? "none" : `layers ${hard.join(", ")}`;
  return new RangeError(
    `Cannot feed hard attention in layer ${layer}: feedMasks was told of ${told}; name the layer in its option hard`,
  );
}

/** 1 for each part that stays, 0 for the others. */
function maskOf({ parts }: Block, kept: readonly number[]): Float32Array {
  const mask = new Float32Array(parts);
  for (const part of kept) mask[part] = 1;
  return mask;
}

/** The mask of parts, column by column of the projection. */
const columnsOf = ({ partOf }: Block, mask: Float32Array): Float32Array =>
  Float32Array.from(partOf, (part) => mask[part]!);
