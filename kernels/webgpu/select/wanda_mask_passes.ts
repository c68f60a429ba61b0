import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { BITS_PER_WORKGROUP, WORD } from "../core/bits_wgsl.ts";
import { type Gpu, grid, type Pass } from "../core/gpu.ts";
import { filled } from "../core/filled.ts";
import { bufferOf, emptyOnGpu } from "../core/tensors.ts";
import { matrix, type MatrixOnGpu, rowsOf, strips } from "../linear/matrix_on_gpu.ts";
import type { RowRule } from "./wanda_mask_cpu.ts";
import { bitsShader, selectShader } from "./wanda_mask_wgsl.ts";

/** The bits of the weights that stay, on a GPU. */
export async function maskOnGpu(gpu: Gpu, { weight, norms, rows, columns, nm, k }: RowRule): Promise<Tensor> {
  const bits = emptyOnGpu(gpu, "uint32", [Math.ceil(rows * columns / WORD)]);
  const cuts = nm ? undefined : emptyOnGpu(gpu, "uint32", [rows, 2]);
  // So many rows are whole words: the largest power of 2 in the columns says.
  const unit = WORD / Math.min(columns & -columns || WORD, WORD);
  const w: [MatrixOnGpu, number] = [rowsOf(weight, columns), columns];
  try {
    return await filled(
      gpu,
      bits,
      () =>
        strips(gpu, "wandaMask", { rows, unit }, [
          w,
          ...cuts ? [[matrix(cuts), 2] as [MatrixOnGpu, number]] : [],
        ])
          .flatMap(({ first, count, bound: [w, cut] }) => {
            const word = first * columns / WORD;
            const select: Pass[] = cut
              ? [{
                shader: selectShader,
                bindings: [w!.binding, bufferOf(norms), cut.binding],
                params: [count, columns, k, w!.place[0], cut.place[0]],
                workgroups: grid(count),
              }]
              : [];
            const [out] = strips(gpu, "wandaMask", { rows: 1 }, [
              [{ ...matrix(bits), offset: word }, Math.ceil(count * columns / WORD)],
            ]);
            return [...select, {
              shader: bitsShader(nm),
              bindings: [w!.binding, bufferOf(norms), out!.bound[0]!.binding, ...cut ? [cut.binding] : []],
              params: [count * columns, out!.bound[0]!.place[0], columns, w!.place[0], cut?.place[0] ?? 0],
              workgroups: grid(Math.ceil(count * columns / BITS_PER_WORKGROUP)),
            }];
          }),
    );
  } finally {
    cuts?.dispose();
  }
}
