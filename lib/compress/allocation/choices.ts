import { RangeError, TypeError } from "../../errors.ts";
import type { Gpu } from "../../../kernels/webgpu/core/gpu.ts";
import type { Model } from "../../onnx/model.ts";
import { type OptionNames, requireOptions } from "../../options.ts";
import { quoted } from "../../printable.ts";
import { type Progress, silent } from "../../progress.ts";
import { openRuntime } from "../../runtime/engines.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { stopSignal } from "../../stop.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { appendJsonLine, readJsonLines, requireAppendable } from "../../files/json_lines.ts";
import { fields, number, text } from "../../files/schema.ts";
import { runKey } from "../kept_layers.ts";
import { storedModel } from "../stored_model.ts";
import { chosenGpu } from "../chosen_gpu.ts";
import { type Calibration, calibrationHash, calibrationRun } from "../calibration.ts";
import { type LinearLayer, linearLayers, readMatrix, writeMatrix } from "../linear_layers.ts";
import { stagesOf } from "../calibrate/stages.ts";
import { outputSquares } from "../numeric/output_squares.ts";
import type { InputStatistics } from "../calibrate/statistics.ts";
import type { Products } from "../numeric/products.ts";
import { productsFor } from "../numeric/on_gpu.ts";
import type { Choice, Choices } from "./allocate.ts";
import type { Format } from "./formats.ts";
import { openDistance } from "./measured.ts";

/** Settings of {@linkcode measureChoices}. */
export interface ChoiceOptions {
  /** The formats that matrices may have. */
  formats: readonly Format[];
  /** The format in which each matrix by itself is tried out. Default: the middle one. */
  probe?: string | undefined;
  /** What the model is fed with, to learn what its layers see. */
  calibration: Calibration;
  /**
   * Records that the model is fed with to measure how a matrix by itself changes its answers. Default:
   * `calibration`. Of the answers 1 GiB is kept; more are computed for each matrix anew, which takes twice as
   * long.
   */
  held?: Calibration | undefined;
  /**
   * A file in which each matrix's sensitivity is kept as it comes: where a run was ended, the next one with
   * the same model, data and formats goes on. Default: none.
   */
  log?: string | undefined;
  /** Which layers, by the names of their weights. Default: all of `linearLayers`. */
  layers?: ((weight: string) => boolean) | undefined;
  /** Where it runs. Default: an engine that is opened for this, and closed. */
  runtime?: Runtime | undefined;
  /**
   * A GPU, of `openGpu`, whose kernels sum up what layers see and multiply where matrices are large. Default:
   * that of `runtime`, where it is on WebGPU; otherwise none.
   */
  gpu?: Gpu | undefined;
  /** Ends the run. */
  signal?: AbortSignal | undefined;
  /** Who is told how it goes, once a matrix that was tried out. */
  progress?: Progress | undefined;
}

/** Names of {@linkcode ChoiceOptions}. */
const CHOICE_OPTIONS: OptionNames<ChoiceOptions> = {
  formats: true,
  probe: true,
  calibration: true,
  held: true,
  log: true,
  layers: true,
  runtime: true,
  gpu: true,
  signal: true,
  progress: true,
};

/** A matrix with what each format would cost. */
export interface MatrixChoices {
  /** Weights of the matrix. */
  readonly size: number;
  /**
   * Mean divergence of the model's answers with this matrix alone in the probe format, in nats; or in the
   * next smaller one that changes it, where the probe does not: its weights may lie on the probe's levels.
   */
  readonly sensitivity: number;
  /** The formats that fit, with bits and losses. */
  readonly choices: readonly Choice[];
}

/** What was measured of matrices as {@linkcode allocate} takes it, and how many weights they have. */
export function choicesIn(
  measured: Readonly<Record<string, MatrixChoices>>,
): { choices: Choices; size: number } {
  const all = Object.entries(measured);
  return {
    choices: Object.fromEntries(all.map(([name, { choices }]) => [name, choices])),
    size: all.reduce((sum, [, { size }]) => sum + size, 0),
  };
}

/**
 * What each format costs each matrix: L(m, b) = g_m · E(m, b)/E(m, b₀), where E = tr(ΔW Σxxᵀ ΔWᵀ)/tokens is
 * the mean square of what rounding to format b changes in the layer's output, and g_m how far the model's
 * answers move with this matrix alone in the probe format b₀. Errors tell formats of a matrix apart, and the
 * measurement matrices from each other: errors alone do not.
 *
 * @throws {TypeError} where no layer was chosen, no format is the probe, or there are no records
 * @throws {RangeError} where no format fits a matrix, or answers with it alone in the probe are not finite
 */
