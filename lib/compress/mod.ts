/**
 * Quantisation of weights: rounded as data, or in the graph while it trains, and what it saves.
 *
 * @module
 */
export { fakeQuantize, foldFakeQuantization } from "./fake_quantize.ts";
export { type Quantizable, quantizable, type QuantizeOptions } from "./quantizable.ts";
export { quantizeWeights } from "./quantize_weights.ts";
export { type QuantizedBytes, quantizedBytes } from "./quantized_bytes.ts";
