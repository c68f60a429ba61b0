import { replaceFiles } from "../../files/replace_files.ts";
import { modelFiles, modelTarget, type SaveOptions } from "../../io/save_model.ts";
import { requireOptions } from "../../options.ts";
import type { CompressResult } from "../compress.ts";
import { type Manifest, type ManifestFacts, manifestOf, manifestPath } from "../manifest.ts";
import { type PackedForm, type PackedQuantized, packQuantized } from "./pack_quantized.ts";

/** Settings of {@linkcode saveCompressed}. */
export interface SaveCompressedOptions
  extends Pick<SaveOptions, "externalData">, Pick<ManifestFacts, "source" | "effect"> {
  /** How rounded weights may be stored, as {@linkcode packQuantized} has it. Default: what suits each. */
  forms?: readonly PackedForm[] | undefined;
}

/** What was written: a model's file, and its manifest beside it. */
export interface SavedCompressed extends Omit<PackedQuantized, "model"> {
  /** Bytes of the model's file, with a data file. */
  bytes: number;
  /** What the manifest says. */
  manifest: Manifest;
  /** Where it is: the file's path and `.manifest.json`. */
  manifestPath: string;
}

/**
 * Writes a compressed model as an .onnx file, rounded weights in their codes as {@linkcode packQuantized}
 * stores them, and beside it a manifest: type, bits, sparsity, loss, calibration data and, where it was
 * measured, effect of each matrix. They are written together: a model that is there has the manifest that is
 * beside it.
 *
 * @throws {Error} where the folder cannot be written to; then the old files are there, or none
 */
export async function saveCompressed(
  result: CompressResult,
  path: string | URL,
  options: SaveCompressedOptions = {},
): Promise<SavedCompressed> {
  requireOptions("saveCompressed", options, { externalData: true, source: true, effect: true, forms: true });
  const { externalData, forms: allowed, ...facts } = options;
  const { model, forms, left } = packQuantized(result, { forms: allowed });
  const target = modelTarget(path);
  const beside = manifestPath(target);
  const types = Object.fromEntries(
    result.layers.map(({ weight }) => [weight, forms[weight] ?? model.graph.initializers.get(weight)!.type]),
  );
  const manifest = manifestOf(result.layers, { ...facts, types });
  const { files, bytes } = modelFiles(model, target, externalData === undefined ? {} : { externalData });
  const text = new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 1)}\n`);
  await replaceFiles([[beside, [text]], ...files], "compressed model");
  return { bytes, forms, left, manifest, manifestPath: beside };
}
