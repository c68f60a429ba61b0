import { RangeError, TypeError } from "../../../lib/errors.ts";
import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import type { Gpu } from "../core/gpu.ts";
import { gpuOf, requireType } from "../core/tensors.ts";
import type { NmPattern } from "../nm/nm_groups.ts";

/** Which weights go. */
export interface Pruning {
  /** Share of each block's weights, over all rows together, 0 to 1. Default 0.5. */
  sparsity?: number | undefined;
  /** N:M pattern in place of a share: of every m neighbours in a row, n stay; m at most 32. */
  nm?: NmPattern | undefined;
  /**
   * Whether all scores up to and with the one at position ⌊sparsity · size⌋ go, as in the authors' program:
   * at least one more than asked for, and all that equal it. Default false: exactly the share goes, rounded,
   * of equal scores those first in storage.
   */
  referenceCompatible?: boolean | undefined;
}

/** Settings of `sparseGptBlock`. */
export interface SparseGptBlockOptions extends Pruning {
  /** The first column of the block. */
  start: number;
  /** Columns of the block; with `nm` a multiple of m. Default: up to 128, as many as there are. */
  size?: number | undefined;
  /** The loss of each row, [rows], float32; what the block costs is added in place. */
  loss: Tensor;
  /**
   * Which weights stay, [rows, ⌈columns / 32⌉], uint32, a bit for each column from the lowest on; changed in
   * place.
   */
  mask: Tensor;
  /**
   * Scale and zero point of each row, [rows, 2], or of each of its groups, [rows, groups · 2], to quantise
   * what stays. Default: it is not quantised.
   */
  grid?: Tensor | undefined;
  /** Columns of the weight that share a scale; with `nm` a multiple of m. Default: all of a row. */
  groupSize?: number | undefined;
  /** Bits that a quantised weight takes, 1 to 16. Default 4. */
  bits?: number | undefined;
}

/** A block, checked. */
export interface Block {
  /** The weight, [rows, columns], changed in place. */
  weight: Tensor;
  /** Upper Cholesky factor U of the inverse Hessian, [columns, columns]. */
  factor: Tensor;
  /** Rows of the weight. */
  rows: number;
  /** Columns of the weight. */
  columns: number;
  /** First column of the block. */
  start: number;
  /** Columns of the block. */
  size: number;
  /** Position of the last score that goes, from 1; none with `nm`. */
  k: number;
  /** Whether all scores that equal it go, too. */
  allTies: boolean;
  /** How many of each group of weights stay, where groups decide. */
  nm: NmPattern | undefined;
  /** Cost of pruning each row, [rows], added to. */
  loss: Tensor;
  /** Which weights stay, as bits, written to. */
  mask: Tensor;
  /** Scale and zero point of each group of each row, [rows, groups · 2], where weights are quantised. */
  grid: Tensor | undefined;
  /** Columns that share a scale. */
  groupSize: number;
  /** Largest quantised value. */
  levels: number;
}

/** Rows and columns of a weight: its first axis, and all others. */
function rowsOf({ dims }: Tensor): { rows: number; columns: number } {
  return { rows: dims[0]!, columns: sizeOf(dims.slice(1)) };
}

/** Checks that a weight is one. */
export function requireWeight(kernel: string, weight: Tensor): { rows: number; columns: number } {
  requireType(weight.type, ["float32"], kernel, '"weight"');
  if (weight.dims.length < 2) {
    throw new TypeError(
      `Cannot run ${kernel}: "weight" is [${
        weight.dims.join(", ")
      }], expected rows of outputs, [rows, columns]`,
    );
  }
  return rowsOf(weight);
}

/** Checks what says which weights go. */
export function requirePruning(kernel: string, { sparsity = 0.5, nm }: Pruning, columns: number): void {
  if (!(sparsity >= 0 && sparsity <= 1)) {
    throw new RangeError(`Cannot run ${kernel}: sparsity is ${sparsity}, expected a share from 0 to 1`);
  }
  if (!nm) return;
  const { n, m } = nm;
  if (!(Number.isInteger(n) && Number.isInteger(m) && n >= 0 && n <= m && m >= 1 && m <= 32)) {
    throw new RangeError(`Cannot run ${kernel}: nm is ${n} of ${m}, expected 0 ≤ n ≤ m ≤ 32`);
  }
  if (columns % m === 0) return;
  throw new RangeError(
    `Cannot run ${kernel}: nm is ${n} of ${m}, but ${columns} columns are no multiple of ${m}; expected whole groups`,
  );
}

/** Checks a block before anything is written. */
export function checkBlock(
  weight: Tensor,
  factor: Tensor,
  options: SparseGptBlockOptions,
): { gpu: Gpu | undefined; block: Block } {
  const kernel = "sparseGptBlock";
  const { sparsity = 0.5, nm, referenceCompatible = false, start, loss, mask, grid, bits = 4 } = options;
  const gpu = gpuOf(kernel, { weight, factor, loss, mask, grid });
  const { rows, columns } = requireWeight(kernel, weight);
  requireTensor("factor", factor, [columns, columns]);
  requireTensor("loss", loss, [rows]);
  requireTensor("mask", mask, [rows, Math.ceil(columns / 32)], "uint32");
  const { groupSize = Math.max(columns, 1) } = options;
  if (
    !(Number.isInteger(groupSize) && groupSize >= 1) ||
    (groupSize < columns && groupSize % (nm?.m ?? 1) !== 0)
  ) {
    const whole = nm ? `, a multiple of ${nm.m}` : "";
    throw new RangeError(
      `Cannot run ${kernel}: groupSize is ${groupSize}, expected a count of columns${whole}`,
    );
  }
  if (grid) requireTensor("grid", grid, [rows, 2 * Math.max(Math.ceil(columns / groupSize), 1)]);
  if (!(Number.isInteger(bits) && bits >= 1 && bits <= 16)) {
    throw new RangeError(`Cannot run ${kernel}: bits is ${bits}, expected a whole number from 1 to 16`);
  }
  const most = nm ? Math.max(Math.floor(128 / nm.m), 1) * nm.m : 128;
  const { size = Math.max(Math.min(most, columns - start), 0) } = options;
  if (
    !(Number.isInteger(start) && Number.isInteger(size) && start >= 0 && size >= 0 && start + size <= columns)
  ) {
    throw new RangeError(
      `Cannot run ${kernel}: the block of ${size} columns from ${start} on is none of ${columns} columns`,
    );
  }
  requirePruning(kernel, options, size);
  const scores = rows * size;
  const k = referenceCompatible
    ? Math.min(Math.floor(scores * sparsity) + 1, scores)
    : Math.round(scores * sparsity);
  const block: Block = {
    ...{ weight, factor, rows, columns, start, size, nm, loss, mask, grid, groupSize },
    ...{ k: nm ? 0 : k, allTies: referenceCompatible, levels: 2 ** bits - 1 },
  };
  return { gpu, block };
}

function requireTensor(
  name: string,
  { type, dims }: Tensor,
  expected: number[],
  kind: "float32" | "uint32" = "float32",
): void {
  requireType(type, [kind], "sparseGptBlock", `"${name}"`);
  if (dims.length === expected.length && dims.every((dim, i) => dim === expected[i])) return;
  throw new TypeError(
    `Cannot run sparseGptBlock: "${name}" is [${dims.join(", ")}], expected [${expected.join(", ")}]`,
  );
}
