/**
 * Networks: layers as functions that add nodes to a graph, architectures made of them, and weights put into
 * them.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { countMacs } from "../onnx/mod.ts";
 * import { resnetCifar, weightsOf } from "./mod.ts";
 *
 * const model = resnetCifar({ depth: 20 });
 * assert.equal(countMacs(model).parameters, 269722);
 * assert.equal(weightsOf(model)[0]!.name, "conv1.weight");
 * ```
 *
 * @module
 */
export { bert, type BertOptions, distilbert, type DistilbertOptions } from "./bert.ts";
export { decoder, decoderCarry, type DecoderOptions, decoderStep } from "./decoder.ts";
export { edsr, type EdsrOptions } from "./edsr.ts";
export { edsrTiny, type EdsrTinyOptions } from "./edsr_tiny.ts";
export { loadWeights, type LoadWeightsOptions } from "./load_weights.ts";
export { type Cuts, saveWeights, type SaveWeightsOptions, type TensorCut } from "./save_weights.ts";
export { mlp, type MlpOptions } from "./mlp.ts";
export { resnetCifar, type ResnetCifarOptions } from "./resnet_cifar.ts";
export { resnetImagenet, type ResnetImagenetOptions } from "./resnet_imagenet.ts";
export { swinir, SWINIR_TINY, type SwinirOptions } from "./swinir.ts";
export { vggBn, type VggBnOptions } from "./vgg_bn.ts";
export { vit, type VitOptions, vitWeightName } from "./vit.ts";
export { declareWeights, type Weight, weightsOf } from "./weights.ts";
export { type WeightRole } from "../onnx/operators/facts.ts";
export { type DeclaredRole } from "../onnx/declared_roles.ts";
export { type Random, seededRandom } from "../random.ts";
