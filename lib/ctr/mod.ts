/**
 * Models of click-through rates from a log of clicks, with an embedding table that is as small as it can be:
 * logs, models, ways to choose what stays, and the smaller model as one ONNX file.
 *
 * ```ts ignore
 * import { deepFm, fitCtr, optEmbed } from "./mod.ts";
 * import { saveModel } from "../io/mod.ts";
 *
 * const { compact, test } = await fitCtr(deepFm(), log, { table: optEmbed({ budget: { cap: 0.1 } }) });
 * console.log(test.auc, compact.bytes);
 * await saveModel(compact.model, "clicks.onnx");
 * ```
 *
 * @module
 */
export {
  type ClickLog,
  type Clicks,
  countIds,
  type Field,
  type StreamedClicks,
  toClickExamples,
} from "./clicks.ts";
export {
  type CompactCtr,
  compactModel,
  type CompactModelOptions,
  type CompactTable,
  type CtrBytes,
} from "./compact_model.ts";
export { ctrModel, type CtrModelOptions } from "./ctr_model.ts";
export { fitCtr, type FitCtrOptions, type FittedCtr, type TestScore, trainChoice } from "./fit_ctr.ts";
export { dcn, type DcnOptions } from "./interactions/dcn.ts";
export { deepFm } from "./interactions/deep_fm.ts";
export { fm } from "./interactions/fm.ts";
export { fnn } from "./interactions/fnn.ts";
export { type FieldVectors, type Interaction, type InteractionContext } from "./interactions/interaction.ts";
export { ipnn } from "./interactions/ipnn.ts";
export type { HiddenOptions } from "./interactions/perceptron.ts";
export { type InteractionName, INTERACTIONS } from "./interactions/table.ts";
export { headerOf } from "./logs/first_line.ts";
export {
  avazu,
  clickCsv,
  type ClickCsvOptions,
  columnField,
  criteo,
  kdd12,
  type Kdd12Options,
  type LogField,
  type LogFormat,
} from "./logs/log_format.ts";
export { type LogPart, type PreparedLog, prepareLog, type PrepareOptions } from "./logs/prepare_log.ts";
export { type MovieLens, movieLens } from "./logs/movie_lens.ts";
export { readLog, readPart, streamTraining } from "./logs/read_log.ts";
export { readTfRecords } from "./logs/tf_records.ts";
export { autoDim, type AutoDimOptions } from "./methods/auto_dim.ts";
export { autoField } from "./methods/auto_field.ts";
export { frequency } from "./methods/frequency.ts";
export type { WholeRowsOptions } from "./methods/whole_rows.ts";
export type { GateOptions } from "./methods/gates.ts";
export { magnitude } from "./methods/magnitude.ts";
export type { CtrTask, TableChoice, TableMethod } from "./methods/method.ts";
export { type DimensionScorer, dimensionScorer } from "./methods/dimension_scorer.ts";
export {
  keptRows,
  optEmbed,
  type OptEmbedOptions,
  type SupernetRow,
  trainSupernet,
} from "./methods/opt_embed.ts";
export { pep, type PepOptions } from "./methods/pep.ts";
export { quotientRemainder } from "./methods/quotient_remainder.ts";
export { plain } from "./methods/plain.ts";
export { randomRows } from "./methods/random_rows.ts";
export { type ClickScore, predict, scoreClicks, scoreLogits } from "./predict.ts";
export { type Budget, type Scored } from "./search/budget.ts";
export {
  searchDimensions,
  type SearchOptions,
  type SearchResult,
  type SearchState,
} from "./search/evolution.ts";
export { randomSearch, releasedSearch } from "./search/released.ts";
export {
  type RowTruth,
  type SyntheticField,
  type SyntheticLog,
  syntheticLog,
  type SyntheticLogOptions,
} from "./synthetic_log.ts";
export { maskedTable, maskOf, type TableMask } from "./tables/masked_table.ts";
export { type SupernetMode, type SupernetOptions, supernetTable } from "./tables/supernet_table.ts";
export { type SoftThresholdOptions } from "./tables/soft_threshold_table.ts";
export { type EmbeddingTable, type Lookup, plainTable } from "./tables/table.ts";
export { unitStep } from "./tables/unit_step.ts";
export {
  trainCtr,
  type TrainCtrOptions,
  type TrainedCtr,
  type TrainingSettings,
  type Workplace,
} from "./train_ctr.ts";
export { type PlainModelOptions } from "./row_step.ts";
export { trainRows, type TrainRowsOptions } from "./train_rows.ts";
export { newRowState, rowAdam, type RowAdamOptions, type RowOptimizer, type RowState } from "./row_adam.ts";
export { rowSgd } from "./row_sgd.ts";
