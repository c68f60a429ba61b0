import { TypeError } from "../../../lib/errors.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { sparseForm } from "./sparse_form.ts";
import type { SparseRows } from "./sparse_rows.ts";
import { multiplyRuns } from "./spmm_cpu.ts";
import { floatsOf, gpuOf, requireType } from "../core/tensors.ts";

/** Settings of {@linkcode sparseConvolution}. */
export interface SparseConvolutionOptions {
  /** Height and width of the kernel. Default `[1, 1]`. */
  kernelShape?: readonly [height: number, width: number] | undefined;
  /** Zeros around the input: above, left, below and right. Default: none. */
  pads?: readonly [top: number, left: number, bottom: number, right: number] | undefined;
}

/**
 * A convolution of stride 1 with a sparse weight, on the CPU: an entry is multiplied with a run of pixels
 * that begins where its tap does in its input channel, so it costs the same as in a layer without a kernel,
 * and nothing is unrolled.
 *
 * 2 · entries · pixels operations. Outputs are computed for the padded width, and the surplus is cut off.
 *
 * @param x [batch, in, height, width], float32
 * @param weight `sparseRows` of [out, in, kernel height, kernel width]
 * @returns float32, [batch, out, height, width], smaller by kernel − 1 − pads
 * @throws TypeError where tensors do not fit in shape or type, or lie on a GPU
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 * import { sparseRows } from "./sparse_rows.ts";
 *
 * const shift = sparseRows(float32([0, 0, 1], [1, 1, 1, 3])); // the pixel to the right
 * const x = float32([1, 2, 3, 4, 5, 6], [1, 1, 2, 3]);
 * const y = await sparseConvolution(x, shift, { kernelShape: [1, 3], pads: [0, 1, 0, 1] });
 * assert.deepEqual([...y.data], [2, 3, 0, 5, 6, 0]);
 * ```
 */
export async function sparseConvolution(
  x: Tensor,
  weight: SparseRows,
  { kernelShape: [kernelHeight, kernelWidth] = [1, 1], pads = [0, 0, 0, 0] }: SparseConvolutionOptions = {},
): Promise<Tensor> {
  const kernel = "sparseConvolution";
  const { starts, indices, values, rows, columns } = weight;
  if (gpuOf(kernel, { x, starts, indices, values })) {
    throw new TypeError(`Cannot run ${kernel} on a GPU: there, unroll the input and use spmm, or matmul`);
  }
  requireType(x.type, ["float32"], kernel, '"x"');
  const form = sparseForm(kernel, weight);
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  const taps = kernelHeight * kernelWidth;
  if (x.dims.length !== 4 || channels * taps !== columns) {
    throw new TypeError(
      `Cannot run ${kernel}: "x" is [${x.dims.join(", ")}], expected [batch, ${
        columns / taps
      }, height, width] for a ` +
        `weight of ${columns} columns and a kernel of ${kernelHeight} × ${kernelWidth}`,
    );
  }
  const [top, left, bottom, right] = pads;
  const [fullHeight, fullWidth] = [height + top + bottom, width + left + right];
  const [outHeight, outWidth] = [fullHeight - kernelHeight + 1, fullWidth - kernelWidth + 1];
  if (outHeight < 1 || outWidth < 1) {
    throw new TypeError(
      `Cannot run ${kernel}: a kernel of ${kernelHeight} × ${kernelWidth} does not fit into ${fullHeight} × ${fullWidth}`,
    );
  }
  const stride = fullHeight * fullWidth;
  const entries = form.entries();
  const length = (outHeight - 1) * fullWidth + outWidth;
  const planes = {
    x: new Float32Array(channels * stride),
    offset: 0,
    planes: channels,
    stride,
    taps: Array.from(
      { length: taps },
      (_, tap) => Math.floor(tap / kernelWidth) * fullWidth + tap % kernelWidth,
    ),
  };
  const [pixels, sums] = [floatsOf(x), new Float32Array(rows * length)];
  const y = new Float32Array(batch * rows * outHeight * outWidth);
  for (let image = 0, to = 0; image < batch; image++) {
    for (let line = 0; line < channels * height; line++) {
      const from = (image * channels * height + line) * width;
      const at = Math.floor(line / height) * stride + (top + line % height) * fullWidth + left;
      planes.x.set(pixels.subarray(from, from + width), at);
    }
    multiplyRuns(sums, entries, { planes, start: 0, length });
    for (let line = 0; line < rows * outHeight; line++, to += outWidth) {
      const from = Math.floor(line / outHeight) * length + line % outHeight * fullWidth;
      y.set(sums.subarray(from, from + outWidth), to);
    }
  }
  return await Promise.resolve(new Tensor("float32", y, [batch, rows, outHeight, outWidth]));
}
