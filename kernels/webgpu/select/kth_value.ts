import { RangeError, TypeError } from "../../../lib/errors.ts";
import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { kthKey } from "./kth_value_cpu.ts";
import { kthKeys, type Selection } from "./kth_value_wgsl.ts";
import { bitsOf, requireFloats, type Threshold, valueOf } from "./float_order.ts";

/** Positions must fit into the words of the counts. */
const MOST = 2 ** 31 - 1;

/**
 * The k-th smallest magnitude of tensors together, as the {@linkcode Threshold} under which exactly k
 * elements lie; of equal ones those that come first, in the order of the tensors and then of storage.
 *
 * By radix selection on the bits, without sorting or copying: on a GPU float32 is read three times and
 * float16 twice; where only some of the elements that equal the result belong to the k smallest, up to three
 * times more. NaN counts as larger than infinity.
 *
 * @param tensors float32 or float16, of any shapes, on the CPU or a GPU; fewer than 2³¹ elements together
 * @param k from 1 to the number of elements; 0 gives a threshold under which nothing lies
 * @throws RangeError where k is none of these; TypeError where the tensors' types or places differ
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const layers = [float32([3, -1]), float32([1, -2, 1])];
 * assert.deepEqual(await kthValue(layers, 4), { value: 2, tiesBefore: Infinity });
 * // Of the three ones the first two, which end before position 3.
 * assert.deepEqual(await kthValue(layers, 2), { value: 1, tiesBefore: 3 });
 * ```
 */
export async function kthValue(tensors: readonly Tensor[], k: number): Promise<Threshold> {
  const [threshold] = await select("kthValue", tensors, [{ tensors, k }]);
  return threshold!;
}

/**
 * The k-th smallest values, as {@linkcode kthValue} finds them, of each tensor by itself. On a GPU all of
 * them take one submission and one read of a few words, which is what a step of training with a threshold per
 * layer can afford.
 *
 * @param ks one for each tensor
 * @throws RangeError where a k is not from 0 to its tensor's number of elements; TypeError where there are
 * not as many as tensors, or the tensors' types or places differ
 */
export async function kthValues(tensors: readonly Tensor[], ks: readonly number[]): Promise<Threshold[]> {
  if (ks.length !== tensors.length) {
    throw new TypeError(`Cannot run kthValues: ${ks.length} ranks for ${tensors.length} tensors`);
  }
  return await select("kthValues", tensors, tensors.map((tensor, i) => ({ tensors: [tensor], k: ks[i]! })));
}

/**
 * The threshold under which a share of all elements lies: the ⌊sparsity · n + ½⌋ smallest of n.
 *
 * @param sparsity 0 to 1
 * @throws RangeError where the sparsity is not from 0 to 1; TypeError where the tensors' types or places
 * differ
 */
export async function threshold(tensors: readonly Tensor[], sparsity: number): Promise<Threshold> {
  if (!(sparsity >= 0 && sparsity <= 1)) {
    throw new RangeError(`Cannot find a threshold for sparsity ${sparsity}: expected a share from 0 to 1`);
  }
  return await kthValue(tensors, Math.round(sparsity * sizeOfAll(tensors)));
}

async function select(
  kernel: string,
  tensors: readonly Tensor[],
  selections: readonly Selection[],
): Promise<Threshold[]> {
  const { gpu, type } = requireFloats(kernel, tensors);
  for (const { tensors, k } of selections) {
    const size = sizeOfAll(tensors);
    if (size > MOST) {
      throw new RangeError(
        `Cannot run ${kernel}: ${size} elements together, at most ${MOST} can be compared`,
      );
    }
    if (Number.isInteger(k) && k >= 0 && k <= size) continue;
    throw new RangeError(
      `Cannot run ${kernel}: k is ${k}, expected a whole number from 0 to ${size}, the elements`,
    );
  }
  const asked = selections.filter(({ k }) => k > 0);
  const found = gpu && asked.length > 0
    ? await kthKeys(gpu, asked, type)
    : asked.map(({ tensors, k }) => kthKey(tensors.map(bitsOf), type, k));
  const answers = found.map(({ key, tiesBefore }) => ({ value: valueOf(type, key), tiesBefore }));
  return selections.map(({ k }) => k > 0 ? answers.shift()! : { value: 0, tiesBefore: 0 });
}

function sizeOfAll(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { dims }) => sum + sizeOf(dims), 0);
}
