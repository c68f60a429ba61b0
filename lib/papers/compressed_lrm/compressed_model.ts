import type { Calibration } from "../../compress/calibration.ts";
import { compress } from "../../compress/compress.ts";
import type { LayerReport } from "../../compress/compress_layer.ts";
import { linearLayers } from "../../compress/linear_layers.ts";
import { isDecoderMatrix } from "../../lm/compress_language_model.ts";
import type { Model } from "../../onnx/model.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { bitsOf, FLOAT_BITS, type Setting } from "./setting.ts";

/** A compressed model, and what became of its matrices; of the dense one nothing. */
export interface CompressedModel {
  /** The model. */
  model: Model;
  /** Bits of a weight in a file. */
  bits: number;
  /** What became of each matrix. */
  layers: LayerReport[];
}

/** Compresses the matrices of a decoder's layers; table of tokens, output head and norms stay. */
export async function compressed(
  model: Model,
  setting: Setting,
  options: { calibration: Calibration; runtime: Runtime; like?: "reference" },
): Promise<CompressedModel> {
  if (setting.method === "dense") return { model, bits: FLOAT_BITS, layers: [] };
  const { calibration, runtime, like } = options;
  const { keep, alone, nm: pattern, ...target } = setting;
  const isKept = (weight: string) =>
    alone === undefined
      ? keep !== undefined && weight.startsWith(`model.layers.${keep}.mlp.`)
      : weight !== alone;
  const done = await compress(model, {
    ...{ ...target, pattern, calibration, runtime },
    layers: (weight) => isDecoderMatrix(weight) && !isKept(weight),
    referenceCompatible: like ? setting.sparsity !== undefined : undefined,
    // 2:4 groups and blocks of 64 are what the earlier program had.
    blockSize: like && setting.method === "sparsegpt" && pattern ? 64 : undefined,
  });
  const kept = linearLayers(model).filter(({ weight }) => isDecoderMatrix(weight) && isKept(weight));
  const left = kept.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  return { model: done.model, layers: done.layers, bits: bitsOf(done.layers, setting, left) };
}
