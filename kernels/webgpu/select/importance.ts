import { RangeError, TypeError } from "../../../lib/errors.ts";
import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { gpuOf, requireSameShape, requireType } from "../core/tensors.ts";
import { type Axis, importanceTwin } from "./importance_cpu.ts";
import { importanceOnGpu } from "./importance_passes.ts";
import { MEASURES } from "./importance_wgsl.ts";

/** Terms that {@linkcode importance} adds up: of a weight w with gradient g. */
export type Measure =
  /** |w|, for L1 norms: Li et al., "Pruning Filters for Efficient ConvNets", 2017, section 3.1. */
  | "magnitude"
  /** w², for L2 norms. */
  | "square"
  /**
   * |w·g|: Molchanov et al., "Pruning Convolutional Neural Networks for Resource Efficient Inference", 2017,
   * eq. 8.
   */
  | "taylor"
  /** (w·g)²: Molchanov et al., "Importance Estimation for Neural Network Pruning", 2019, eq. 8. */
  | "taylor-square";

/** Settings of {@linkcode importance}. */
export interface ImportanceOptions {
  /** Measure of each weight, before it is summed. Default `"magnitude"`. */
  measure?: Measure | undefined;
  /** Gradient of the loss by the weight, in the weight's shape; the Taylor measures need it. */
  gradient?: Tensor | undefined;
  /**
   * Axes that stay, in ascending order; over all others it is summed. Default: all, a number for each weight.
   */
  keep?: readonly number[] | undefined;
  /** A result that is added to, before the root: so tensors that are coupled give one sum. */
  add?: Tensor | undefined;
  /** Whether the square root is taken in the end. Default false. */
  root?: boolean | undefined;
}

/**
 * How much weights matter: a measure of each one, summed over axes. With `keep: [0]` a number per filter,
 * with `keep: [1]` one per input channel; the L2 norm of each filter is `{ measure: "square", keep: [0],
 * root: true }`.
 *
 * The weight is read once. On the CPU sums are taken in float64; on a GPU in float32, in a fixed order. NaN
 * gives NaN.
 *
 * @param weight float32 or float16, of any shape, on the CPU or a GPU; the result lies at the same place
 * @returns float32, of the shape that stays
 * @throws TypeError where the gradient is missing, or tensors do not fit in shape, type or place; RangeError
 * where an axis is none
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const filters = float32([3, -4, 0, 1], [2, 2]);
 * const norms = await importance(filters, { measure: "square", keep: [0], root: true });
 * assert.deepEqual([...norms.data], [5, 1]);
 * ```
 */
export async function importance(weight: Tensor, options: ImportanceOptions = {}): Promise<Tensor> {
  const { measure = "magnitude", gradient, add, root = false } = options;
  if (!Object.hasOwn(MEASURES, measure)) {
    throw new RangeError(
      `Cannot run importance: measure "${measure}" is none of ${Object.keys(MEASURES).join(", ")}`,
    );
  }
  const gpu = gpuOf("importance", { weight, gradient, add });
  const needed = MEASURES[measure].gradient;
  if (needed && !gradient) {
    throw new TypeError(`Cannot run importance: measure "${measure}" needs the gradient of the weight`);
  }
  const terms = { weight, ...needed && { gradient: gradient! } };
  for (const [name, { type }] of Object.entries(terms)) {
    requireType(type, ["float32", "float16"], "importance", `"${name}"`);
  }
  requireSameShape("importance", terms);
  const { keep = weight.dims.map((_, axis) => axis) } = options;
  requireAxes(keep, weight.dims);
  const dims = keep.map((axis) => weight.dims[axis]!);
  if (add) {
    requireType(add.type, ["float32"], "importance", '"add"');
    if (sizeOf(add.dims) !== sizeOf(dims)) {
      throw new TypeError(
        `Cannot run importance: "add" is [${add.dims.join(", ")}], expected [${dims.join(", ")}]`,
      );
    }
  }
  const sums = { measure, axes: collapse(weight.dims, keep), dims, add, root };
  return gpu
    ? await importanceOnGpu(gpu, weight, terms.gradient, sums)
    : importanceTwin(weight, terms.gradient, sums);
}

function requireAxes(keep: readonly number[], dims: readonly number[]): void {
  keep.forEach((axis, i) => {
    if (Number.isInteger(axis) && axis >= 0 && axis < dims.length && (i === 0 || axis > keep[i - 1]!)) return;
    throw new RangeError(
      `Cannot run importance: keep is [${keep.join(", ")}], expected ascending axes of [${dims.join(", ")}]`,
    );
  });
}

/** Neighbouring axes that stay, or go, together are one. */
function collapse(dims: readonly number[], keep: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  dims.forEach((size, axis) => {
    const stays = keep.includes(axis);
    const last = axes.at(-1);
    if (last?.stays === stays) last.size *= size;
    else axes.push({ size, stays });
  });
  return axes;
}
