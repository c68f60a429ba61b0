import { RangeError, TypeError } from "../../../lib/errors.ts";
import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { GGML_BLOCKS, type GgmlType } from "./ggml_layout.ts";
import { packTwin, unpackTwin } from "./ggml_blocks_cpu.ts";
import { packPasses, unpackPasses } from "./ggml_blocks_wgsl.ts";
import { requireFloats } from "../select/float_order.ts";
import { filled } from "../core/filled.ts";
import { emptyOnGpu, floatsOf, gpuOf, requireType } from "../core/tensors.ts";

/**
 * Quantizes weights to blocks, by the rules of ggml's reference quantizer without an importance matrix:
 *
 * - `Q8_0`: d = max|w| / 127, q = w·(1/d), halves away from zero; the same bytes at both places
 * - `Q4_K`: for each run the weighted least squares fit of scale and minimum, the best of 22 grids, its
 *   weights rms + |w|; scales and minima then rounded to six bits, weights again with what is stored, halves
 *   to even. A GPU may round sums otherwise than the CPU, so a few of its codes may be neighbours of the
 *   CPU's
 *
 * A block that holds NaN or infinity decodes to NaN. Where a run's scale is rounded to zero, its codes are
 * zero (ggml leaves there what decodes to the same).
 *
 * Source: ggml, `src/ggml-quants.c`, described from commit d99724f.
 *
 * @param weight float32 or float16; the last axis holds whole blocks
 * @returns uint8[…, bytes], the rows' blocks one after another, where the weights lie
 * @throws TypeError where the last axis does not divide into blocks, or the type is another; RangeError where
 * the format is none
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const weight = float32(Array.from({ length: 64 }, (_, i) => (i % 32 ? 0 : 127)), [2, 32]);
 * const blocks = await packGgml(weight, "Q8_0");
 * assert.deepEqual(blocks.dims, [2, 34]);
 * assert.deepEqual((await unpackGgml(blocks, "Q8_0")).data, weight.data);
 * ```
 */
export async function packGgml(weight: Tensor, type: GgmlType): Promise<Tensor> {
  const { gpu } = requireFloats("packGgml", [weight]);
  const { weights, bytes } = requireBlocks("packGgml", weight.dims, type, "weights");
  const row = weight.dims.at(-1)!;
  const dims = [...weight.dims.slice(0, -1), row / weights * bytes];
  if (!gpu) {
    const data = packTwin(floatsOf(weight), type, sizeOf(weight.dims) / weights);
    return new Tensor("uint8", data, dims);
  }
  const blocks = emptyOnGpu(gpu, "uint8", dims);
  return await filled(gpu, blocks, () => packPasses(gpu, weight, blocks, type));
}

/**
 * The weights that blocks stand for.
 *
 * @param blocks uint8[…, bytes]; the last axis holds whole blocks
 * @returns float32[…, weights], where the blocks lie; a GPU may make it zero where it is subnormal
 * @throws TypeError where the last axis does not divide into blocks, or the type is another; RangeError where
 * the format is none
 */
export async function unpackGgml(blocks: Tensor, type: GgmlType): Promise<Tensor> {
  const gpu = gpuOf("unpackGgml", { blocks });
  requireType(blocks.type, ["uint8"], "unpackGgml", '"blocks"');
  const { weights, bytes } = requireBlocks("unpackGgml", blocks.dims, type, "bytes");
  const dims = [...blocks.dims.slice(0, -1), blocks.dims.at(-1)! / bytes * weights];
  if (!gpu) return new Tensor("float32", unpackTwin(blocks.data as Uint8Array, type), dims);
  const weight = emptyOnGpu(gpu, "float32", dims);
  return await filled(gpu, weight, () => unpackPasses(gpu, blocks, weight, type));
}

function requireBlocks(
  kernel: string,
  dims: readonly number[],
  type: GgmlType,
  of: "weights" | "bytes",
): { weights: number; bytes: number } {
  if (!Object.hasOwn(GGML_BLOCKS, type)) {
    throw new RangeError(
      `Cannot run ${kernel}: "${type}" is none of ${Object.keys(GGML_BLOCKS).join(", ")}`,
    );
  }
  const block = GGML_BLOCKS[type];
  const row = dims.at(-1);
  if (row === undefined || row % block[of] !== 0) {
    throw new TypeError(
      `Cannot run ${kernel}: the shape is [${
        dims.join(", ")
      }], expected a last axis of whole ${type} blocks, ` +
        `${block[of]} ${of} each`,
    );
  }
  return block;
}
