import type { Gpu } from "../../../kernels/webgpu/core/gpu.ts";
import { importance, kthValue, mask, openGpu, toCpu, toGpu } from "../../../kernels/webgpu/mod.ts";
import type { Model } from "../../onnx/model.ts";
import { numbersOf, sizeOf, type Tensor } from "../../tensor/tensor.ts";
import { elements } from "../../tensor/arrays.ts";

/** Finding of one kernel over all filters of a network, and how long it took. */
export interface KernelRow {
  /** Name of the kernel. */
  kernel: string;
  /** Device that it ran on, in words. */
  device: string;
  /** The finding in words. */
  found: string;
  /** The best of three times, in milliseconds; the first one also compiles. */
  ms: number;
}

/**
 * Ranks all filters of a network by their norm, finds the one threshold under which half of all their weights
 * lie, and packs masks of what is above it: with compute kernels on a real GPU where there is one, else with
 * their twins.
 */
export async function filterKernels(model: Model): Promise<KernelRow[]> {
  const filters = [...model.graph.initializers].flatMap(([name, tensor]) =>
    tensor.dims.length === 4 && tensor.type === "float32" ? [{ name, tensor: tensor as Tensor }] : []
  );
  const gpu = await realGpu();
  const tensors = filters.map(({ tensor }) => gpu ? toGpu(gpu, tensor) : tensor);
  try {
    const weights = tensors.reduce((sum, { dims }) => sum + sizeOf(dims), 0);
    const norms = await timed(
      gpu,
      () =>
        Promise.all(
          tensors.map((tensor) => importance(tensor, { measure: "square", keep: [0], root: true })),
        ),
    );
    const all = (await Promise.all(norms.result.map(toCpu))).flatMap(numbersOf);
    const threshold = await timed(gpu, () => kthValue(tensors, Math.floor(weights / 2)));
    const masks = await timed(gpu, () => mask(tensors, threshold.result));
    const kept = (await Promise.all(masks.result.map(toCpu))).map((bits) => onesOf(elements(bits, "uint32")));
    const shares = kept.map((count, i) => 100 * count / sizeOf(tensors[i]!.dims));
    const least = shares.indexOf(Math.min(...shares));
    const bytes = masks.result.reduce((sum, { dims }) => sum + 4 * sizeOf(dims), 0);
    dispose([...norms.result, ...masks.result]);
    const device = gpu ? gpu.name : "the processor, in JavaScript: no real GPU found";
    return [
      {
        kernel: "importance, L2 norm of each filter",
        found: `${all.length} filters, norms from ${Math.min(...all).toPrecision(2)} to ${
          Math.max(...all).toPrecision(2)
        }`,
        device,
        ms: norms.ms,
      },
      {
        kernel: "kthValue, one threshold for all layers",
        found: `half of ${weights.toLocaleString("en")} weights lie under ${
          threshold.result.value.toPrecision(3)
        }`,
        device,
        ms: threshold.ms,
      },
      {
        kernel: "mask, a bit for each weight",
        found: `${bytes.toLocaleString("en")} bytes; ${filters[least]!.name} would keep least, ${
          shares[least]!.toFixed(0)
        } %`,
        device,
        ms: masks.ms,
      },
    ];
  } finally {
    if (gpu) dispose(tensors);
    gpu?.close();
  }
}

/** Software that poses as a GPU is slower than the twins. */
async function realGpu(): Promise<Gpu | undefined> {
  const gpu = await openGpu().catch(() => undefined);
  if (!gpu?.isCpu) return gpu;
  gpu.close();
  return undefined;
}

/** The result of the last of three runs; those of the others are given back. */
async function timed<T>(gpu: Gpu | undefined, work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  let ms = Infinity;
  let result: T;
  for (let round = 0;; round++) {
    const start = performance.now();
    result = await work();
    await gpu?.idle();
    ms = Math.min(ms, performance.now() - start);
    if (round === 2) return { result, ms };
    if (Array.isArray(result)) dispose(result);
  }
}

function dispose(tensors: readonly Tensor[]): void {
  for (const tensor of tensors) if (tensor.location === "gpu-buffer") tensor.dispose();
}

function onesOf(words: Uint32Array): number {
  let count = 0;
  for (let word of words) for (; word; word &= word - 1) count++;
  return count;
}
