import { createHash } from "node:crypto";
import { GraphEditor } from "../onnx/graph_editor.ts";
import { inFloat64 } from "../onnx/passes/in_float64.ts";
import { Model } from "../onnx/model.ts";
import { fedInputs } from "../onnx/topology.ts";
import type { Runtime, Tensors } from "../runtime/runtime.ts";
import { Tensor, type TensorType } from "../tensor/tensor.ts";
import type { LinearLayer } from "./linear_layers.ts";
import { type Flow, flowOf, partOf, type Stage } from "./stages.ts";
import { addRecord, addStatistics, type InputStatistics, noStatistics } from "./statistics.ts";

/** The feeds of a model, once for each calibration sequence, picture, or batch of them. */
export type Calibration = readonly Tensors[];

/** Calibration data on their way through a model, stage by stage. */
export interface CalibrationRun {
  /** What goes into the layers of a stage, by `shares`, with the weights as they are now. */
  collect(stage: number): Promise<Map<string, InputStatistics[]>>;
  /** Computes what later stages need of this one, with the weights as they are now. */
  advance(stage: number): Promise<void>;
}

/** Where a run is, and how it is ended. */
export interface CalibrationSettings {
  /** Where parts of the model run. */
  runtime: Runtime;
  /** Whether the model runs in float64. */
  float64: boolean;
  /** Ends the run between two records. */
  signal: AbortSignal | undefined;
}

/**
 * Runs records through the parts of a model between its stages. What a stage computed is kept for those behind
 * it, for every record: the residual stream, say. What depends on no layer is computed anew.
 *
 * @param weightOf the weight of a layer as it is now, in the type of the run
 */
export function calibrationRun(
  model: Model,
  stages: readonly Stage[],
  records: Calibration,
  weightOf: (name: string, before: Tensor) => Tensor,
  { runtime, float64, signal }: CalibrationSettings,
): CalibrationRun {
  const working = float64 ? inFloat64(model) : model;
  const { graph, info } = working;
  const feeds = records.map((record) => float64 ? widened(record) : record);
  const flow: Flow = flowOf(graph, stages);
  const kept = feeds.map((): Tensors => ({}));
  const isLayer = new Set(stages.flatMap(({ layers }) => layers.map(({ weight }) => weight)));

  async function eachRecord(
    targets: readonly string[],
    prepare: (editor: GraphEditor) => void,
    take: (found: Tensors, record: number) => void,
  ): Promise<void> {
    const given = new Map(
      Object.entries(kept[0]!).map(([name, { type }]): [string, TensorType] => [name, type]),
    );
    const part = partOf(graph, targets, given);
    const initializers = new Map(
      [...part.initializers].map(([name, tensor]) =>
        [name, isLayer.has(name) ? weightOf(name, tensor as Tensor) : tensor] as const
      ),
    );
    const editor = new GraphEditor({ ...part, initializers }, { ...info.opsets });
    prepare(editor);
    const session = await runtime.session(editor.model());
    try {
      const fed = fedInputs(editor.graph());
      for (const [i, record] of feeds.entries()) {
        signal?.throwIfAborted();
        const all = { ...record, ...kept[i] };
        take(await session.run(Object.fromEntries(fed.map((name) => [name, tensorIn(all, name, i)]))), i);
      }
    } finally {
      await session.release();
    }
  }

  return {
    async collect(stage) {
      const layers = new Map<string, LinearLayer>();
      for (const layer of stages[stage]!.layers) layers.set(layer.shares, layers.get(layer.shares) ?? layer);
      const outputs = new Map<string, ReturnType<typeof addStatistics>>();
      const statistics = new Map([...layers].map(([key, layer]) => [key, noStatistics(layer)]));
      await eachRecord(
        [...layers.values()].flatMap(({ input, op, weight }) => op === "Conv" ? [input, weight] : [input]),
        (editor) => {
          for (const [key, layer] of layers) {
            const { type } = graph.initializers.get(layer.weight) as Tensor;
            outputs.set(key, addStatistics(editor, layer, type as "float32"));
          }
        },
        (found, record) => {
          const sequences = Object.values(feeds[record]!)[0]!.dims[0] ?? 1;
          for (const [key, layer] of layers) {
            addRecord(statistics.get(key)!, found, outputs.get(key)!, { layer, sequences, record });
          }
        },
      );
      return statistics;
    },
    async advance(stage) {
      const wanted = flow.carried(stage);
      const fresh = wanted.filter((name) => !Object.hasOwn(kept[0]!, name));
      const next = feeds.map((): Tensors => ({}));
      const keep = (found: Tensors, record: number) => {
        for (const name of wanted) next[record]![name] = found[name] ?? kept[record]![name]!;
      };
      if (fresh.length > 0) {
        await eachRecord(fresh, (editor) => fresh.forEach((name) => editor.output(name)), keep);
      } else feeds.forEach((_, record) => keep({}, record));
      kept.splice(0, Infinity, ...next);
    },
  };
}

function tensorIn(all: Tensors, name: string, record: number): Tensor {
  const tensor = all[name];
  if (tensor) return tensor;
  throw new TypeError(
    `Cannot calibrate: record ${record} (from 0) has no "${name}", which the model reads; give a tensor for ` +
      "each of its inputs",
  );
}

function widened(record: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(record).map(([name, tensor]) => [
      name,
      tensor.type === "float32"
        ? new Tensor("float64", Float64Array.from(tensor.data as Float32Array), tensor.dims)
        : tensor,
    ]),
  );
}

/** A name for calibration data: SHA-256 of names, types, shapes and numbers, in hex. */
export function calibrationHash(records: Calibration): string {
  const hash = createHash("sha256");
  for (const record of records) {
    for (const [name, { type, dims, data }] of Object.entries(record)) {
      const { buffer, byteOffset, byteLength } = data as Float32Array;
      hash.update(JSON.stringify([name, type, dims])).update(new Uint8Array(buffer, byteOffset, byteLength));
    }
  }
  return hash.digest("hex");
}
