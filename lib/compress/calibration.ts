import { tensorsDigest } from "../files/digest.ts";
import type { GraphEditor } from "../onnx/graph_editor.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { inFloat64 } from "../onnx/passes/in_float64.ts";
import type { Shape } from "../onnx/dim.ts";
import type { Model } from "../onnx/model.ts";
import type { Gpu } from "../../kernels/webgpu/core/gpu.ts";
import type { Runtime, Tensors } from "../runtime/runtime.ts";
import { Tensor } from "../tensor/tensor.ts";
import { arrayOf, floats } from "../tensor/arrays.ts";
import type { LinearLayer } from "./linear_layers.ts";
import type { Stage } from "./calibrate/stages.ts";
import {
  addRecord,
  addStatistics,
  type Float,
  type Gives,
  type InputStatistics,
  noStatistics,
  requireFinite,
  type StatisticOutputs,
} from "./calibrate/statistics.ts";
import { type GramOnGpu, gramOnGpu } from "./calibrate/gram_on_gpu.ts";
import { mirror } from "./numeric/mirror.ts";
import { type Stream, streamThrough } from "./calibrate/stream.ts";

/** The feeds of a model, once for each calibration sequence, picture, or batch of them. */
export type Calibration = readonly Tensors[];

/** Calibration data on their way through a model, stage by stage. */
export interface CalibrationRun {
  /** What goes into the layers of a stage, by `shares`, with the weights as they are now. */
  collect(stage: number): Promise<Map<string, InputStatistics[]>>;
  /** Computes what later stages need of this one, with the weights as they are now. */
  advance(stage: number): Promise<void>;
  /** Bytes of what is kept of the records between stages. */
  bytes(): number;
}

/** Where a run is, and how it is ended. */
export interface CalibrationSettings {
  /** Where parts of the model run. */
  runtime: Runtime;
  /** Whether the model runs in float64. */
  float64: boolean;
  /** Whether what goes into layers is compared with what went into them before anything was compressed. */
  cross: boolean;
  /** A GPU that multiplies what goes into layers, where there is one. */
  gpu?: Gpu | undefined;
  /** Ends the run between two records. */
  signal: AbortSignal | undefined;
}

/** The weight of a layer as it is now, in the type of the weight that is given, which it was at first. */
export type WeightNow = (name: string, before: Tensor) => Tensor;

/**
 * Runs records through the parts of a model between its stages. What a stage computed is kept for those
 * behind it, for every record: the residual stream, say. What depends on no layer is computed anew.
 */
export function calibrationRun(
  model: Model,
  stages: readonly Stage[],
  { records, weightNow }: { records: Calibration; weightNow: WeightNow },
  { runtime, float64, cross, gpu, signal }: CalibrationSettings,
): CalibrationRun {
  const working = shaped(float64 ? inFloat64(model) : model);
  const feeds = records.map((record) => float64 ? widened(record) : record);
  const now = streamThrough(working, stages, feeds, { weightNow, runtime });
  const before = cross
    ? streamThrough(working, stages, feeds, { weightNow: (_, weight) => weight, runtime })
    : undefined;
  return {
    collect: (stage) => collectInputs(stages[stage]!, { working, feeds, now, before, gpu, signal }),
    bytes: () => now.bytes() + (before?.bytes() ?? 0),
    async advance(stage) {
      await before?.advance(stage, signal);
      await now.advance(stage, signal);
    },
  };
}

/** Records on their way, through the model as it is now and as it was. */
interface Ways extends Pick<CalibrationSettings, "gpu" | "signal"> {
  working: Model;
  feeds: Calibration;
  now: Stream;
  before: Stream | undefined;
}

/** An input that some layers share, while its statistics come in. */
interface SharedInput {
  /** The first of the layers. */
  layer: LinearLayer;
  /** Type of numbers that it computes in. */
  type: Float;
  statistics: InputStatistics[];
  /** Multiplies on a GPU, where there is one: then the graph gives it the tokens. */
  gram: GramOnGpu | undefined;
}

