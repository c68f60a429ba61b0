/**
 * Compression of trained networks: weights set to zero or rounded to few bits in one shot, so that layers'
 * outputs on calibration data change little; where the bits of a budget go, from what each matrix costs the
 * model's answers; and files that hold the codes, with a manifest. Beside it quantisation of weights as data,
 * or in the graph while it trains, and what it saves.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mod.ts";
 * import { compress } from "./mod.ts";
 *
 * const { layers } = await compress(mlp({ sizes: [8, 16, 4] }), { method: "magnitude", sparsity: 0.5 });
 * assert.deepEqual(layers.map(({ sparsity }) => sparsity), [0.5, 0.5]);
 * ```
 *
 * @module
 */
export { fakeQuantize, foldFakeQuantization } from "./fake_quantize.ts";
export { type Quantizable, quantizable, type QuantizeOptions } from "./quantizable.ts";
export { quantizeWeights } from "./quantize_weights.ts";
export { type QuantizedBytes, quantizedBytes } from "./quantized_bytes.ts";
export {
  allocate,
  type AllocateOptions,
  type Allocation,
  type AllocationRule,
  type Choice,
  type Choices,
} from "./allocation/allocate.ts";
export { type ChoiceOptions, type MatrixChoices, measureChoices } from "./allocation/choices.ts";
export { type Format, ggmlFormats, type GridFormatOptions, gridFormats } from "./allocation/formats.ts";
export { type AlphaOptions, alphaSparsities } from "./allocation/alpha_sparsities.ts";
export { type Calibration } from "./calibration.ts";
export { type PackedForm, type PackedQuantized, packQuantized } from "./codes/pack_quantized.ts";
export { saveCompressed, type SaveCompressedOptions, type SavedCompressed } from "./codes/save_compressed.ts";
export { compress, type CompressOptions, type CompressResult } from "./compress.ts";
export { type LayerReport } from "./compress_layer.ts";
export { type Grid } from "./numeric/grid.ts";
export { type LinearLayer, linearLayers } from "./linear_layers.ts";
export { type Effect, type Manifest, type ManifestFacts, manifestOf, manifestPath } from "./manifest.ts";
export { type EffectOptions, measureEffects } from "./measure_effects.ts";
export { type MethodName } from "./methods/methods.ts";
export { type Rehearsal, rehearse } from "./rehearse.ts";
export { type PerLayer, type TargetOptions } from "./settings.ts";
