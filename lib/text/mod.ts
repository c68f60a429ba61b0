/**
 * Text: tokenizers, the tasks of GLUE and SQuAD, batches of like lengths, fine-tuning of encoders, and
 * metrics beside what makes them readable.
 *
 * ```ts ignore
 * import { packagedModel } from "../data/mod.ts";
 * import { fineTune, glue, loadEncoder, loadTokenizer } from "./mod.ts";
 *
 * const folder = packagedModel("all-minilm-l6-v2"); // after `deno task data all-minilm-l6-v2`
 * const tokenizer = await loadTokenizer(folder);
 * const { model } = await loadEncoder(folder, { classes: 2, pooling: "mean" });
 * const { examples: train, labels } = await glue("sst2", "train");
 * const { model: tuned } = await fineTune(model, tokenizer, { train, labels }, { epochs: 1, rate: 1e-4 });
 * ```
 *
 * @module
 */
export {
  type EncodedTexts,
  encodeTexts,
  type TextBatches,
  textBatches,
  type TextBatchOptions,
} from "./batches.ts";
export { type EncoderInputs, encoderInputs } from "./encoder_inputs.ts";
export { fineTune, type FineTuneData, type FineTuneOptions } from "./fine_tune.ts";
export { glue, type GlueOptions, type GlueSplit } from "./glue.ts";
export { GLUE, type GlueName, type GlueTask, type RowLayout } from "./glue_tasks.ts";
export { type LoadedEncoder, loadEncoder, type LoadEncoderOptions } from "./load_encoder.ts";
export {
  comparePredictions,
  type MetricName,
  METRICS,
  type PredictionChange,
  predictionsOf,
  type Score,
  type ScoreOptions,
  scorePredictions,
} from "./metrics.ts";
export { embedTexts, type EmbedTextsOptions, predictTexts, type PredictTextsOptions } from "./predict.ts";
export { readGlue } from "./read_glue.ts";
export { type RunTextsOptions } from "./run_texts.ts";
export { spanCrossEntropy } from "./span_loss.ts";
export { scoreSpans, type SpanScore } from "./span_metrics.ts";
export { exactMatch, normalizeAnswer, tokenF1 } from "../statistics/word_overlap.ts";
export {
  bestSpans,
  type FoundSpan,
  type SpanWindow,
  type SpanWindowOptions,
  spanWindows,
} from "./span_windows.ts";
export { answerSpans, type AnswerSpansOptions, fineTuneSpans, type FineTuneSpansOptions } from "./spans.ts";
export { type GoldAnswer, readSquad, type SpanExample, squad } from "./squad.ts";
export { type LabelledTexts, taskBatches, type TaskBatchOptions } from "./task_batches.ts";
export { type TextExample, type TextSet, type TextTask } from "./text_set.ts";
export {
  type EncodedText,
  loadTokenizer,
  type Piece,
  type TextTokenizer,
  type TokenizerOptions,
} from "./tokenizer.ts";
export { type BertNormalizerSettings } from "./bert_normalizer.ts";
export { type TokenizerFiles, type TokenizerJson } from "./tokenizer_files.ts";
export { type FolderVocabulary, vocabularyFromFolder } from "./vocabulary/from_folder.ts";
export { vocabularyFromGguf } from "./vocabulary/from_gguf.ts";
export { vocabularyFromLlama2c } from "./vocabulary/from_llama2c.ts";
export { type EncodeTextOptions, type Vocabulary } from "./vocabulary/vocabulary.ts";
