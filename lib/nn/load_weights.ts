import { givenInWords, isRecord } from "../given.ts";
import { TypeError } from "../errors.ts";
import { quoted } from "../printable.ts";
import { requireOptions } from "../options.ts";
import { leftOut } from "../formats/left_out.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import type { Model } from "../onnx/model.ts";
import type { AnyTensor, Tensor } from "../tensor/tensor.ts";
import { weightsOf } from "./weights.ts";

/** Settings of {@linkcode loadWeights}. */
export interface LoadWeightsOptions {
  /**
   * The model's name for a name of the checkpoint, after `module.` is taken off; `undefined` drops the
   * tensor.
   */
  rename?: ((name: string) => string | undefined) | undefined;
}

/**
 * Entries that PyTorch stores beside weights and no graph has a use for: the count of training steps of a
 * batch norm, the indices and masks of a Swin transformer.
 */
const BOOKKEEPING = /(^|\.)(num_batches_tracked|relative_position_index|attn_mask)$/;

/** How many names an error lists before it only counts. */
const LISTED = 8;

/**
 * The model with a checkpoint's tensors in place of its own, by name. The prefix `module.`, which PyTorch's
 * DataParallel adds, is taken off, and `num_batches_tracked`, `relative_position_index` and `attn_mask` are
 * passed over.
 *
 * @throws TypeError listing every tensor of the model that the checkpoint lacks, every one of the checkpoint
 * that the model has no place for, and every one of another shape
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Tensor } from "../tensor/tensor.ts";
 * import { encodeSafetensors } from "../formats/safetensors.ts";
 * import { loadCheckpoint } from "../formats/load_checkpoint.ts";
 * import { mlp } from "./mlp.ts";
 *
 * const trained = mlp({ sizes: [2, 3], seed: 7 });
 * const tensors = Object.fromEntries(trained.graph.initializers) as Record<string, Tensor>;
 * const checkpoint = await loadCheckpoint(encodeSafetensors(tensors));
 * const model = loadWeights(mlp({ sizes: [2, 3], seed: 0 }), checkpoint);
 * assert.deepEqual(model.toOnnx(), trained.toOnnx());
 * ```
 */
export function loadWeights(
  original: Model,
  tensors: Readonly<Record<string, Tensor>>,
  options: LoadWeightsOptions = {},
): Model {
  requireOptions("loadWeights", options, { rename: true });
  const { rename = (name) => name } = options;
  if (!isRecord(tensors)) {
    throw new TypeError(
      `Cannot load weights from ${
        givenInWords(tensors)
      }: expected tensors by name, as in loadWeights(model, await ` +
        `loadCheckpoint("weights.pth"))`,
    );
  }
  const model = constantsToInitializers(original);
  const { graph } = model;
  const wanted = new Set(weightsOf(model).map(({ name }) => name));
  const initializers = new Map<string, AnyTensor>(graph.initializers);
  const unused: string[] = [];
  const misfits: string[] = [];
  for (const [key, tensor] of Object.entries(tensors)) {
    if (BOOKKEEPING.test(key)) continue;
    const name = rename(key.replace(/^module\./, ""));
    if (name === undefined) continue;
    const own = graph.initializers.get(name);
    if (own === undefined) unused.push(key);
    else if (own.type !== tensor.type || own.dims.join() !== tensor.dims.join()) {
      misfits.push(
        `${name} is ${own.type}[${own.dims.join(", ")}], given ${tensor.type}[${tensor.dims.join(", ")}]`,
      );
    } else {
      initializers.set(name, tensor);
    }
    wanted.delete(name);
  }
  const unread = Object.entries(leftOut(tensors)).flatMap(([key, why]) => {
    const name = rename(key.replace(/^module\./, ""));
    return name !== undefined && wanted.delete(name) ? [`${name}, of which ${why}`] : [];
  });
  const problems = [
    ...list("left out of what was read", unread),
    ...list("missing from the checkpoint", [...wanted]),
    ...list("with no place in the model", unused),
    ...list("of another type or shape", misfits),
  ];
  if (problems.length > 0) {
    throw new TypeError(
      `Cannot load ${Object.keys(tensors).length} tensors into model ${quoted(graph.name)}: ${
        problems.join("; ")
      }; ` +
        `use the option rename to translate names or to drop tensors`,
    );
  }
  return model.withGraph({ ...graph, initializers });
}

function list(what: string, names: string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : "";
  return [`${names.length} ${what}: ${names.slice(0, LISTED).join(", ")}${more}`];
}
