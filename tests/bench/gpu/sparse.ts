import type { Gpu } from "../../../kernels/webgpu/core/gpu.ts";
import { matmul, type SparseRows, sparseRows, spmm, toGpu } from "../../../kernels/webgpu/mod.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";
import { digits, type Section } from "../section.ts";
import { normalNumbers } from "./contestants.ts";
import { bestOnCpu, bestOnGpu } from "./measure.ts";

const SPARSITIES = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99];

/** A layer: rows of outputs, columns of inputs, and the pixels or tokens that it is applied to. */
interface Layer {
  rows: number;
  columns: number;
  pixels: number;
}

/** How many times as fast as the dense product the sparse one is, by sparsity, on the GPU and on the CPU. */
export async function sparseProducts(gpu: Gpu, rounds: number): Promise<Section> {
  const large = { rows: 4096, columns: 4096, pixels: 2048 };
  const small = { rows: 64, columns: 576, pixels: 2304 };
  const layers: [string, Gpu | undefined, Layer, number][] = [
    ...[1, 4, 8].map((block): [string, Gpu, Layer, number] => ["GPU", gpu, gpu.isCpu ? small : large, block]),
    ["CPU", undefined, small, 1],
    ["CPU", undefined, { rows: 1024, columns: 1024, pixels: 512 }, 1],
  ];
  const rows: string[][] = [];
  for (const [place, on, layer, block] of layers) {
    const best = (work: () => Promise<Tensor>) =>
      on ? bestOnGpu(on, work, rounds) : bestOnCpu(work, rounds).then(({ seconds }) => seconds);
    const put = (tensor: Tensor) => on ? toGpu(on, tensor) : tensor;
    const free = (tensors: Tensor[]) => tensors.forEach((tensor) => on && tensor.dispose());
    const x = put(normalNumbers([layer.columns, layer.pixels], "x"));
    const dense = put(sparseWeight(layer, 0, block));
    const whole = await best(() => matmul(dense, x));
    const cells: string[] = [];
    for (const sparsity of SPARSITIES) {
      const { starts, indices, values, ...about } = sparseRows(sparseWeight(layer, sparsity, block), {
        block,
      });
      const weight: SparseRows = {
        ...about,
        starts: put(starts),
        indices: put(indices),
        values: put(values),
      };
      cells.push(digits(whole / await best(() => spmm(weight, x)), 2));
      free([weight.starts, weight.indices, weight.values]);
    }
    free([x, dense]);
    rows.push([
      place,
      `${layer.rows} × ${layer.columns}, ${layer.pixels}`,
      `${block}`,
      digits(whole * 1000, 2),
      ...cells,
    ]);
  }
  return {
    title: "Sparse products beside the dense one",
    about:
      "The time of `matmul` by that of `spmm`, for weights in which so many are zero: above one, the sparse product is " +
      "faster. A layer is rows × columns, and pixels or tokens; on the CPU one thread works.",
    head: [
      "place",
      "layer",
      "rows of a block",
      "`matmul`, ms",
      ...SPARSITIES.map((sparsity) => `at ${sparsity}`),
    ],
    rows,
  };
}

/** Normal numbers, of which blocks of rows are zero at random. */
function sparseWeight({ rows, columns }: Layer, sparsity: number, block: number): Tensor {
  const weight = normalNumbers([rows, columns], "w");
  const random = seededRandom(0, "bench", "sparse", `${sparsity}`);
  const data = weight.data as Float32Array;
  for (let first = 0; first < rows; first += block) {
    for (let column = 0; column < columns; column++) {
      if (random.uniform() >= sparsity) continue;
      for (let row = first; row < Math.min(first + block, rows); row++) data[row * columns + column] = 0;
    }
  }
  return new Tensor("float32", data, [rows, columns]);
}
