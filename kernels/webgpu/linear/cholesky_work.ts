import { RangeError, TypeError } from "../../../lib/errors.ts";
import type { Chosen } from "../../../lib/options.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { dampPasses, roomBytes, stepsOnGpu } from "./cholesky_passes.ts";
import { BLOCK, factorise, type Steps } from "./cholesky_steps.ts";
import { type BadPivot, stepsOnCpu } from "./cholesky_cpu.ts";
import { copyPasses } from "./copy_matrix.ts";
import type { Gpu, Pass } from "../core/gpu.ts";
import { matrix } from "./matrix_on_gpu.ts";
import { emptyOnGpu, floatsOf, gpuOf, requireType } from "../core/tensors.ts";

/** Settings of {@linkcode cholesky} and {@linkcode choleskyInverse}. */
export interface CholeskyOptions {
  /**
   * Added to the diagonal, as a share of its mean: more of it for a matrix that is nearly singular. Default
   * 0.
   */
  damping?: number | undefined;
  /**
   * Whether zeros on the diagonal are taken for ones first, before the mean: features that were never on, of
   * which nothing is known. Default false.
   */
  zerosAsOnes?: boolean | undefined;
}

/** Results that are made of a matrix. */
export interface Work extends CholeskyOptions {
  /** The half of the result. */
  half: "lower" | "upper";
  /** Whether rows and columns are worked on in reverse order. */
  reverse: boolean;
  /** Continuation after the factorisation. */
  then: (n: number, steps: Steps) => void;
}

/** Factorises a matrix wherever it lies, with what comes before and after. */
export async function factor(kernel: string, h: Tensor, work: Work): Promise<Tensor> {
  const { damping = 0, zerosAsOnes = false } = work;
  const gpu = gpuOf(kernel, { h });
  requireType(h.type, ["float32"], kernel, '"h"');
  const [n, columns] = h.dims as [number, number];
  if (h.dims.length !== 2 || n !== columns) {
    throw new TypeError(`Cannot run ${kernel}: "h" is [${h.dims.join(", ")}], expected a square matrix`);
  }
  if (!(damping >= 0 && damping < Infinity)) {
    throw new RangeError(`Cannot run ${kernel}: damping is ${damping}, expected 0 or more`);
  }
  const settings = { ...work, damping, zerosAsOnes };
  const result = gpu ? await onGpu(gpu, h, n, settings) : onCpu(h, n, settings);
  if (!("pivot" in result)) return result;
  const { column, pivot } = result;
  throw new RangeError(
    `Cannot run ${kernel}: "h" is not positive definite at column ${
      work.reverse ? n - 1 - column : column
    }, where ` +
      `${pivot} is left of its diagonal; raise damping, which is ${damping}, or calibrate on more data`,
  );
}

function onCpu(
  h: Tensor,
  n: number,
  { half, reverse, then, damping, zerosAsOnes }: Chosen<Work>,
): Tensor | BadPivot {
  const values = floatsOf(h);
  const last = n * n - 1;
  const work = new Float64Array(values);
  if (reverse) work.reverse();
  let trace = 0;
  for (let i = 0; i <= last; i += n + 1) {
    if (zerosAsOnes && work[i] === 0) work[i] = 1;
    trace += work[i]!;
  }
  for (let i = 0; i <= last && damping > 0; i += n + 1) work[i]! += damping * trace / n;
  const steps = stepsOnCpu(work, n);
  try {
    factorise(n, steps);
  } catch (error) {
    if (error instanceof Error) throw error;
    return error as BadPivot;
  }
  then(n, steps);
  if (reverse) work.reverse();
  for (let i = 0; i < n; i++) {
    if (half === "lower") work.fill(0, i * n + i + 1, (i + 1) * n);
    else work.fill(0, i * n, i * n + i);
  }
  return new Tensor("float32", new Float32Array(work), [n, n]);
}

async function onGpu(
  gpu: Gpu,
  h: Tensor,
  n: number,
  { half, reverse, then, damping, zerosAsOnes }: Chosen<Work>,
): Promise<Tensor | BadPivot> {
  const taken: GPUBuffer[] = [];
  const take = (bytes: number) => {
    taken.push(gpu.take(bytes));
    return taken.at(-1)!;
  };
  const result = emptyOnGpu(gpu, "float32", [n, n]);
  let done = false;
  try {
    const bytes = roomBytes(n);
    const room = {
      matrix: { buffer: take(n * n * 4), stride: n },
      inverses: { buffer: take(bytes.inverses), stride: BLOCK },
      panel: { buffer: take(bytes.panel), stride: BLOCK },
      row: { buffer: take(bytes.row), stride: n },
      bad: take(bytes.bad),
    };
    gpu.device.queue.writeBuffer(room.bad, 0, new Uint32Array(2));
    const passes: Pass[] = [
      ...copyPasses(gpu, room.matrix, matrix(h), { rows: n, columns: n, reverse }),
      ...dampPasses(gpu, room.matrix, { n, damping, ones: zerosAsOnes, scratch: room.panel.buffer }),
    ];
    const steps = stepsOnGpu(gpu, room, passes);
    factorise(n, steps);
    then(n, steps);
    passes.push(...copyPasses(gpu, matrix(result), room.matrix, { rows: n, columns: n, reverse, half }));
    await gpu.run(passes);
    const bad = await gpu.read(room.bad, bytes.bad);
    const [column, pivot] = [new Uint32Array(bad)[0]!, new Float32Array(bad)[1]!];
    if (column > 0) return { column: column - 1, pivot };
    done = true;
    return result;
  } finally {
    for (const buffer of taken) gpu.free(buffer);
    if (!done) result.dispose();
  }
}
