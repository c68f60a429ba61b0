import type { Gpu } from "../../kernels/webgpu/core/gpu.ts";
import { TypeError } from "../errors.ts";
import type { WebgpuRuntime } from "../runtime/webgpu.ts";
import type { CompressOptions } from "./compress.ts";

/**
 * The GPU that a compression computes on: the one that was given, or that of the runtime.
 *
 * @throws {TypeError} where it is asked for float64, or is another than the runtime's
 */
export function chosenGpu(
  { gpu, runtime, precision }: Pick<CompressOptions, "gpu" | "runtime" | "precision">,
): Gpu | undefined {
  const own = runtime && "gpu" in runtime ? (runtime as WebgpuRuntime).gpu : undefined;
  if (precision === "float64") {
    if (!gpu) return undefined;
    throw new TypeError(
      `Cannot compress in float64 on ${gpu.name}: its kernels compute in float32; leave out gpu or precision`,
    );
  }
  if (gpu && own && gpu !== own) {
    throw new TypeError(
      `Cannot compress on two GPUs: the runtime has one of its own, ${own.name}; give its gpu, or leave gpu out`,
    );
  }
  return gpu ?? own;
}
