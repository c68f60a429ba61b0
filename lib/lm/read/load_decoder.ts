import { openGguf } from "../../formats/gguf/open_gguf.ts";
import type { Source } from "../../formats/read_source.ts";
import { decoder, decoderStep } from "../../nn/decoder.ts";
import { loadWeights } from "../../nn/load_weights.ts";
import type { Model } from "../../onnx/model.ts";
import { decoderFromGguf } from "./from_gguf.ts";
import { decoderFromFolder } from "./from_hugging_face.ts";
import { decoderFromLlama2c } from "./from_llama2c.ts";
import type { DecoderWeights } from "./weights.ts";

/**
 * A decoder's sizes and weights: from a GGUF file, from a folder with `config.json` and safetensors, or
 * from a
 * file of llama2.c (`.bin`).
 *
 * @throws {SyntaxError} where a file is damaged, or of an architecture that is not known
 */
export async function readDecoder(source: Source): Promise<DecoderWeights> {
  if (typeof source === "string") {
    const info = await Deno.stat(source).catch(() => undefined);
    if (info?.isDirectory) return await decoderFromFolder(source);
    if (source.endsWith(".bin")) return await decoderFromLlama2c(source);
  }
  return await decoderFromGguf(await openGguf(source));
}

/** The graph for whole texts with these weights. */
export function wholeGraph({ options, tensors }: DecoderWeights): Model {
  return loadWeights(decoder({ ...options, weights: "zeros" }), tensors);
}

/** The graph for steps with these weights, which are the same tensors in memory. */
export function stepGraph({ options, tensors }: DecoderWeights): Model {
  return loadWeights(decoderStep({ ...options, weights: "zeros" }), tensors);
}
