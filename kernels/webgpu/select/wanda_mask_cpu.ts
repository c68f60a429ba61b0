import { Tensor } from "../../../lib/tensor/tensor.ts";
import { WORD } from "../core/bits_wgsl.ts";
import { floatsOf } from "../core/tensors.ts";
import type { NmPattern } from "../nm/nm_groups.ts";
import { KEYS } from "./float_order.ts";
import { kthKey } from "./kth_value_cpu.ts";

/** A weight with the norms of its inputs, and how much of each row goes. */
export interface RowRule {
  /** Seen as [rows, columns]. */
  weight: Tensor;
  /** [columns] */
  norms: Tensor;
  /** Rows of the weight. */
  rows: number;
  /** Columns of the weight. */
  columns: number;
  /** Pattern in which n of every m neighbours stay, where there is one. */
  nm: NmPattern | undefined;
  /** How many of a row go, without `nm`. */
  k: number;
}

/** The bits of the weights that stay, on the CPU. */
export function maskTwin({ weight, norms, rows, columns, nm, k }: RowRule): Tensor {
  const [w, x] = [floatsOf(weight), floatsOf(norms)];
  const bits = new Uint32Array(Math.ceil(rows * columns / WORD));
  const scores = new Float32Array(columns);
  const keys = new Uint32Array(scores.buffer);
  const nan = KEYS.float32.infinity + 1;
  for (let row = 0, i = 0; row < rows; row++) {
    for (let j = 0, place = i; j < columns; j++, place++) scores[j] = Math.abs(w[place]!) * x[j]!;
    for (let j = 0; j < columns; j++) keys[j] = Math.min(keys[j]! & 0x7fffffff, nan);
    const cut = nm || k === 0 ? { key: 0, tiesBefore: 0 } : kthKey([keys], "float32", k);
    for (let j = 0; j < columns; j++, i++) {
      const stays = nm
        ? rank(keys, j, nm.m) >= nm.m - nm.n
        : keys[j]! > cut.key || (keys[j] === cut.key && j >= cut.tiesBefore);
      if (stays) bits[i >>> 5]! |= 1 << (i & 31);
    }
  }
  return new Tensor("uint32", bits, [bits.length]);
}

/** How many of its group come before element j. */
function rank(keys: Uint32Array, j: number, m: number): number {
  const first = j - j % m;
  let before = 0;
  for (let other = first; other < first + m; other++) {
    if (keys[other]! < keys[j]! || (keys[other] === keys[j] && other < j)) before++;
  }
  return before;
}
