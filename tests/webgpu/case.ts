import { type Gpu, gpuOn } from "../../kernels/webgpu/core/gpu.ts";
import { toCpu, toGpu } from "../../kernels/webgpu/core/tensors.ts";
import { sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";

/** What is tried of a kernel, on Deno and in a browser alike: so nothing here imports from `node:`. */
export interface Case {
  name: string;
  /** Throws where the kernel, its twin or the reference disagree. */
  run(gpu: Gpu): Promise<void>;
}

/** A place where a kernel runs: on the CPU its twin, on the GPU, or there in many small parts. */
export interface Place {
  name: "CPU" | "GPU" | "GPU in parts";
  /** Copies a tensor there; what it holds is given back by {@linkcode everywhere}. */
  put(tensor: Tensor): Tensor;
}

/** Bytes of a binding that cut the tests' tensors into parts. */
const SMALL_BINDING = 2048;

/**
 * Runs `body` at each place and returns what it gave, tensors copied to the CPU; fails where buffers leak. `body`
 * returns tensors that it made, and those that it changed in place.
 */
export async function everywhere(
  gpu: Gpu,
  body: (place: Place) => Promise<Tensor | Tensor[]>,
  { binding = SMALL_BINDING }: { binding?: number } = {},
): Promise<{ place: string; tensors: Tensor[] }[]> {
  const results: { place: string; tensors: Tensor[] }[] = [];
  const places: [Place["name"], Gpu | undefined][] = [
    ["CPU", undefined],
    ["GPU", gpu],
    ["GPU in parts", smallGpu(gpu, Math.max(binding, 2 * gpu.alignment))],
  ];
  for (const [name, on] of places) {
    const before = on?.counters().buffers;
    const held: Tensor[] = [];
    const put = (tensor: Tensor) => {
      const there = on ? toGpu(on, tensor) : copyOf(tensor);
      held.push(there);
      return there;
    };
    const made = [await body({ name, put })].flat();
    const tensors = await Promise.all(made.map(toCpu));
    for (const tensor of new Set([...made, ...held])) {
      if (tensor.location === "gpu-buffer") tensor.dispose();
    }
    const after = on?.counters().buffers;
    if (before !== after) throw new Error(`${name}: ${before} buffers before, ${after} after`);
    results.push({ place: name, tensors });
  }
  return results;
}

const smallOnes = new WeakMap<Gpu, Map<number, Gpu>>();

/** The same GPU with small bindings. It is kept, with what it compiled; what it holds goes with the device. */
function smallGpu(gpu: Gpu, maxBinding: number): Gpu {
  const bySize = smallOnes.get(gpu) ?? new Map<number, Gpu>();
  smallOnes.set(gpu, bySize);
  const small = bySize.get(maxBinding) ?? gpuOn(gpu, { maxBinding });
  bySize.set(maxBinding, small);
  return small;
}

/** Bodies may change tensors in place. */
function copyOf({ type, data, dims }: Tensor): Tensor {
  return new Tensor(type as "float32", (data as Float32Array).slice(), dims);
}

/** A tensor of float32 or float16 from numbers. */
export function floats(
  data: ArrayLike<number>,
  dims: readonly number[] = [data.length],
  type: "float32" | "float16" = "float32",
): Tensor {
  const numbers = type === "float32" ? Float32Array.from(data) : Float16Array.from(data);
  return new Tensor(type as "float32", numbers as Float32Array, dims);
}

/** Normally distributed numbers of a seed. */
export function randomFloats(
  seed: string,
  dims: readonly number[],
  type: "float32" | "float16" = "float32",
): Tensor {
  const random = seededRandom(0, "kernels", seed);
  return floats(Array.from({ length: sizeOf(dims) }, () => random.normal()), dims, type);
}

/** Fails unless `body` throws an error whose message matches. */
export async function refuses(body: () => unknown, message: RegExp): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (message.test((error as Error).message)) return;
    throw new Error(`expected an error like ${message}, but got: ${(error as Error).message}`);
  }
  throw new Error(`expected an error like ${message}, but nothing was thrown`);
}
