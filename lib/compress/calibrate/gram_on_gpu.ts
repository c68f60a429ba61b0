import { gram } from "../../../kernels/webgpu/linear/gram.ts";
import type { Gpu } from "../../../kernels/webgpu/core/gpu.ts";
import { lentBy } from "../numeric/on_gpu.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Σ x xᵀ on a GPU while tokens x come in. */
export interface GramOnGpu extends Disposable {
  /** Adds tokens, [..., columns]; those that lie on the GPU are given back. */
  add(x: Tensor): Promise<void>;
  /** The sum so far, [columns, columns]. */
  read(): Promise<Float64Array>;
}

/** Begins a sum, whose rounding in float32 is made up for. */
export function gramOnGpu(gpu: Gpu, columns: number): GramOnGpu {
  const lent = lentBy(gpu);
  const zeros = () => lent.matrix(new Float64Array(columns * columns), [columns, columns]);
  const [sum, residual] = [zeros(), zeros()];
  return {
    async add(x) {
      using own = lentBy(gpu);
      await gram(sum, own.put(x), { residual });
    },
    async read() {
      const lost = await lent.read(residual);
      return (await lent.read(sum)).map((value, i) => value + lost[i]!);
    },
    [Symbol.dispose]: () => lent[Symbol.dispose](),
  };
}