export async function measureChoices(
  model: Model,
  settings: ChoiceOptions,
): Promise<Record<string, MatrixChoices>> {
  requireOptions("measureChoices", settings, CHOICE_OPTIONS, "{ formats: gridFormats([3, 4]), calibration }");
  const { formats, calibration, held = calibration, layers: chosen, progress = silent, ...options } =
    settings;
  const signal = stopSignal(options.signal);
  const stored = storedModel(model);
  const layers = linearLayers(stored).filter(({ weight }) => chosen?.(weight) ?? true);
  const probe = formats.find(({ name }) => name === (options.probe ?? formats[formats.length >> 1]?.name));
  if (layers.length === 0 || !probe || calibration.length === 0 || held.length === 0) {
    throw new TypeError(
      "Cannot measure what formats cost: expected formats with the probe among them, layers, calibration data and " +
        `records to compare answers on, found ${formats.length} formats${
          probe ? "" : ` without ${quoted(options.probe ?? "")}`
        }, ${layers.length} layers, ${calibration.length} records and ${held.length}`,
    );
  }
  const known = await knownSensitivities(stored, { ...settings, held }, probe.name);
  const gpu = chosenGpu(options);
  const runtime = options.runtime ?? await openRuntime();
  try {
    const errors = await errorTables(stored, layers, { formats, calibration, runtime, gpu, signal });
    const names = layers.map(({ weight }) => weight);
    const { distance, close } = await openDistance(stored, names, held, { runtime, signal });
    const result: Record<string, MatrixChoices> = {};
    try {
      await progress.start("Trying matrices out", layers.length);
      for (const [i, layer] of layers.entries()) {
        const own = errors.get(layer.weight)!;
        const [format, tried] = triedOut(own, probe.name);
        const tensor = stored.graph.initializers.get(layer.weight) as Tensor;
        let sensitivity = known.values.get(rowName(layer.weight, format));
        if (sensitivity === undefined) {
          sensitivity = await distance({ [layer.weight]: writeMatrix(layer, tried.rounded(), tensor) });
          requireFinite(sensitivity, layer.weight, format);
          await known.keep(layer.weight, format, sensitivity);
        }
        result[layer.weight] = {
          size: layer.rows * layer.columns,
          sensitivity,
          choices: [...own].map(([format, { bits, error }]) => ({
            format,
            bits,
            loss: tried.error > 0 ? sensitivity * error / tried.error : 0,
          })),
        };
        await progress.step(i + 1, layer.weight);
      }
    } finally {
      await close();
      await progress.close();
    }
    return result;
  } finally {
    if (!options.runtime) await runtime.close();
  }
}

/**
 * The format that a matrix is tried out in, of those that fit it: the probe, or the first. Where that leaves
 * its weights as they are nothing would be measured: the next smaller one that does not, else a larger one.
 */
function triedOut(own: ReadonlyMap<string, FormatError>, probe: string): [format: string, FormatError] {
  const all = [...own];
  const first = all.find(([name]) => name === probe) ?? all[0]!;
  const most = first[1].bits;
  const smaller = all.filter(([, { bits }]) => bits < most).sort(([, a], [, b]) => b.bits - a.bits);
  return [first, ...smaller, ...all].find(([, { error }]) => error > 0) ?? first;
}

function requireFinite(sensitivity: number, weight: string, probe: string): void {
  if (Number.isFinite(sensitivity)) return;
  throw new RangeError(
    `Cannot measure what formats cost: with ${weight} alone in format ${probe} the model's answers are ` +
      `${sensitivity} from what they were, expected a finite number; look for NaN and infinity in its weights ` +
      "and in the model's answers, or try it out in a larger format",
  );
}

/** A line of a log. */
interface SensitivityRow {
  key: string;
  weight: string;
  /** The format that it was tried out in. */
  format: string;
  sensitivity: number;
}

const SENSITIVITY_ROW = fields({ key: text, weight: text, format: text, sensitivity: number });

const rowName = (weight: string, format: string): string => JSON.stringify([weight, format]);

interface KnownSensitivities {
  /** By the names of the rows. */
  values: Map<string, number>;
  keep(weight: string, format: string, sensitivity: number): Promise<void>;
}

