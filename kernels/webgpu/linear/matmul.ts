import { TypeError } from "../../../lib/errors.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { gemm, type Strided } from "./gemm.ts";
import { matmulPasses } from "./matmul_passes.ts";
import { matrix } from "./matrix_on_gpu.ts";
import { emptyOnGpu, floatsOf, gpuOf, requireType } from "../core/tensors.ts";

/** Settings of {@linkcode matmul}. */
export interface MatmulOptions {
  /** Whether A is given as its transpose, [k, m]. Default false. */
  transposeA?: boolean | undefined;
  /** Whether B is given as its transpose, [n, k]. Default false. */
  transposeB?: boolean | undefined;
}

/**
 * The product of two matrices, A · B.
 *
 * 2·m·n·k operations; on a GPU each number of A is read n / 64 times and each of B m / 64 times, in tiles.
 * Sums are taken in float32, in a fixed order; NaN and infinity go where they go in any sum.
 *
 * @param a [m, k], float32 or float16, on the CPU or a GPU
 * @param b [k, n], likewise, at the same place, as is the result
 * @returns float32, [m, n]
 * @throws TypeError where they are no matrices, or do not fit in shape, type or place
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const rows = float32([1, 2, 3, 4], [2, 2]);
 * assert.deepEqual([...(await matmul(rows, rows, { transposeB: true })).data], [5, 11, 11, 25]);
 * ```
 */
export async function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Promise<Tensor> {
  const { transposeA = false, transposeB = false } = options;
  const gpu = gpuOf("matmul", { a, b });
  const [m, k] = sizes("a", a, transposeA);
  const [inner, n] = sizes("b", b, transposeB);
  if (k !== inner) {
    const say = (dims: readonly number[], transposed: boolean) =>
      `[${dims.join(", ")}]${transposed ? " transposed" : ""}`;
    throw new TypeError(
      `Cannot run matmul: "a" is ${say(a.dims, transposeA)} and "b" ${
        say(b.dims, transposeB)
      }; expected as many ` +
        `columns of "a", ${k}, as rows of "b", ${inner}`,
    );
  }
  if (!gpu) {
    const product = new Float32Array(m * n);
    gemm({ data: product, row: n, column: 1 }, strided(a, transposeA), strided(b, transposeB), { m, n, k });
    return new Tensor("float32", product, [m, n]);
  }
  const product = emptyOnGpu(gpu, "float32", [m, n]);
  try {
    await gpu.run(matmulPasses(
      gpu,
      matrix(product),
      [{ ...matrix(a), transpose: transposeA }, { ...matrix(b), transpose: transposeB }],
      { m, n, k },
    ));
  } catch (error) {
    product.dispose();
    throw error;
  }
  return product;
}

function sizes(name: string, { type, dims }: Tensor, transposed: boolean): [number, number] {
  requireType(type, ["float32", "float16"], "matmul", `"${name}"`);
  if (dims.length !== 2) {
    throw new TypeError(`Cannot run matmul: "${name}" is [${dims.join(", ")}], expected a matrix`);
  }
  return transposed ? [dims[1]!, dims[0]!] : [dims[0]!, dims[1]!];
}

function strided(tensor: Tensor, transposed: boolean): Strided {
  const row = tensor.dims[1]!;
  return { data: floatsOf(tensor), row: transposed ? 1 : row, column: transposed ? row : 1 };
}
