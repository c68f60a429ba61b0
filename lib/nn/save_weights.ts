import { TypeError } from "../errors.ts";
import { encodePytorch } from "../formats/pytorch/encode_pytorch.ts";
import { encodeSafetensors } from "../formats/safetensors.ts";
import { requireEnding } from "../files/require_ending.ts";
import { pathOf, replaceFiles } from "../files/replace_files.ts";
import type { Model } from "../onnx/model.ts";
import { requireOptions } from "../options.ts";
import { quoted } from "../printable.ts";
import type { AnyTensor } from "../tensor/tensor.ts";
import { otherWeightsOf, weightsOf } from "./weights.ts";

/** What was cut of one tensor. */
export interface TensorCut {
  /** Shape before. */
  was: readonly number[];
  /** Shape that is left. */
  shape: readonly number[];
  /** Positions before that stay, ascending, by axis: those of the axes along which some went. */
  kept: Readonly<Record<string, readonly number[]>>;
  /**
   * Where nothing of it is left: what it left with, a whole block or a whole expert. Its `shape` is then that
   * of zeros which could stand there.
   */
  goneWith?: "blocks" | "experts";
}

/** What was cut of each tensor that lost something, by name: made by `cutsOf`. */
export type Cuts = Readonly<Record<string, TensorCut>>;

/** Settings of {@linkcode saveWeights}. */
export interface SaveWeightsOptions {
  /** What was cut where, written beside the weights: `x.json` beside `x.pth`. Default: no such file. */
  cuts?: Cuts | undefined;
}

/** The version of the JSON file's layout. */
const FORMAT = "espalier cuts 1";

/** Kinds of files by the ends of their names. */
const KINDS: readonly { end: string; encode: (tensors: Record<string, AnyTensor>) => Uint8Array }[] = [
  {
    end: ".safetensors",
    encode: (tensors) => encodeSafetensors(tensors, { metadata: { format: "pt" } }),
  },
  { end: ".pth", encode: encodePytorch },
  { end: ".pt", encode: encodePytorch },
];

/**
 * Writes a model's weights by their names, those that the model was loaded by, for Python: `.safetensors`, or
 * `.pth` as `torch.load` reads it. Statistics of batch norms are among them; constants of the graph are not.
 * With `cuts`, a JSON file beside it says what was cut where, from which `docs/to_pytorch.md` makes a module
 * of the right sizes.
 *
 * @throws RangeError where the path ends in none of these
 * @throws TypeError where the model stores no weights, or one of a type that the file cannot hold, or in
 * codes, which mean nothing without the graph
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadCheckpoint } from "../formats/load_checkpoint.ts";
 * import { mlp } from "./mlp.ts";
 *
 * const folder = await Deno.makeTempDir();
 * await saveWeights(mlp({ sizes: [4, 8, 2] }), `${folder}/weights.pth`);
 * const { "0.weight": weight } = await loadCheckpoint(`${folder}/weights.pth`);
 * assert.deepEqual(weight!.dims, [8, 4]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function saveWeights(
  model: Model,
  path: string | URL,
  options: SaveWeightsOptions = {},
): Promise<void> {
  requireOptions("saveWeights", options, { cuts: true });
  const target = requireEnding(pathOf(path, "weights"), {
    does: "save weights",
    endings: KINDS.map(({ end }) => end),
    elsewhere: "a whole model is written by saveModel (.onnx)",
  });
  const kind = KINDS.find(({ end }) => target.toLowerCase().endsWith(end))!;
  requireOwnWeights(model);
  const weights = Object.fromEntries(
    [...weightsOf(model), ...otherWeightsOf(model)].map(({ name, tensor }) => [name, tensor]),
  );
  const json = options.cuts && describedCuts(options.cuts, weights);
  await replaceFiles([
    ...json ? [[cutsPath(target), [json]] as const] : [],
    [target, [kind.encode(weights)]],
  ]);
}

/**
 * Refuses a model whose weights cannot stand alone.
 *
 * @throws TypeError where one is stored in codes, or in a type that no file of weights holds, or there is
 * none
 */
export function requireOwnWeights(model: Model): void {
  const others = otherWeightsOf(model);
  if (others.length === 0 && weightsOf(model).length === 0) {
    throw new TypeError(`Cannot save the weights of ${quoted(model.graph.name)}: it stores none`);
  }
  const codes = others.find(({ tensor: { type } }) => type !== "bfloat16");
  if (codes === undefined) return;
  throw new TypeError(
    `Cannot save the weights of ${quoted(model.graph.name)} alone: ${quoted(codes.name)} holds codes ` +
      `(${codes.tensor.type}), which the graph makes weights of; save the whole model (.onnx), or weights from before ` +
      "it was quantised",
  );
}

/** Where {@linkcode saveWeights} says what was cut of the weights in a file. */
export function cutsPath(weights: string): string {
  return weights.replace(/\.\w+$/, ".json");
}

/** The JSON file's bytes: constants of the graph are cut, too, and are no part of a module. */
function describedCuts(cuts: Cuts, weights: Readonly<Record<string, AnyTensor>>): Uint8Array {
  const tensors = Object.fromEntries(
    Object.entries(cuts).filter(([name, { goneWith }]) => goneWith ?? Object.hasOwn(weights, name)),
  );
  return new TextEncoder().encode(`${JSON.stringify({ format: FORMAT, tensors })}\n`);
}