/** Sensitivities that an earlier run with the same model, data and probe kept in its log. */
async function knownSensitivities(
  model: Model,
  { log, calibration, held, formats }: ChoiceOptions & { held: Calibration },
  probe: string,
): Promise<KnownSensitivities> {
  if (log === undefined) return { values: new Map(), keep: async () => {} };
  await requireAppendable(log, "keep what is measured");
  // Formats and calibration data decide what a matrix is rounded to where a type needs an importance.
  const ways = formats.map(({ identity }) => identity);
  const key = runKey(model, { probe, ways, data: [calibrationHash(calibration), calibrationHash(held)] });
  const rows = await readJsonLines<SensitivityRow>(log, SENSITIVITY_ROW);
  return {
    values: new Map(
      rows.filter((row) => row.key === key).map((row) => [rowName(row.weight, row.format), row.sensitivity]),
    ),
    keep: (weight, format, sensitivity) => appendJsonLine(log, { key, weight, format, sensitivity }),
  };
}

interface FormatError {
  bits: number;
  /** 0 where it is no more than what storing the weights as they are rounds. */
  error: number;
  /**
   * The matrix in this format, rounded anew: all of them at once would take the model's memory many times.
   */
  rounded(): Float64Array;
}

/** E(m, b) for every matrix and format, in one pass of the calibration data through the model as it is. */
async function errorTables(
  model: Model,
  layers: readonly LinearLayer[],
  { formats, calibration, runtime, gpu, signal }: Pick<ChoiceOptions, "formats" | "calibration" | "gpu"> & {
    runtime: Runtime;
    signal: AbortSignal | undefined;
  },
): Promise<Map<string, Map<string, FormatError>>> {
  const stages = stagesOf(layers, "blocks");
  const run = calibrationRun(model, stages, { records: calibration, weightNow: (_, before) => before }, {
    runtime,
    float64: false,
    cross: false,
    gpu,
    signal,
  });
  const products = productsFor({ runtime, gpu, precision: "float32" })!;
  const tables = new Map<string, Map<string, FormatError>>();
  try {
    for (const [i, stage] of stages.entries()) {
      const statistics = await run.collect(i);
      for (const layer of stage.layers) {
        signal?.throwIfAborted();
        const inputs = statistics.get(layer.shares)!;
        tables.set(layer.weight, await formatErrors(layer, formats, { model, inputs, products }));
      }
      if (i < stages.length - 1) await run.advance(i);
    }
  } finally {
    await products.close();
  }
  return tables;
}

/** E(m, b) of one matrix, by the names of the formats that fit it. */
async function formatErrors(
  layer: LinearLayer,
  formats: readonly Format[],
  { model, inputs, products }: { model: Model; inputs: readonly InputStatistics[]; products: Products },
): Promise<Map<string, FormatError>> {
  const { rows, columns } = layer;
  const tensor = model.graph.initializers.get(layer.weight) as Tensor;
  const read = () => readMatrix(layer, tensor);
  const before = read();
  const noise = roundingOf(tensor) ** 2 * await squaresOf(before, inputs, layer, products);
  const importance = meanSquares(inputs, layer);
  const errors = new Map<string, FormatError>();
  for (const format of formats) {
    const bits = format.bits(rows, columns);
    if (bits === undefined) continue;
    // Read anew: all matrices in float64 would take the model's memory twice.
    const rounded = () => format.round(read(), rows, columns, importance);
    const after = rounded();
    const error = await squaresOf(before.map((value, i) => value - after[i]!), inputs, layer, products);
    errors.set(format.name, { bits, error: error > noise ? error : 0, rounded });
  }
  if (errors.size > 0) return errors;
  throw new RangeError(
    `Cannot store ${layer.weight} in any of ${
      formats.map(({ name }) => name).join(", ")
    }: its rows of ${columns} ` +
      "weights are no whole blocks; allow a type of smaller blocks",
  );
}

/** Mean squares of the inputs, where all rows have the same. */
function meanSquares(
  inputs: readonly InputStatistics[],
  { columns, groups }: LinearLayer,
): Float64Array | undefined {
  if (groups > 1) return undefined;
  const { gram, tokens } = inputs[0]!;
  return Float64Array.from({ length: columns }, (_, j) => gram[j * columns + j]! / tokens);
}

/** What numbers of a tensor may be off by, as a share of them, where they were computed otherwise. */
const roundingOf = ({ type }: Tensor): number => type === "float16" ? 2 ** -10 : 2 ** -23;

/** tr(W Σxxᵀ Wᵀ)/tokens, summed over the groups of a layer. */
async function squaresOf(
  weight: Float64Array,
  inputs: readonly InputStatistics[],
  { columns, groups }: LinearLayer,
  products: Products,
): Promise<number> {
  const size = weight.length / groups;
  let sum = 0;
  for (const [i, { gram, tokens }] of inputs.entries()) {
    sum += await outputSquares(weight.subarray(i * size, (i + 1) * size), gram, columns, products) / tokens;
  }
  return sum;
}
