import type { Method } from "./method.ts";
import { swept } from "./swept.ts";
import { sweptOnGpu } from "./swept_on_gpu.ts";

/**
 * Weights are rounded column by column, and the columns behind make up for the error. A group's levels are
 * laid over its weights when the sweep comes to it. Source: E. Frantar, S. Ashkboos, T. Hoefler, D. Alistarh,
 * "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers", 2022.
 */
export const gptq: Method = {
  does: ["bits"],
  calibrated: true,
  shrinks: true,
  sweeps: true,
  run: (matrix, target) => swept(matrix, target, false),
  onGpu: (gpu, matrix, target) => sweptOnGpu(gpu, matrix, target, false),
};
