import { COUNT, requireNumbers } from "../bounds.ts";
import { requireOptions } from "../options.ts";
import { type FileParts, pathOf, replaceFiles } from "../files/replace_files.ts";
import { requireEnding } from "../files/require_ending.ts";
import { encodeParts } from "../onnx/codec/encode.ts";
import { countMacs, countParameters } from "../onnx/count_macs.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import type { Model } from "../onnx/model.ts";
import { factsOf } from "../onnx/operators/table.ts";
import { padChannels } from "../onnx/passes/padded_channels.ts";

/** Settings of {@linkcode saveModel}. */
export interface SaveOptions {
  /**
   * Whether tensors go to a second file, `<path>.data`: `true` for those of 1 KiB and more, or a number of
   * bytes. Default: only where the model would be too large for one file (2 GB). Shapes, axes and scales stay
   * in the model, as ONNX Runtime needs them there.
   */
  externalData?: boolean | number | undefined;
  /**
   * Fills channels between convolutions up to whole blocks of so many, with zeros, where that is faster: the
   * same function, in a larger file, on engines that compute so many channels at once (ONNX Runtime 16 with
   * AVX-512, 8 with AVX2). For widths that no plan rounded. Default: nothing is filled up.
   */
  padChannels?: number | undefined;
}

/** Path and size of a written model: result of {@linkcode saveModel}. */
export interface SavedModel {
  /** Size on disk, with a data file. */
  bytes: number;
  /** Cost of the file with channels filled up; only where `padChannels` was given. */
  padded?: PaddedCounts;
}

/** Cost of a model with channels filled up. */
export interface PaddedCounts {
  /** Convolutions whose weights grew. */
  layers: number;
  /** Multiply-accumulates of one example; `undefined` where sizes are not known. */
  macs: number | undefined;
  /** Learned numbers, with the zeros that were filled in. */
  parameters: number;
}

/** A protobuf message cannot be larger. */
const LARGEST_FILE = 2 ** 31 - 1;

/** Tensors in a data file begin at multiples of this, so that they can be used where they lie. */
const ALIGNMENT = 64;

/**
 * Writes a model to an .onnx file, atomically: whatever happens, there is the old file or the new one, never
 * a part.
 *
 * With a data file there are two to replace; then the old model is removed first, because old structure with
 * new tensors would be wrong without a sign of it.
 *
 * @returns what the file costs
 * @throws RangeError where `padChannels` is no whole number of at least 1, a number of `externalData` none of
 * bytes, or the path does not end in .onnx
 * @throws Error where the folder cannot be written to, or something other than a file is there
 * @throws TypeError where the address is not of a file
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { loadModel } from "./load_model.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const model = mlp({ sizes: [4, 8, 2] });
 * await saveModel(model, `${folder}/model.onnx`);
 * const again = await loadModel(`${folder}/model.onnx`);
 * assert.deepEqual(again.toOnnx(), model.toOnnx());
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function saveModel(
  given: Model,
  path: string | URL,
  options: SaveOptions = {},
): Promise<SavedModel> {
  requireOptions("saveModel", options, { externalData: true, padChannels: true });
  const target = modelTarget(path);
  const { padChannels: block } = options;
  if (block !== undefined) requireNumbers("save", { padChannels: block }, COUNT);
  const model = block === undefined ? given : padChannels(given, block);
  const { files, bytes } = modelFiles(model, target, options);
  await replaceFiles(files);
  return block === undefined ? { bytes } : { bytes, padded: countsOf(given, model) };
}

/**
 * The path of a model's file.
 *
 * @throws {RangeError} where it does not end in .onnx
 */
export function modelTarget(path: string | URL): string {
  return requireEnding(pathOf(path, "model"), {
    does: "save a model",
    endings: [".onnx"],
    elsewhere:
      "weights alone are written by saveWeights (.safetensors, .pth), a sparse model by saveSparse " +
      "(.safetensors)",
  });
}

/** The files of a model, the one that refers to the other last, and what they take together. */
export function modelFiles(
  model: Model,
  target: string,
  options: Pick<SaveOptions, "externalData">,
): { files: FileParts[]; bytes: number } {
  const { externalData = totalLength(encodeParts(model)) > LARGEST_FILE } = options;
  if (typeof externalData === "number") requireNumbers("save", { externalData }, { whole: true, from: 0 });
  if (externalData === false) {
    const parts = encodeParts(model);
    return { files: [[target, parts]], bytes: totalLength(parts) };
  }
  const least = externalData === true ? 1024 : externalData;
  const location = `${target.replace(/^.*[/\\]/, "")}.data`;
  const data: Uint8Array[] = [];
  let end = 0;
  const parts = encodeParts(model, (bytes) => {
    if (bytes.length < least) return undefined;
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    if (offset > end) data.push(new Uint8Array(offset - end));
    data.push(bytes);
    end = offset + bytes.length;
    return { location, offset };
  });
  const files: FileParts[] = data.length === 0 ? [] : [[`${target}.data`, data]];
  return { files: [...files, [target, parts]], bytes: totalLength(parts) + totalLength(data) };
}

function countsOf(before: Model, after: Model): PaddedCounts {
  const known = new Set(before.graph.initializers.values());
  const grew = (name: string | undefined) =>
    name !== undefined && !known.has(after.graph.initializers.get(name)!);
  const layers =
    after.graph.nodes.filter((node) => factsOf(node).learned?.[1]?.role === "weight" && grew(node.inputs[1]))
      .length;
  try {
    return { layers, ...countMacs(after) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { layers, macs: undefined, parameters: countParameters(inferShapes(after)) };
  }
}

function totalLength(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
