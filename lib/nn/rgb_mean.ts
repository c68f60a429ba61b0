import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { float32 } from "../tensor/tensor.ts";

/**
 * Mean of red, green and blue over DIV2K, which super-resolution networks take off their input and put back
 * on.
 */
const RGB_MEAN = [0.4488, 0.4371, 0.404] as const;

/** The mean as a constant that broadcasts over [N, channels, H, W]; nothing but RGB has one. */
function meanOf(g: GraphBuilder, channels: number): Value | undefined {
  return channels === 3 ? g.constant(float32(RGB_MEAN, [1, 3, 1, 1])) : undefined;
}

/** Images minus the mean of RGB. */
export function subtractMean(g: GraphBuilder, x: Value, channels: number): Value {
  const mean = meanOf(g, channels);
  return mean === undefined ? x : g.sub(x, mean);
}

/** Images plus the mean of RGB. */
export function addMean(g: GraphBuilder, x: Value, channels: number): Value {
  const mean = meanOf(g, channels);
  return mean === undefined ? x : g.add(x, mean);
}
