import type { Shape } from "../onnx/dim.ts";
import { sizeOf } from "../tensor/tensor.ts";
import { regroup } from "./regroup.ts";
import { outerSum, range } from "./axis_layout.ts";

/**
 * A stored tensor, or a mere rearrangement of one: its element [i, j, …] is element
 * `axes[0][i] + axes[1][j] + …` of the tensor in its order in memory. An axis that is repeated to any length
 * has length 1 here.
 */
export interface WeightView {
  /** Name of the tensor. */
  readonly tensor: string;
  /** Offset in the tensor of each place along each axis: one array per axis, as long as it. */
  readonly axes: readonly Int32Array[];
}

/** A tensor as it is stored. */
export function storedAs(tensor: string, dims: readonly number[]): WeightView {
  return { tensor, axes: dims.map((length, axis) => range(length, sizeOf(dims.slice(axis + 1)))) };
}

/** The axes along which it varies. */
export function longAxes({ axes }: WeightView): number[] {
  return [...axes.keys()].filter((axis) => axes[axis]!.length > 1);
}

/** A view of the same elements in another shape; `undefined` where they do not lie regularly. */
export function reshapedStored({ tensor, axes }: WeightView, shape: Shape): WeightView | undefined {
  const parts = axes.filter(({ length }) => length !== 1).map((offsets) => ({
    size: offsets.length,
    offsets,
  }));
  const start = axes.filter(({ length }) => length === 1).reduce((sum, [offset]) => sum + offset!, 0);
  const groups = regroup(parts, shape, ({ offsets }, first, second) => {
    const halves = splitOffsets(offsets, Number(first), Number(second));
    return halves && [{ size: first as number, offsets: halves[0] }, {
      size: second as number,
      offsets: halves[1],
    }];
  });
  if (!groups) return undefined;
  const result = groups.map((group) =>
    group.reduce<Int32Array>((sum, { offsets }) => outerSum(sum, offsets), Int32Array.of(0))
  );
  if (start !== 0) {
    if (result.length === 0) return undefined;
    result[0] = result[0]!.map((offset) => offset + start);
  }
  return { tensor, axes: result };
}

/** Two lists whose sums, the second one fastest, are these offsets. */
function splitOffsets(
  offsets: Int32Array,
  first: number,
  second: number,
): [Int32Array, Int32Array] | undefined {
  const a = range(first).map((i) => offsets[i * second]!);
  const b = range(second).map((j) => offsets[j]! - offsets[0]!);
  return outerSum(a, b).every((offset, i) => offset === offsets[i]) ? [a, b] : undefined;
}
