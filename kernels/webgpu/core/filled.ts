import type { Tensor } from "../../../lib/tensor/tensor.ts";
import type { Gpu, Pass } from "./gpu.ts";

/** New tensors, given back where the passes that fill them cannot be made, or do not run. */
export async function filled<T extends Tensor | readonly (Tensor | undefined)[]>(
  gpu: Gpu,
  tensors: T,
  passes: () => Pass[],
): Promise<T> {
  try {
    await gpu.run(passes());
    return tensors;
  } catch (error) {
    for (const tensor of [tensors].flat()) tensor?.dispose();
    throw error;
  }
}
