import { RangeError } from "../errors.ts";
import { allocate, type AllocationRule, requireRule } from "../compress/allocation/allocate.ts";
import { choicesIn, type MatrixChoices, measureChoices } from "../compress/allocation/choices.ts";
import { ggmlFormats } from "../compress/allocation/formats.ts";
import { linearLayers } from "../compress/linear_layers.ts";
import { GGML_TYPES, type WritableGgmlType } from "../formats/ggml/types.ts";
import { requireAppendable } from "../files/json_lines.ts";
import { quoted } from "../printable.ts";
import { type OptionNames, pickOptions, requireOptions } from "../options.ts";
import type { Progress } from "../progress.ts";
import { openRuntime } from "../runtime/engines.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { calibrationOf, isDecoderMatrix, requireWeights } from "./compress_language_model.ts";
import { importanceOf } from "./importance.ts";
import type { LanguageModel } from "./language_model.ts";
import type { Corpus, WindowOptions } from "./windows.ts";
import type { MixName } from "./write/mix.ts";
import { sizesOf } from "./write/write_language_model.ts";

/** Types of GGUF files that matrices are given, where nothing else is said: from 2.6 to 8.5 bits. */
const TYPES: readonly WritableGgmlType[] = [
  "Q2_K",
  "Q3_K",
  "Q4_K",
  "Q4_0",
  "Q5_K",
  "Q5_0",
  "Q6_K",
  "Q8_0",
  "F16",
];

/** Settings of {@linkcode allocateTypes}. */
export interface AllocateTypesOptions {
  /** The most bytes of all weights of the file. One of `bytes` and `bitsPerWeight`. */
  bytes?: number | undefined;
  /** The most bits that a weight takes, over all weights of the file. */
  bitsPerWeight?: number | undefined;
  /** A text, its tokens, or texts in tokens, on which inputs are summed up. */
  calibration: Corpus;
  /** On what the model's answers are compared with one matrix rounded. Default: `calibration`. */
  held?: Corpus | undefined;
  /** Tokens of a window of a text. Default 2,048, or the model's context where that is shorter. */
  window?: WindowOptions["window"] | undefined;
  /** The most windows of a text. Default 128. */
  windows?: WindowOptions["windows"] | undefined;
  /** Types that a matrix may have, as far as its rows are whole blocks. Default: `Q2_K` to `F16`. */
  types?: readonly WritableGgmlType[] | undefined;
  /**
   * Type in which each matrix by itself is tried out. Default `"Q3_K"`, or the first where it is not allowed.
   */
  probe?: WritableGgmlType | undefined;
  /** Types of the table of tokens and the output head, which are not allocated. Default `"Q6_K"`. */
  mix?: MixName | undefined;
  /** How the budget is spent. Default `"calibrated"`. */
  rule?: AllocationRule | undefined;
  /** Seed of the rule `"random"`. Default 0. */
  seed?: number | undefined;
  /** A file in which each matrix's sensitivity is kept, for a run that goes on. Default: none. */
  log?: string | undefined;
  /** Where it runs. Default: an engine that is opened for this, and closed. */
  runtime?: Runtime | undefined;
  /** Ends the run. */
  signal?: AbortSignal | undefined;
  /** Who is told how it goes, once a matrix that was tried out. */
  progress?: Progress | undefined;
}

/** Settings of {@linkcode spendBytes}. */
export type SpendBytesOptions = Pick<
  AllocateTypesOptions,
  "bytes" | "bitsPerWeight" | "mix" | "rule" | "seed"
>;

/** Names of {@linkcode SpendBytesOptions}. */
const SPEND: OptionNames<SpendBytesOptions> = {
  bytes: true,
  bitsPerWeight: true,
  mix: true,
  rule: true,
  seed: true,
};

/** Names of {@linkcode AllocateTypesOptions}. */
const ALLOCATE_TYPES_OPTIONS: OptionNames<AllocateTypesOptions> = {
  bytes: true,
  bitsPerWeight: true,
  calibration: true,
  held: true,
  window: true,
  windows: true,
  types: true,
  probe: true,
  mix: true,
  rule: true,
  seed: true,
  log: true,
  runtime: true,
  signal: true,
  progress: true,
};

/** A type for each matrix of a decoder's layers: settings of `writeLanguageModel`, and what they come to. */
export interface AllocatedTypes {
  /** Type of each matrix, by its name. */
  types: Record<string, WritableGgmlType>;
  /** What the others are written in. */
  mix: MixName;
  /** How much each weight of a row counts, by the matrices' names. */
  importance: Record<string, Float64Array>;
  /** Bytes of all weights. */
  bytes: number;
  /** Bits that a weight takes, over all of them. */
  bitsPerWeight: number;
  /** What was measured of each matrix: {@linkcode spendBytes} spends it on another budget. */
  measured: Record<string, MatrixChoices>;
}

/**
 * Finds for each matrix of a decoder's layers the type of GGUF files with which the model's answers move
 * least within a budget of bytes: by the error of each type on calibration data, and by how far the answers
 * move with each matrix alone in the probe type. The output head and the table of tokens are as in the mix.
 *
 * @throws {RangeError} where even the smallest types take more, with what they take, or the probe is none of
 * the types
 * @throws {TypeError} where the model's weights were left in their codes
 */
