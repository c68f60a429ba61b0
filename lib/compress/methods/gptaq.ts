import { gemm } from "../../../kernels/webgpu/linear/gemm.ts";
import { inverseFactor } from "../numeric/inverse_factor.ts";
import type { Method } from "./method.ts";
import { swept } from "./swept.ts";

/**
 * GPTQ towards what the layer gave before anything was compressed: min Σ‖W x̃ − Ŵ x‖² with the inputs x̃ of
 * the model as it was and x as they are now. What of W x̃ can be had from x at all is W* x, W* = W + W · Σ(x̃
 * − x)xᵀ · (Σ x xᵀ)⁻¹ (damped), and the rest is the same for every Ŵ: so W* takes the place of W.
 *
 * Source of the objective: Y. Li et al., "GPTAQ: Efficient Finetuning-Free Quantization for Asymmetric
 * Calibration", 2025, which solves it column by column.
 */
export const gptaq: Method = {
  does: ["bits"],
  calibrated: true,
  shrinks: true,
  sweeps: true,
  cross: true,
  async run(matrix, target) {
    const { weight, rows, columns, inputs, products } = matrix;
    const { gram, cross } = inputs!;
    const { u } = await inverseFactor(gram, columns, target.damping, products);
    const shift = cross!.map((value, i) => value - gram[i]!);
    const at = (data: Float64Array) => ({ data, row: columns, column: 1 });
    const [one, other] = [new Float64Array(weight.length), new Float64Array(weight.length)];
    const size = { m: rows, n: columns, k: columns };
    gemm(at(one), at(weight), at(shift), size);
    gemm(at(other), at(one), { data: u, row: 1, column: columns }, size); // · Uᵀ
    const best = weight.slice();
    gemm(at(best), at(other), at(u), { ...size, beta: 1 });
    const { loss: _, ...result } = await swept({ ...matrix, weight: best }, target, false); // beside W*, not W
    return result;
  },
};