/** Statistics of what goes into the layers of a stage, by what they share. */
async function collectInputs({ layers }: Stage, ways: Ways): Promise<Map<string, InputStatistics[]>> {
  const { feeds, now, before, signal } = ways;
  await using opened = new AsyncDisposableStack();
  const shared = new Map<string, SharedInput>();
  for (const layer of layers) {
    if (!shared.has(layer.shares)) shared.set(layer.shares, sharedInput(layer, ways, opened));
  }
  const inputs = [...new Set(shared.values().map(({ layer }) => layer.input))];
  const first = await before?.open(inputs, (editor) => inputs.forEach((name) => editor.output(name)));
  if (first) opened.defer(first.close);
  let asked: Asked[] = [];
  const part = await now.open(inputs, (editor) => {
    asked = [...shared.values()].map((input) => ask(editor, input, before !== undefined));
    return asked.flatMap(({ gram, outputs }) => gram ? outputs.gram : []);
  });
  opened.defer(part.close);
  for (const [record, feed] of feeds.entries()) {
    signal?.throwIfAborted();
    const compared = Object.entries(await first?.run(record) ?? {});
    const found = await part.run(
      record,
      Object.fromEntries(compared.map(([name, tensor]) => [nameBefore(name), tensor])),
    );
    await addFound(asked, found, { record, sequences: Object.values(feed)[0]?.dims[0] ?? 1 });
  }
  for (const input of shared.values()) await takeGram(input);
  return new Map(shared.entries().map(([key, { statistics }]) => [key, statistics]));
}

/** Nothing seen yet of a layer's input. Kernels multiply matrices of one group. */
function sharedInput(
  layer: LinearLayer,
  { working, gpu, before }: Ways,
  opened: AsyncDisposableStack,
): SharedInput {
  const { type } = working.graph.initializers.get(layer.weight) as Tensor & { type: Float };
  const gram = gpu && layer.groups === 1 && type === "float32"
    ? opened.use(gramOnGpu(gpu, layer.columns))
    : undefined;
  return { layer, type, statistics: noStatistics(layer, before !== undefined), gram };
}

/** An input, and the outputs of the graph that tell of it. */
interface Asked extends SharedInput {
  outputs: StatisticOutputs;
}

/**
 * Lets a graph tell of an input, beside what it was before anything was compressed where that is compared.
 */
function ask(editor: GraphEditor, input: SharedInput, cross: boolean): Asked {
  const { layer, type, gram } = input;
  const before = cross ? nameBefore(layer.input) : undefined;
  if (before !== undefined && !editor.has(before)) editor.input(before, type, rankOf(editor, layer.input));
  return { ...input, outputs: addStatistics(editor, layer, type, { before, gives: givesOf(gram) }) };
}

const nameBefore = (input: string): string => `before/${input}`;

const givesOf = (gram: GramOnGpu | undefined): Gives => gram ? "tokens" : "gram";

/** Adds what a record gave. Tokens that a kernel does not get to are given back. */
async function addFound(
  asked: readonly Asked[],
  found: Tensors,
  about: { record: number; sequences: number },
): Promise<void> {
  const tokens = asked.map(({ gram, outputs }) => gram && found[outputs.gram[0]!]!);
  try {
    for (const [i, { layer, statistics, gram, outputs }] of asked.entries()) {
      addRecord(statistics, found, outputs, { layer, ...about, gives: givesOf(gram) });
      const x = tokens[i];
      tokens[i] = undefined;
      if (x) await gram!.add(x);
    }
  } finally {
    for (const x of tokens) if (x && x.location !== "cpu") x.dispose();
  }
}

/** Takes the sum of products from the GPU, where it was computed there; else half of it is to be mirrored. */
async function takeGram({ layer, statistics, gram: onGpu }: SharedInput): Promise<void> {
  if (!onGpu) {
    for (const { gram } of statistics) mirror(gram, layer.columns);
    return;
  }
  const { gram } = statistics[0]!;
  gram.set(await onGpu.read());
  const total = gram.reduce((sum, value) => sum + value, 0);
  requireFinite(total, layer, "where it is squared; look for huge numbers in the records");
}

/** The model with shapes where they can be inferred. */
function shaped(model: Model): Model {
  try {
    return inferShapes(model);
  } catch {
    return model; // one whose shapes contradict each other is run as it is
  }
}

/** A shape of as many sizes as the value has, as far as that is known. */
function rankOf(editor: GraphEditor, value: string): Shape {
  return editor.shape(value).map((_, axis) => `before.${axis}`);
}

function widened(record: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(record).map(([name, tensor]) => [
      name,
      tensor.type === "float32"
        ? new Tensor("float64", Float64Array.from(floats(tensor)), tensor.dims)
        : tensor,
    ]),
  );
}

/** A name for calibration data: SHA-256 of names, types, shapes and numbers, in hex. */
export function calibrationHash(records: Calibration): string {
  const tensors = records.flatMap((record) =>
    Object.entries(record).map(([name, tensor]) =>
      [JSON.stringify([name, tensor.type, tensor.dims]), arrayOf(tensor)] as const
    )
  );
  return tensorsDigest("", tensors);
}
