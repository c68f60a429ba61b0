import { RangeError, TypeError } from "../../../lib/errors.ts";
import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { type Gpu, grid, type Pass } from "../core/gpu.ts";
import { bindMatrix, matrix, type MatrixOnGpu, rowsInReach, strips } from "../linear/matrix_on_gpu.ts";
import type { NmPacked } from "../nm/nm_pack.ts";
import { type SparseForm, sparseForm } from "./sparse_form.ts";
import type { SparseRows } from "./sparse_rows.ts";
import { multiplyRuns } from "./spmm_cpu.ts";
import { SPMM_TILE, spmmShader } from "./spmm_wgsl.ts";
import { filled } from "../core/filled.ts";
import { bufferOf, byteLength, emptyOnGpu, floatsOf, gpuOf, requireType } from "../core/tensors.ts";

/**
 * The product of a sparse matrix with a dense one, y = W · x, with x in planes: neighbours in memory are
 * pixels, or tokens, of one feature, and each entry of W is multiplied with a run of them.
 *
 * 2 · entries · pixels operations. An entry that is not stored counts as nothing, as does one that is stored
 * as 0 to fill up a block or a group: NaN in a column without entries stays there. On a GPU a workgroup
 * computes a block of rows for 512 pixels: the entries are the same for all its threads, and a number of x is
 * read once for all rows of a block, so blocks of 4 or 8 rows come nearer to `matmul`, which reads it once
 * for 64. On the CPU the sums of a run stay in registers while the entries are walked.
 *
 * When it pays: on the CPU from a sparsity of 0.6 to 0.7 on. Against `matmul` it was 1.1 to 1.7 times as fast
 * at 0.7, 4 times at 0.9, 7 times at 0.95 and 8 to 21 times at 0.99; processor time of one thread, layers
 * from 64 × 576 to 4096 × 1024, 256 to 4096 pixels. A real GPU has not been measured. N:M takes less memory,
 * and no less time than unstructured sparsity: WebGPU does not reach the units that skip its zeros.
 *
 * @param weight unstructured, in blocks of rows, or N:M packed along the rows, float32, on the CPU or a GPU
 * @param x [columns, ...], float32, seen as [columns, pixels], at the same place, as is the result
 * @returns float32, [rows, ...]
 * @throws TypeError where tensors do not fit in shape, type or place; RangeError where an entry lies outside,
 * which is only seen on the CPU, or the entries are more than a binding reaches
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 * import { sparseRows } from "./sparse_rows.ts";
 *
 * const weight = sparseRows(float32([0, 5, 0, 6, 0, 7], [2, 3]));
 * const y = await spmm(weight, float32([1, 2, 3, 4, 5, 6], [3, 2]));
 * assert.deepEqual([...y.data], [15, 20, 41, 54]);
 * ```
 */
export async function spmm(weight: SparseRows | NmPacked, x: Tensor): Promise<Tensor> {
  const form = sparseForm("spmm", weight);
  const { rows, columns, tensors } = form;
  const gpu = gpuOf("spmm", { ...tensors, x });
  requireType(x.type, ["float32"], "spmm", '"x"');
  if (x.dims[0] !== columns) {
    throw new TypeError(
      `Cannot run spmm: "x" is [${
        x.dims.join(", ")
      }], expected [${columns}, …], as the weight is [${rows}, ${columns}]`,
    );
  }
  const dims = [rows, ...x.dims.slice(1)];
  const pixels = sizeOf(x.dims.slice(1));
  if (!gpu) {
    const y = new Float32Array(rows * pixels);
    const planes = { x: floatsOf(x) as Float32Array, offset: 0, planes: columns, stride: pixels, taps: [0] };
    multiplyRuns(y, form.entries(), { planes, start: 0, length: pixels });
    return new Tensor("float32", y, dims);
  }
  for (const [name, tensor] of Object.entries(tensors)) {
    if (byteLength(tensor) <= gpu.maxBinding) continue;
    throw new RangeError(
      `Cannot run spmm on ${gpu.name}: "${name}" has ${byteLength(tensor)} bytes, and a binding holds ` +
        `${gpu.maxBinding}; split the weight's rows, or use the CPU`,
    );
  }
  const y = emptyOnGpu(gpu, "float32", dims);
  return await filled(gpu, y, () => passes(gpu, form, { x, y, pixels }));
}

function passes(
  gpu: Gpu,
  { rows, columns, tensors, walk }: SparseForm,
  { x, y, pixels }: { x: Tensor; y: Tensor; pixels: number },
): Pass[] {
  const planes = (tensor: Tensor): MatrixOnGpu => ({ ...matrix(tensor), stride: pixels });
  const tiles = Math.ceil(pixels / SPMM_TILE);
  if (tiles === 0 || rows === 0) return [];
  const shader = spmmShader(walk);
  const entries = Object.values(tensors).map((tensor) => ({ buffer: bufferOf(tensor) }));
  // Planes of x in reach; without columns there are still rows of y, of zeros.
  const reach = rowsInReach(gpu, "spmm", planes(x), pixels);
  const parts = Array.from({ length: Math.max(Math.ceil(columns / reach), 1) }, (_, i) => i * reach);
  return strips(gpu, "spmm", { rows, unit: walk.block }, [[planes(y), pixels]]).flatMap((strip) =>
    parts.map((first): Pass => {
      const count = Math.min(reach, columns - first);
      const part = bindMatrix(gpu, { ...planes(x), offset: first * pixels }, [0, 0], [count, pixels]);
      const [out] = strip.bound;
      return {
        shader,
        bindings: [...entries, part.binding, out!.binding],
        params: [
          ...[strip.count, pixels, tiles, strip.first / walk.block, first, first + count],
          ...[part.place[0], out!.place[0]],
        ],
        workgroups: grid(Math.ceil(strip.count / walk.block) * tiles),
      };
    })
  );
}