export async function allocateTypes(
  model: LanguageModel,
  settings: AllocateTypesOptions,
): Promise<AllocatedTypes> {
  requireOptions(
    "allocateTypes",
    settings,
    ALLOCATE_TYPES_OPTIONS,
    "{ bitsPerWeight: 4, calibration: text }",
  );
  const { calibration, held, types = TYPES, window, windows = 128, mix = "Q6_K", ...options } = settings;
  requireWeights(model);
  if (options.rule !== undefined) requireRule(options.rule);
  const formats = ggmlFormats(types);
  const { probe = types.includes("Q3_K") ? "Q3_K" : types[0]! } = options;
  if (!types.includes(probe)) {
    throw new RangeError(
      `Cannot allocate types with probe ${quoted(probe)}: expected one of types, ${types.join(", ")}`,
    );
  }
  const matrices = linearLayers(model.graph).filter(({ weight }) => isDecoderMatrix(weight));
  const least = matrices.map(({ rows, columns }) =>
    Math.min(...formats.map((format) => format.bits(rows, columns) ?? Infinity))
  );
  requireBudget(model, mix, {
    matrices: matrices.map(({ weight }) => weight),
    least,
    bytes: budgetOf(model, options),
  });
  const { signal, progress, log } = options;
  // What is to be looked at is looked at before anything is measured.
  if (log !== undefined) await requireAppendable(log, "keep what is measured");
  const recordsOf = (corpus: Corpus) => calibrationOf(model, corpus, { window, windows });
  const records = {
    calibration: recordsOf(calibration),
    held: held === undefined ? undefined : recordsOf(held),
  };
  const runtime = options.runtime ?? await openRuntime();
  try {
    const importance = await importanceOf(model, calibration, { window, windows, runtime, signal });
    const measured = await measureChoices(model.graph, {
      ...{ formats, probe, ...records },
      layers: isDecoderMatrix,
      ...{ runtime, signal, progress, log },
    });
    return {
      ...spendBytes(model, measured, pickOptions<SpendBytesOptions>({ ...options, mix }, SPEND)),
      importance,
      measured,
    };
  } finally {
    if (!options.runtime) await runtime.close();
  }
}

/** Spends a budget on matrices that {@linkcode allocateTypes} measured. */
export function spendBytes(
  model: LanguageModel,
  measured: Readonly<Record<string, MatrixChoices>>,
  options: SpendBytesOptions,
): Pick<AllocatedTypes, "types" | "mix" | "bytes" | "bitsPerWeight"> {
  requireOptions("spendBytes", options, SPEND, "{ bitsPerWeight: 4 }");
  const { mix = "Q6_K", rule, seed, ...budget } = options;
  const { choices } = choicesIn(measured);
  const least = Object.values(choices).map((own) => Math.min(...own.map(({ bits }) => bits)));
  const others = requireBudget(model, mix, {
    matrices: Object.keys(choices),
    least,
    bytes: budgetOf(model, budget),
  });
  const bytes = budgetOf(model, budget);
  const { formats } = allocate(choices, (bytes - others) * 8, { rule, seed });
  const types = formats as Record<string, WritableGgmlType>;
  const written = sizesOf(model.weights, { mix, types });
  return { types, mix, bytes: written.bytes, bitsPerWeight: written.bitsPerWeight };
}

/**
 * Bytes of what is not allocated: the table of tokens, the output head, norms and biases.
 *
 * @param least the fewest bits of each matrix
 * @throws {RangeError} where the budget does not reach for the two together
 */
function requireBudget(
  model: LanguageModel,
  mix: MixName,
  { matrices, least, bytes }: { matrices: readonly string[]; least: readonly number[]; bytes: number },
): number {
  const allocated = new Set(matrices);
  let others = 0;
  for (const [name, type] of Object.entries(sizesOf(model.weights, { mix }).types)) {
    const { weights, bytes } = GGML_TYPES[type];
    if (!allocated.has(name)) others += model.weights.tensors[name]!.size / weights * bytes;
  }
  const all = least.reduce((sum, bits) => sum + bits / 8, others);
  if (bytes >= all) return others;
  throw new RangeError(
    `Cannot write ${model.name} in ${
      Math.floor(bytes)
    } bytes: with the smallest types it takes ${all}, of which ` +
      `${others} are the table of tokens, the output head, norms and biases; raise the budget, allow smaller types, ` +
      "or give a smaller mix",
  );
}

/** Bytes of all weights. */
function budgetOf(
  { name, weights }: LanguageModel,
  { bytes, bitsPerWeight }: Pick<AllocateTypesOptions, "bytes" | "bitsPerWeight">,
): number {
  const budget = bytes ?? bitsPerWeight;
  if (budget === undefined || (bytes !== undefined && bitsPerWeight !== undefined) || !(budget > 0)) {
    throw new RangeError(
      `Cannot allocate types for ${name}: expected a budget above 0, bytes or bitsPerWeight, found ${bytes} bytes ` +
        `and ${bitsPerWeight} bits a weight`,
    );
  }
  return bytes ??
    bitsPerWeight! / 8 * Object.values(weights.tensors).reduce((sum, { size }) => sum + size, 0);
}
