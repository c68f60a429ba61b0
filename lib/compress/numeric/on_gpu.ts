import { matmul } from "../../../kernels/webgpu/linear/matmul.ts";
import type { Gpu } from "../../../kernels/webgpu/core/gpu.ts";
import { toCpu, toGpu } from "../../../kernels/webgpu/core/tensors.ts";
import { float32, type Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { isWorth, type Products, productsOn } from "./products.ts";

/** Tensors on a GPU that are given back when the scope ends, however it does. */
export interface Lent extends Disposable {
  /** Brings a tensor there; on the GPU already, it becomes one of these. */
  put(tensor: Tensor): Tensor;
  /** Brings a matrix there, as float32. */
  matrix(numbers: Float64Array, dims: readonly number[]): Tensor;
  /** The numbers of a tensor there. */
  read(tensor: Tensor): Promise<Float64Array>;
}

/** Lends tensors of a GPU. */
export function lentBy(gpu: Gpu): Lent {
  const held = new Set<Tensor>();
  const put = (tensor: Tensor) => {
    const there = tensor.location === "cpu" ? toGpu(gpu, tensor) : tensor;
    held.add(there);
    return there;
  };
  return {
    put,
    matrix: (numbers, dims) => put(float32(Float32Array.from(numbers), dims)),
    read: async (tensor) => Float64Array.from(floats(await toCpu(tensor))),
    [Symbol.dispose]() {
      for (const tensor of held) tensor.dispose();
      held.clear();
    },
  };
}

/** Large products where they are fastest; none where all are in float64, or nothing runs. */
export function productsFor(
  { runtime, gpu, precision }: {
    runtime: Runtime | undefined;
    gpu: Gpu | undefined;
    precision: "float32" | "float64";
  },
): Products | undefined {
  if (!runtime || precision === "float64") return undefined;
  return gpu ? productsOnGpu(gpu) : productsOn(runtime);
}

/** Products by the kernel of a GPU, in float32. */
export function productsOnGpu(gpu: Gpu): Products {
  return {
    isWorth,
    async multiply(a, b, m, k, n) {
      using lent = lentBy(gpu);
      const factors = [lent.put(float32(a, [m, k])), lent.put(float32(b, [k, n]))] as const;
      return floats(await toCpu(lent.put(await matmul(...factors))));
    },
    close: () => Promise.resolve(),
  };
}
