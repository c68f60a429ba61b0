import { RangeError, TypeError } from "../errors.ts";
import type { Model } from "../onnx/model.ts";
import { requireOptions } from "../options.ts";
import { type Progress, silent } from "../progress.ts";
import { openRuntime } from "../runtime/engines.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { stopSignal } from "../stop.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { openDistance } from "./allocation/measured.ts";
import type { Calibration } from "./calibration.ts";
import type { CompressResult } from "./compress.ts";
import { storedModel } from "./stored_model.ts";

/** Settings of {@linkcode measureEffects}. */
export interface EffectOptions {
  /** What the model is fed with for each matrix: records as for a calibration, best others than its own. */
  held: Calibration;
  /** Where it runs. Default: an engine that is opened for this, and closed. */
  runtime?: Runtime | undefined;
  /** Ends the run. */
  signal?: AbortSignal | undefined;
  /** Who is told how it goes, once a matrix. */
  progress?: Progress | undefined;
}

/**
 * Measures what each compressed matrix by itself does to the model's answers, which `loss` in a layer's
 * output does not tell: all others stay as they were, and the mean Kullback–Leibler divergence of the answers
 * from what they were, with the first output as logits, becomes the report's `divergence`. A manifest has it,
 * too.
 *
 * @param model as it was before `compress`
 * @returns the result with reports that have a `divergence`
 * @throws {TypeError} where the model has not the result's layers, or there are no records
 * @throws {RangeError} where answers are not finite
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { float32 } from "../tensor/tensor.ts";
 * import { compress } from "./compress.ts";
 *
 * const model = mlp({ sizes: [8, 16, 4] });
 * const held = [{ input: float32(Array.from({ length: 16 }, (_, i) => Math.sin(i)), [2, 8]) }];
 * const result = await compress(model, { method: "rtn", bits: 3 });
 * const { layers } = await measureEffects(model, result, { held });
 * assert.ok(layers.every(({ divergence }) => divergence! > 0));
 * ```
 */
export async function measureEffects<Result extends Pick<CompressResult, "model" | "layers">>(
  model: Model,
  result: Result,
  options: EffectOptions,
): Promise<Result> {
  const names = { held: true, runtime: true, signal: true, progress: true };
  requireOptions("measureEffects", options, names, "{ held: calibration }");
  const { held, progress = silent } = options;
  const signal = stopSignal(options.signal);
  const stored = storedModel(model);
  const before = stored.graph.initializers;
  const after = result.model.graph.initializers;
  const missing = result.layers.find(({ weight }) => !before.has(weight) || !after.has(weight));
  if (missing || held.length === 0) {
    throw new TypeError(
      `Cannot measure effects: expected the model that was compressed, and records, found ${
        missing ? `one without "${missing.weight}"` : "no records"
      }`,
    );
  }
  const runtime = options.runtime ?? await openRuntime();
  try {
    const weights = result.layers.map(({ weight }) => weight);
    const { distance, close } = await openDistance(stored, weights, held, { runtime, signal });
    try {
      await progress.start("Measuring effects", weights.length);
      const layers: CompressResult["layers"] = [];
      for (const layer of result.layers) {
        const divergence = await distance({ [layer.weight]: after.get(layer.weight) as Tensor });
        if (!Number.isFinite(divergence)) {
          throw new RangeError(
            `Cannot measure effects: with ${layer.weight} alone compressed the answers are ${divergence} from what ` +
              "they were, expected a finite number; look for NaN and infinity in the records and weights",
          );
        }
        layers.push({ ...layer, divergence });
        await progress.step(layers.length, layer.weight);
      }
      return { ...result, layers };
    } finally {
      await close();
      await progress.close();
    }
  } finally {
    if (!options.runtime) await runtime.close();
  }
}
