import { pathOf, refuseSpecial, replaceFiles } from "../files/replace_files.ts";
import { encodeParts } from "../onnx/codec/encode.ts";
import type { Model } from "../onnx/model.ts";

/** Settings of {@linkcode saveModel}. */
export interface SaveOptions {
  /**
   * Whether tensors go to a second file, `<path>.data`: `true` for those of 1 KiB and more, or a number of
   * bytes. Default: only where the model would be too large for one file (2 GB).
   */
  externalData?: boolean | number;
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
export async function saveModel(model: Model, path: string | URL, options: SaveOptions = {}): Promise<void> {
  const target = pathOf(path, "model");
  await refuseSpecial(target);
  const { externalData = totalLength(encodeParts(model)) > LARGEST_FILE } = options;
  if (externalData === false) return await replaceFiles([[target, encodeParts(model)]]);
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
  if (data.length === 0) return await replaceFiles([[target, parts]]);
  await replaceFiles([[`${target}.data`, data], [target, parts]]);
}

function totalLength(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
