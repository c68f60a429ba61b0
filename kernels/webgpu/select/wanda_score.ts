import { TypeError } from "../../../lib/errors.ts";
import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { type Gpu, grid, type Shader } from "../core/gpu.ts";
import { filled } from "../core/filled.ts";
import { bufferOf, emptyOnGpu, floatsOf, gpuOf, requireType } from "../core/tensors.ts";
import { entry, THREADS } from "../core/wgsl.ts";
import { rowsOf, strips } from "../linear/matrix_on_gpu.ts";
import { requireWeight } from "../sparse_gpt/sparse_gpt_options.ts";

/**
 * Importance of each weight together with its input: |w_rj| · ‖x_j‖, where ‖x_j‖ is the norm of input feature
 * j over all calibration tokens, `importance(x, { measure: "square", keep: [axis], root: true })`.
 *
 * One multiplication in float32, so the CPU's and a GPU's scores are equal to the bit (where they are not
 * subnormal, which a GPU may take for 0). NaN gives NaN. Source: M. Sun, Z. Liu, A. Bair, J. Z. Kolter, "A
 * Simple and Effective Pruning Approach for Large Language Models", 2024, equation 1.
 *
 * @param weight [rows, ...], float32, seen as [rows, columns], on the CPU or a GPU
 * @param norms [columns], float32, 0 or more, at the same place, as is the result
 * @throws TypeError where tensors do not fit in shape, type or place
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const score = await wandaScore(float32([1, -2, 3, 0.5], [2, 2]), float32([4, 1]));
 * assert.deepEqual([...score.data], [4, 2, 12, 0.5]);
 * ```
 */
export async function wandaScore(weight: Tensor, norms: Tensor): Promise<Tensor> {
  const { gpu, rows, columns } = requireScored("wandaScore", weight, norms);
  if (!gpu) {
    const [w, x] = [floatsOf(weight), floatsOf(norms)];
    const scores = new Float32Array(w.length);
    for (let row = 0, i = 0; row < rows; row++) {
      for (let j = 0; j < columns; j++, i++) scores[i] = Math.abs(w[i]!) * x[j]!;
    }
    return new Tensor("float32", scores, weight.dims);
  }
  const scores = emptyOnGpu(gpu, "float32", weight.dims);
  return await filled(
    gpu,
    scores,
    () =>
      strips(gpu, "wandaScore", { rows }, [[rowsOf(weight, columns), columns], [
        rowsOf(scores, columns),
        columns,
      ]])
        .map(({ count, bound: [w, out] }) => ({
          shader: scoreShader,
          bindings: [w!.binding, bufferOf(norms), out!.binding],
          params: [count * columns, columns, w!.place[0], out!.place[0]],
          workgroups: grid(Math.ceil(count * columns / THREADS)),
        })),
  );
}

/** A weight's rows and columns, and where it lies, once its norms are seen to fit. */
export function requireScored(
  kernel: string,
  weight: Tensor,
  norms: Tensor,
): { gpu: Gpu | undefined; rows: number; columns: number } {
  const gpu = gpuOf(kernel, { weight, norms });
  const { rows, columns } = requireWeight(kernel, weight);
  requireType(norms.type, ["float32"], kernel, '"norms"');
  if (sizeOf(norms.dims) === columns) return { gpu, rows, columns };
  throw new TypeError(
    `Cannot run ${kernel}: "norms" is [${
      norms.dims.join(", ")
    }], expected [${columns}], a norm for each column of the ` +
      `weight, [${weight.dims.join(", ")}]`,
  );
}

const scoreShader: Shader = {
  name: "wandaScore",
  code: `
struct Params { count: u32, columns: u32, w: u32, scores: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> norms: array<f32>;
@group(0) @binding(3) var<storage, read_write> scores: array<f32>;
${entry()}
  let i = group * ${THREADS}u + thread;
  if (i < p.count) { scores[p.scores + i] = abs(w[p.w + i]) * norms[i % p.columns]; }
}`,
};
