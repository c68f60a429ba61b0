import { COUNT, requireNumbers } from "../../bounds.ts";
import { type OptionNames, requireOptions } from "../../options.ts";
import { GraphBuilder } from "../../onnx/builder.ts";
import type { Model } from "../../onnx/model.ts";
import type { Progress } from "../../progress.ts";
import { seededRandom } from "../../random.ts";
import type { EngineName, Runtime } from "../../runtime/runtime.ts";
import { sizeOf, Tensor } from "../../tensor/tensor.ts";
import { measureSideBySide } from "./latency.ts";

/** Layers whose time is measured against their width. */
export type StaircaseLayer = "convolution" | "product";

/** Settings of {@linkcode measureStaircase}. */
export interface StaircaseOptions {
  /**
   * Layers that compute the channels: convolutions of 3 × 3, or products of matrices. Default "convolution".
   */
  layer?: StaircaseLayer | undefined;
  /** Widths to measure. Default: 32 to 64, one by one. */
  widths?: readonly number[] | undefined;
  /** An open engine to measure on; it stays open. Default: one is opened for the purpose. */
  runtime?: Runtime | undefined;
  /** The engine to open where no `runtime` is given. Default: the best there is. */
  engine?: EngineName | undefined;
  /** Rounds, in each of which all widths run once. Default 20. */
  runs?: number | undefined;
  /** Who is told how it goes, once a round. Default: nobody. */
  progress?: Progress | undefined;
  /** Stops measuring between two runs. */
  signal?: AbortSignal | undefined;
}

/** Names of {@linkcode StaircaseOptions}. */
const STAIRCASE_OPTIONS: OptionNames<StaircaseOptions> = {
  layer: true,
  widths: true,
  runtime: true,
  engine: true,
  runs: true,
  progress: true,
  signal: true,
};

/** The time of layers of one width. */
export interface StaircaseRow {
  /** Layers that computed the channels. */
  layer: StaircaseLayer;
  /** Channels between the two layers: filters of the first, inputs of the second. */
  width: number;
  /** Milliseconds of both layers: half of the runs were faster. */
  median: number;
  /** Milliseconds that a quarter of the runs did not take. */
  low: number;
  /** Milliseconds that a quarter of the runs exceeded. */
  high: number;
}

/** Channels before and behind. */
const AROUND = 64;
/** Pixels along each side of the image. */
const SIDE = 28;

/**
 * Times two layers with so many channels between them, for one width after the other: on most engines a
 * staircase, whose steps are the widths that cost nothing to fill. Zeros are fed; all widths run in turns.
 *
 * @throws RangeError where a width is no whole number of at least 1
 */
export async function measureStaircase(options: StaircaseOptions = {}): Promise<StaircaseRow[]> {
  requireOptions("measureStaircase", options, STAIRCASE_OPTIONS);
  const { layer = "convolution", widths = Array.from({ length: 33 }, (_, i) => 32 + i), ...rest } = options;
  for (const width of widths) requireNumbers("time layers", { width }, COUNT);
  const times = await measureSideBySide(widths.map((width) => layersOf(layer, width)), rest);
  return times.map(({ median, quartiles: [low, high] }, i) => ({
    layer,
    width: widths[i]!,
    median,
    low,
    high,
  }));
}

function layersOf(layer: StaircaseLayer, width: number): Model {
  const g = new GraphBuilder(`${layer} of width ${width}`);
  const random = seededRandom(0, "staircase", width);
  const weight = (name: string, ...dims: number[]) => {
    const data = Float32Array.from({ length: sizeOf(dims) }, () => random.normal(0, 0.05));
    return g.parameter(name, new Tensor("float32", data, dims));
  };
  if (layer === "product") {
    const x = g.input("x", "float32", [1, SIDE * SIDE, AROUND]);
    const hidden = g.relu(g.matMul(x, weight("a", AROUND, width)));
    g.output(g.matMul(hidden, weight("b", width, AROUND)), "y");
    return g.model();
  }
  const x = g.input("x", "float32", [1, AROUND, SIDE, SIDE]);
  const conv = (from: string, w: string) => g.conv(from, w, undefined, { pads: [1, 1, 1, 1] });
  g.output(conv(g.relu(conv(x, weight("a", width, AROUND, 3, 3))), weight("b", AROUND, width, 3, 3)), "y");
  return g.model();
}
