import { type Manifest, type ManifestFacts, manifestOf, manifestPath } from "../../compress/manifest.ts";
import type { LayerReport } from "../../compress/compress_layer.ts";
import { pathOf, replaceFiles } from "../../files/replace_files.ts";
import { requireOptions } from "../../options.ts";
import type { LanguageModel } from "../language_model.ts";
import { languageModelFile, type WriteOptions, type Written } from "./write_language_model.ts";

/** Settings of {@linkcode writeCompressed}. */
export interface WriteCompressedOptions extends WriteOptions, Pick<ManifestFacts, "effect"> {}

/** What was written: the file, and the manifest beside it. */
export interface WrittenCompressed extends Written {
  /** What the manifest says. */
  manifest: Manifest;
  /** Where it is: the file's path and `.manifest.json`. */
  manifestPath: string;
}

/**
 * Writes a compressed language model as a GGUF file, and beside it a manifest: type, sparsity, loss, measured
 * effect and calibration data of each matrix. Without a mix and types matrices are written in F16. They
 * are written together: a model that is there has the manifest that is beside it.
 *
 * @param compressed the model and its layers' reports, as `compressLanguageModel` gives them; no reports
 * where only types were chosen
 * @throws {Error} where the folder cannot be written to; then the old files are there, or none
 */
export async function writeCompressed(
  path: string | URL,
  compressed: { model: LanguageModel; layers?: readonly LayerReport[] },
  settings: WriteCompressedOptions = {},
): Promise<WrittenCompressed> {
  requireOptions("writeCompressed", settings, { mix: true, types: true, importance: true, effect: true });
  const { effect, ...options } = settings;
  const { model, layers = [] } = compressed;
  const { written, file } = await languageModelFile(path, model.weights, options);
  const manifest = manifestOf(layers, {
    source: model.name,
    effect,
    bitsPerWeight: written.bitsPerWeight,
    types: written.types,
  });
  const beside = manifestPath(pathOf(path, "model"));
  const text = new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 1)}\n`);
  await replaceFiles([[beside, [text]], file], "compressed model");
  return { ...written, manifest, manifestPath: beside };
}
