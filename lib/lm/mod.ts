/**
 * Language models of the Llama and Qwen2 families: opened from GGUF, safetensors and llama2.c files, asked,
 * measured, served and written.
 *
 * ```ts ignore
 * import { generateText, openLanguageModel } from "./mod.ts";
 *
 * await using model = await openLanguageModel("SmolLM2-135M-Instruct-Q8_0.gguf");
 * const { text } = await generateText(model, "The capital of France is", { maxTokens: 8 });
 * console.log(text);
 * ```
 *
 * @module
 */
export {
  type AllocatedTypes,
  allocateTypes,
  type AllocateTypesOptions,
  spendBytes,
  type SpendBytesOptions,
} from "./allocate_types.ts";
export { type ChatTemplate, chatTemplate, type ChatTurn } from "./chat_template.ts";
export { type ChoiceScore, scoreChoices } from "./choices.ts";
export { type DecoderSizes } from "./graphs.ts";
export {
  calibrationOf,
  type CompressedLanguageModel,
  compressLanguageModel,
  type CompressLanguageModelOptions,
  isDecoderMatrix,
  withGraph,
} from "./compress_language_model.ts";
export {
  R1_LAYOUTS,
  type R1Layout,
  type R1Role,
  type R1Size,
  r1Size,
  type R1Tensor,
  r1Tensors,
  type R1Types,
} from "./deepseek_r1.ts";
export {
  generate,
  type GenerateOptions,
  generateText,
  type Generation,
  type Prompt,
  promptTokens,
  type StopReason,
} from "./generate.ts";
export { readImportance, writeImportance } from "./importance_file.ts";
export { importanceOf, type ImportanceOptions } from "./importance.ts";
export {
  type LanguageModel,
  languageModel,
  type LanguageModelOptions,
  openLanguageModel,
  type Steps,
} from "./language_model.ts";
export { loopPeriod, type LoopRule } from "./loop.ts";
export { type Divergence, divergence, type Perplexity, perplexity } from "./perplexity.ts";
export { type PackedMatrix, type PackedPiece, type PackedSource } from "./read/packed.ts";
export { readDecoder, type ReadOptions, stepGraph, wholeGraph } from "./read/load_decoder.ts";
export { type DecoderWeights } from "./read/weights.ts";
export { type Candidates, candidates, draw, type SamplingOptions } from "./sampling.ts";
export { type LanguageModelServer, serveLanguageModel, type ServeOptions } from "./serve.ts";
export { type Corpus, type WindowOptions as CorpusOptions } from "./windows.ts";
export { type MixName, type MixOfTypes } from "./write/mix.ts";
export {
  writeCompressed,
  type WriteCompressedOptions,
  type WrittenCompressed,
} from "./write/write_compressed.ts";
export {
  sizesOf,
  writeLanguageModel,
  type WriteOptions,
  type Written,
} from "./write/write_language_model.ts";
