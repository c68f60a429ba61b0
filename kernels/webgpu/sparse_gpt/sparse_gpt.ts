import { RangeError, TypeError } from "../../../lib/errors.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { choleskyInverse } from "../linear/cholesky_inverse.ts";
import { around } from "./sparse_gpt_driver.ts";
import { sparseGptBlock } from "./sparse_gpt_block.ts";
import { type Pruning, requirePruning, requireWeight } from "./sparse_gpt_options.ts";
import { gpuOf, requireType } from "../core/tensors.ts";

/** Settings of {@linkcode sparseGpt}. */
export interface SparseGptOptions extends Pruning {
  /**
   * Columns among which weights are compared, and whose errors are brought to the rest at once; with `nm` a
   * multiple of m. Default 128.
   */
  blockSize?: number | undefined;
  /** Added to the Hessian's diagonal, as a share of its mean. Default 0.01. */
  damping?: number | undefined;
  /**
   * Bits to which the weights that stay are rounded on the way, 1 to 16, on a grid for each row. Default:
   * they are not.
   */
  bits?: number | undefined;
  /** Stops between two blocks. */
  signal?: AbortSignal | undefined;
}

/** Result of {@linkcode sparseGpt} for a weight. */
export interface SparseGptResult {
  /** The pruned weight, float32, in the shape of the weight that was given. */
  weight: Tensor;
  /** Which weights stay: bits in storage order, as `mask` packs them, uint32. */
  mask: Tensor;
  /** Loss of pruning each row, ½ δ (H + damping) δᵀ for its change δ, [rows], float32. */
  loss: Tensor;
}

/**
 * Prunes a layer to a sparsity in one shot, SparseGPT: weights go where the output suffers least on
 * calibration data, and those that stay are changed to make up for it.
 *
 * Features that were never on lose their weights. Weights may be rounded to a grid on the way, from each
 * row's smallest to its largest weight before pruning, which is GPTQ with a mask; without pruning, `sparsity:
 * 0`, it is GPTQ. Source: E. Frantar, D. Alistarh, "SparseGPT: Massive Language Models Can Be Accurately
 * Pruned in One-Shot", 2023.
 *
 * @param weight [rows, ...], float32, seen as [rows, columns], on the CPU or a GPU; a convolution's as [out,
 * in · k · k]
 * @param hessian [columns, columns], float32, of the layer's inputs, see `addToHessian`; its scale does not
 * matter to the result, only to the loss
 * @returns tensors at the same place
 * @throws TypeError where tensors do not fit in shape, type or place; RangeError where a setting is out of
 * bounds, or the damped Hessian is not positive definite
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * // Two inputs that are nearly the same: one weight takes over what the other did.
 * const hessian = float32([1, 0.99, 0.99, 1], [2, 2]);
 * const { weight } = await sparseGpt(float32([1, 1.5], [1, 2]), hessian, { damping: 0 });
 * assert.deepEqual([...weight.data].map((value) => Math.round(Number(value) * 100) / 100), [0, 2.49]);
 * ```
 */
export async function sparseGpt(
  weight: Tensor,
  hessian: Tensor,
  options: SparseGptOptions = {},
): Promise<SparseGptResult> {
  const { blockSize = 128, damping = 0.01, bits, signal, ...pruning } = options;
  const gpu = gpuOf("sparseGpt", { weight, hessian });
  const { rows, columns } = requireWeight("sparseGpt", weight);
  requireType(hessian.type, ["float32"], "sparseGpt", '"hessian"');
  if (hessian.dims.length !== 2 || hessian.dims.some((dim) => dim !== columns)) {
    throw new TypeError(
      `Cannot run sparseGpt: "hessian" is [${
        hessian.dims.join(", ")
      }], expected [${columns}, ${columns}], for a ` +
        `weight of ${rows} rows and ${columns} columns`,
    );
  }
  if (!Number.isInteger(blockSize) || blockSize < 1 || blockSize % (pruning.nm?.m ?? 1) !== 0) {
    const groups = pruning.nm ? `, a multiple of ${pruning.nm.m}` : "";
    throw new RangeError(
      `Cannot run sparseGpt: blockSize is ${blockSize}, expected a count of columns${groups}`,
    );
  }
  if (bits !== undefined && !(Number.isInteger(bits) && bits >= 1 && bits <= 16)) {
    throw new RangeError(`Cannot run sparseGpt: bits is ${bits}, expected a whole number from 1 to 16`);
  }
  requirePruning("sparseGpt", pruning, columns);
  const held: Tensor[] = [];
  const hold = <T extends Tensor | undefined>(tensor: T) => {
    if (tensor) held.push(tensor);
    return tensor;
  };
  const keep = new Set<Tensor>();
  try {
    const place = around(gpu);
    const factor = hold(await choleskyInverse(hessian, { damping, zerosAsOnes: true }));
    const grid = hold(
      bits === undefined ? undefined : await place.grid(weight, rows, columns, 2 ** bits - 1),
    );
    const pruned = hold(await place.withoutDead(weight, hessian, rows, columns));
    const loss = hold(place.put(new Tensor("float32", new Float32Array(rows), [rows])));
    const words = Math.ceil(columns / 32);
    const mask = hold(place.put(new Tensor("uint32", new Uint32Array(rows * words), [rows, words])));
    for (let start = 0; start < columns; start += blockSize) {
      signal?.throwIfAborted();
      const size = Math.min(blockSize, columns - start);
      await sparseGptBlock(pruned, factor, {
        ...pruning,
        ...{ start, size, loss, mask },
        ...grid && { grid, bits: bits! },
      });
    }
    const packed = hold(await place.pack(mask, rows, columns));
    for (const tensor of [pruned, loss, packed]) keep.add(tensor);
    return { weight: pruned, mask: packed, loss };
  } finally {
    for (const tensor of held) if (!keep.has(tensor) && tensor.location !== "cpu") tensor.dispose();
  }
}
