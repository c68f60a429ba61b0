import { Tensor } from "../../../lib/tensor/tensor.ts";
import { copyPasses } from "../linear/copy_matrix.ts";
import { filled } from "../core/filled.ts";
import { type Gpu, grid as groups } from "../core/gpu.ts";
import { bindMatrix, matrix, type MatrixOnGpu, rowsOf, strips } from "../linear/matrix_on_gpu.ts";
import { gridOnCpu } from "./sparse_gpt_cpu.ts";
import { deadShader, gridShader, packShader } from "./sparse_gpt_wgsl.ts";
import { emptyOnGpu, floatsOf, toGpu } from "../core/tensors.ts";
import { THREADS } from "../core/wgsl.ts";

/** Work around the blocks, at one place. */
export interface Around {
  /** Brings a tensor to where the work is done. */
  put(tensor: Tensor): Tensor;
  /** Scale and zero point of each row, [rows, 2]. */
  grid(weight: Tensor, rows: number, columns: number, levels: number): Promise<Tensor> | Tensor;
  /** A copy of the weight with zeros for features that were never on. */
  withoutDead(weight: Tensor, hessian: Tensor, rows: number, columns: number): Promise<Tensor> | Tensor;
  /** The rows of a mask as one run of bits. */
  pack(mask: Tensor, rows: number, columns: number): Promise<Tensor> | Tensor;
}

const onCpu: Around = {
  put: (tensor) => tensor,
  grid: (weight, rows, columns, levels) =>
    new Tensor("float32", gridOnCpu(floatsOf(weight) as Float32Array, rows, columns, levels), [rows, 2]),
  withoutDead(weight, hessian, rows, columns) {
    const copy = new Float32Array(floatsOf(weight));
    const h = floatsOf(hessian);
    for (let j = 0; j < columns; j++) {
      if (h[j * (columns + 1)] !== 0) continue;
      for (let row = 0; row < rows; row++) copy[row * columns + j] = 0;
    }
    return new Tensor("float32", copy, weight.dims);
  },
  pack({ data }, rows, columns) {
    const [bits, words] = [data as Uint32Array, Math.ceil(columns / 32)];
    const packed = new Uint32Array(Math.ceil(rows * columns / 32));
    for (let row = 0, i = 0; row < rows; row++) {
      for (let j = 0; j < columns; j++, i++) {
        packed[i >>> 5]! |= (bits[row * words + (j >>> 5)]! >>> (j & 31) & 1) << (i & 31);
      }
    }
    return new Tensor("uint32", packed, [packed.length]);
  },
};

/** The steps around the blocks on a GPU, or else on the CPU. */
export function around(gpu: Gpu | undefined): Around {
  return gpu ? onGpu(gpu) : onCpu;
}

function onGpu(gpu: Gpu): Around {
  const cut = (rows: number, views: [MatrixOnGpu, number][], unit = 1) =>
    strips(gpu, "sparseGpt", { rows, unit }, views);
  return {
    put: (tensor) => toGpu(gpu, tensor),
    grid(weight, rows, columns, levels) {
      const grid = emptyOnGpu(gpu, "float32", [rows, 2]);
      return filled(
        gpu,
        grid,
        () =>
          cut(rows, [[rowsOf(weight, columns), columns], [matrix(grid), 2]]).map((
            { count, bound },
          ) => ({
            shader: gridShader,
            bindings: bound.map(({ binding }) => binding),
            params: [count, columns, levels, ...bound.map(({ place }) => place[0])],
            workgroups: groups(count),
          })),
      );
    },
    async withoutDead(weight, hessian, rows, columns) {
      const copy = emptyOnGpu(gpu, "float32", weight.dims);
      const diagonal = emptyOnGpu(gpu, "float32", [columns]);
      try {
        return await filled(gpu, copy, () => [
          ...copyPasses(gpu, rowsOf(copy, columns), rowsOf(weight, columns), { rows, columns }),
          ...copyPasses(gpu, rowsOf(diagonal, 1), rowsOf(hessian, columns + 1), {
            rows: columns,
            columns: 1,
          }),
          ...cut(rows, [[rowsOf(copy, columns), columns]]).map(({ count, bound: [w] }) => ({
            shader: deadShader,
            bindings: [diagonal.gpuBuffer as GPUBuffer, w!.binding],
            params: [count, columns, w!.place[0]],
            workgroups: groups(Math.ceil(count * columns / THREADS)),
          })),
        ]);
      } finally {
        diagonal.dispose();
      }
    },
    pack(mask, rows, columns) {
      const size = Math.ceil(rows * columns / 32);
      const packed = emptyOnGpu(gpu, "uint32", [size]);
      const words = Math.ceil(columns / 32);
      // So many rows are whole words: the largest power of 2 in the columns says.
      const unit = 32 / Math.min(columns & -columns || 32, 32);
      return filled(
        gpu,
        packed,
        () =>
          cut(rows, [[matrix(mask), words]], unit).map(({ first, count, bound: [bits] }) => {
            const here = Math.ceil(count * columns / 32);
            const to = bindMatrix(gpu, rowsOf(packed, 1), [first * columns / 32, 0], [here, 1]);
            return {
              shader: packShader,
              bindings: [bits!.binding, to.binding],
              params: [here, columns, count, words, bits!.place[0], to.place[0]],
              workgroups: groups(Math.ceil(here / THREADS)),
            };
          }),
      );
    },
  };
}
