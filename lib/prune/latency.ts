import { Tensor } from "../deps.ts";
import { type Dim, type Shape, substituteDim } from "../onnx/dim.ts";
import type { Model } from "../onnx/model.ts";
import { sizeOf } from "../onnx/tensor.ts";
import { openRuntime } from "../runtime/engines.ts";
import type { EngineName, Tensors } from "../runtime/runtime.ts";

/** Settings of {@linkcode measureLatency}. */
export interface LatencyOptions {
  /** Default: the best engine there is. */
  engine?: EngineName;
  /** Size of inputs' leading dimension where it is not known. Default 1. */
  batch?: number;
  /** Timed runs, after three that are not. Default 20. */
  runs?: number;
  /** Sizes of inputs whose sizes are not known otherwise. */
  inputShapes?: Readonly<Record<string, Shape>>;
  /** Ends the measurement after the run at hand, with the signal's reason. */
  signal?: AbortSignal;
}

/** How long one run takes, in milliseconds. */
export interface Latency {
  /** What it ran on. */
  engine: EngineName;
  /** The processor or adapter, in words. */
  device: string;
  /** Size of the batch. */
  batch: number;
  /** Runs that were timed. */
  runs: number;
  /** Half of the runs were faster. */
  median: number;
  /** First and third quartile. */
  quartiles: [number, number];
}

/**
 * Measures how long a model takes on this machine, fed with zeros.
 *
 * @throws TypeError where an input has a size that is not known
 */
export async function measureLatency(model: Model, options: LatencyOptions = {}): Promise<Latency> {
  const { engine, batch = 1, runs = 20, inputShapes = {}, signal } = options;
  const feeds = zeroFeeds(model, batch, inputShapes);
  const runtime = await openRuntime(engine ? { engine } : {});
  try {
    const session = await runtime.session(model);
    try {
      const times: number[] = [];
      for (let run = -3; run < runs; run++) {
        signal?.throwIfAborted();
        const start = performance.now();
        await session.run(feeds);
        if (run >= 0) times.push(performance.now() - start);
      }
      times.sort((a, b) => a - b);
      const at = (part: number) => times[Math.min(times.length - 1, Math.floor(part * times.length))]!;
      const { engine, device } = runtime;
      return { engine, device, batch, runs, median: at(0.5), quartiles: [at(0.25), at(0.75)] };
    } finally {
      await session.release();
    }
  } finally {
    await runtime.close();
  }
}

function zeroFeeds({ graph }: Model, batch: number, given: Readonly<Record<string, Shape>>): Tensors {
  const feeds: Tensors = {};
  const names = new Map<string, Dim>();
  for (const name of graph.inputs) {
    if (graph.initializers.has(name)) continue;
    const { shape: declared, type } = graph.values.get(name) ?? {};
    const shape = given[name] ?? declared;
    if (typeof shape?.[0] === "string") names.set(shape[0], batch);
    const dims = shape?.map((dim) => substituteDim(dim, names));
    if (!dims?.every((dim) => typeof dim === "number")) {
      throw new TypeError(
        `Cannot measure latency: input "${name}" has shape [${declared?.join(", ") ?? "unknown"}]; ` +
          `give its sizes in inputShapes`,
      );
    }
    const sizes = dims as number[];
    const blank = new Tensor(type as "float32", dataOf(type, sizeOf(sizes)) as Float32Array, sizes);
    feeds[name] = blank;
  }
  return feeds;
}

function dataOf(type: string | undefined, size: number) {
  if (type === "int64") return new BigInt64Array(size);
  if (type === "int32") return new Int32Array(size);
  if (type === "float64") return new Float64Array(size);
  if (type === "uint8" || type === "bool") return new Uint8Array(size);
  return new Float32Array(size);
}
