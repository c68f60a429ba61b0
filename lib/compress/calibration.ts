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
  type InputStatistics,
  noStatistics,
  requireFinite,
  type StatisticOutputs,
} from "./calibrate/statistics.ts";
import { type GramOnGpu, gramOnGpu } from "./calibrate/gram_on_gpu.ts";
import { streamThrough } from "./calibrate/stream.ts";

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
    async collect(stage) {
      const layers = new Map<string, LinearLayer>();
      for (const layer of stages[stage]!.layers) layers.set(layer.shares, layers.get(layer.shares) ?? layer);
      const inputs = [...new Set([...layers.values()].map(({ input }) => input))];
      const outputs = new Map<string, StatisticOutputs>();
      const statistics = new Map([...layers].map(([key, layer]) => [key, noStatistics(layer, cross)]));
      const typeOf = ({ weight }: LinearLayer) =>
        (working.graph.initializers.get(weight) as Tensor).type as "float32";
      await using opened = new AsyncDisposableStack();
      const sums = new Map<string, GramOnGpu>(); // by the kernel, whose matrices are of one group
      for (const [key, layer] of layers) {
        if (gpu && layer.groups === 1 && typeOf(layer) === "float32") {
          sums.set(key, opened.use(gramOnGpu(gpu, layer.columns)));
        }
      }
      const givesOf = (key: string) => sums.has(key) ? "tokens" : "gram";
      const first = await before?.open(inputs, (editor) => inputs.forEach((name) => editor.output(name)));
      if (first) opened.defer(first.close);
      const part = await now.open(inputs, (editor) => {
        for (const [key, layer] of layers) {
          const type = typeOf(layer);
          const other = `before/${layer.input}`;
          if (cross && !editor.has(other)) {
            editor.input(other, type, rankOf(editor, layer.input));
          }
          outputs.set(
            key,
            addStatistics(editor, layer, type, { before: cross ? other : undefined, gives: givesOf(key) }),
          );
        }
        return [...sums.keys()].map((key) => outputs.get(key)!.gram);
      });
      opened.defer(part.close);
      for (const [record, feed] of feeds.entries()) {
        signal?.throwIfAborted();
        const sequences = Object.values(feed)[0]?.dims[0] ?? 1;
        const said = Object.entries(await first?.run(record) ?? {});
        const found = await part.run(
          record,
          Object.fromEntries(said.map(([name, tensor]) => [`before/${name}`, tensor])),
        );
        const tokens = new Map([...sums.keys()].map((key) => [key, found[outputs.get(key)!.gram]!]));
        try {
          for (const [key, layer] of layers) {
            const about = { layer, sequences, record, gives: givesOf(key) } as const;
            addRecord(statistics.get(key)!, found, outputs.get(key)!, about);
            const x = tokens.get(key);
            tokens.delete(key);
            if (x) await sums.get(key)!.add(x);
          }
        } finally {
          for (const x of tokens.values()) if (x.location !== "cpu") x.dispose();
        }
      }
      for (const [key, sum] of sums) {
        const { gram } = statistics.get(key)![0]!;
        gram.set(await sum.read());
        const total = gram.reduce((sum, value) => sum + value, 0);
        requireFinite(total, layers.get(key)!, "where it is squared; look for huge numbers in the records");
      }
      return statistics;
    },
    bytes: () => now.bytes() + (before?.bytes() ?? 0),
    async advance(stage) {
      await before?.advance(stage, signal);
      await now.advance(stage, signal);
    },
  };
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
