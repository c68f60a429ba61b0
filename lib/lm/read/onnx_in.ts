import type { Source } from "../../formats/read_source.ts";
import { statIfFound } from "../../files/not_found.ts";

/** Where folders of decoders have their graph, as programs that export them lay it out. */
const PLACES = ["model.onnx", "onnx/model.onnx", "decoder_model.onnx"];

/**
 * The file of a decoder that came as ONNX: a path that ends in `.onnx`, or in a folder without safetensors
 * the model; `undefined` for everything else.
 */
export function onnxIn(source: Source): string | undefined {
  if (typeof source !== "string") return undefined;
  if (source.endsWith(".onnx")) return source;
  if (!statIfFound(source)?.isDirectory) return undefined;
  const has = (file: string) => statIfFound(`${source}/${file}`) !== undefined;
  if (has("model.safetensors") || has("model.safetensors.index.json")) return undefined;
  const found = PLACES.find(has);
  return found === undefined ? undefined : `${source}/${found}`;
}
