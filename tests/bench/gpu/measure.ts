import type { Gpu } from "../../../kernels/webgpu/core/gpu.ts";
import { toGpu } from "../../../kernels/webgpu/mod.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { type Spent, spent, timed } from "../turns.ts";
import { type Contestant, normalNumbers } from "./contestants.ts";

type Work = () => Promise<Tensor | Tensor[] | void>;

/** The best seconds of one of several runs that a GPU is given together: so the wait for its answer counts once. */
export async function bestOnGpu(gpu: Gpu, work: Work, rounds: number): Promise<number> {
  const together = gpu.isCpu ? 1 : 10;
  const give = async () => {
    for (const tensor of [await work()].flat()) tensor?.dispose();
  };
  await give();
  await gpu.idle();
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const seconds = await timed(async () => {
      for (let i = 0; i < together; i++) await give();
      await gpu.idle();
    });
    best = Math.min(best, seconds / together);
  }
  return best;
}

/** What the quickest of several runs on the CPU takes. */
export async function bestOnCpu(work: Work, rounds: number): Promise<Spent> {
  await work();
  let best: Spent = { seconds: Infinity, processor: undefined };
  for (let round = 0; round < rounds; round++) {
    const own = await spent(work);
    if (own.seconds < best.seconds) best = own;
  }
  return best;
}

/** Calls `measure` with a contestant's tensors, on the GPU or on the CPU, and gives them back. */
export async function withInputs<T>(
  { shapes }: Contestant,
  size: number,
  gpu: Gpu | undefined,
  measure: (tensors: Tensor[], n: number) => Promise<T>,
): Promise<T> {
  const numbers = shapes(size).map((dims, i) => normalNumbers(dims, `${i}`));
  const tensors = gpu ? numbers.map((tensor) => toGpu(gpu, tensor)) : numbers;
  const n = numbers.filter(({ dims }) => dims.length === numbers[0]!.dims.length).reduce(
    (sum, { size }) => sum + size,
    0,
  );
  try {
    return await measure(tensors, n);
  } finally {
    if (gpu) { for (const tensor of tensors) tensor.dispose(); }
  }
}
