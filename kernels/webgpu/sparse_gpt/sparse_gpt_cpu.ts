import { gemm } from "../linear/gemm.ts";
import { kthKey } from "../select/kth_value_cpu.ts";
import { valueOf } from "../select/float_order.ts";
import type { NmPattern } from "../nm/nm_groups.ts";
import type { Block } from "./sparse_gpt_options.ts";
import { floatsOf } from "../core/tensors.ts";

/** Prunes a block on the CPU, in float64; weights are rounded to float32 when it is done. */
export function blockOnCpu(block: Block): void {
  const { rows, columns, start, size, k, allTies, nm, levels, groupSize } = block;
  const [weight, factor, loss] = [block.weight, block.factor, block.loss].map(floatsOf);
  const grid = block.grid && floatsOf(block.grid);
  const mask = block.mask.data as Uint32Array;
  const words = Math.ceil(columns / 32);
  const u = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) u[i * size + j] = factor![(start + i) * columns + start + j]!;
  }
  const score = (value: number, i: number) => (value / u[i * size + i]!) ** 2;
  const scores = new Float64Array(nm ? 0 : rows * size);
  for (let row = 0, place = 0; row < rows && !nm; row++) {
    for (let i = 0; i < size; i++, place++) scores[place] = score(weight![row * columns + start + i]!, i);
  }
  const cut = nm ? undefined : smallest(scores, k);
  const errors = new Float64Array(rows * size);
  const w = new Float64Array(size);
  const gone = new Uint8Array(size);
  for (let row = 0; row < rows; row++) {
    const [first, out] = [row * columns + start, row * size];
    for (let i = 0; i < size; i++) {
      w[i] = weight![first + i]!;
      if (!cut) continue;
      const value = scores[out + i]!;
      gone[i] = Number(value < cut.value || (value === cut.value && (allTies || out + i < cut.tiesBefore)));
    }
    const groups = row * Math.ceil(columns / groupSize);
    let lost = 0;
    for (let i = 0; i < size; i++) {
      if (nm && i % nm.m === 0) markGroup(gone, { first: i, pattern: nm }, w, score);
      const value = w[i]!;
      const at = 2 * (groups + Math.floor((start + i) / groupSize));
      const stays = gone[i] ? 0 : grid ? quantise(value, grid[at]!, grid[at + 1]!, levels) : value;
      const error = (value - stays) / u[i * size + i]!;
      errors[out + i] = error;
      w[i] = stays;
      if (error === 0) continue;
      lost += error * error / 2;
      for (let j = i + 1, from = i * size + j; j < size; j++, from++) w[j]! -= error * u[from]!;
    }
    loss![row]! += lost;
    for (let i = 0; i < size; i++) {
      weight![first + i] = w[i]!;
      const [word, bit] = [row * words + ((start + i) >>> 5), 1 << ((start + i) & 31)];
      if (gone[i]) mask[word]! &= ~bit;
      else mask[word]! |= bit;
    }
  }
  const behind = start + size;
  gemm(
    { data: weight!, offset: behind, row: columns, column: 1 },
    { data: errors, row: size, column: 1 },
    { data: factor!, offset: start * columns + behind, row: columns, column: 1 },
    { m: rows, n: columns - behind, k: size, alpha: -1, beta: 1, precision: "float64" },
  );
}

/** Marks the m − n smallest of a group, of equal ones the first. */
function markGroup(
  gone: Uint8Array,
  { first, pattern: { n, m } }: { first: number; pattern: NmPattern },
  w: Float64Array,
  score: (value: number, i: number) => number,
): void {
  for (let i = first; i < first + m; i++) {
    const own = score(w[i]!, i);
    let smaller = 0;
    for (let j = first; j < first + m; j++) {
      const other = score(w[j]!, j);
      if (other < own || (other === own && j < i)) smaller++;
    }
    gone[i] = Number(smaller < m - n);
  }
}

/** Half to even, as PyTorch and WGSL round. */
function round(value: number): number {
  const up = Math.round(value);
  return up - value === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

function quantise(value: number, scale: number, zero: number, levels: number): number {
  return scale * (Math.min(Math.max(round(value / scale) + zero, 0), levels) - zero);
}

/**
 * The threshold under which the k smallest of numbers ≥ 0 in float64 lie, of equal ones the first: by
 * `kthValue`'s selection in float32, and by sorting those few that are equal there.
 */
function smallest(values: Float64Array, k: number): { value: number; tiesBefore: number } {
  if (k === 0) return { value: -1, tiesBefore: 0 };
  const rounded = new Float32Array(values);
  const { key } = kthKey([new Uint32Array(rounded.buffer)], "float32", k);
  const near = valueOf("float32", key);
  const equal: number[] = [];
  let below = 0;
  rounded.forEach((value, i) => {
    if (value < near) below++;
    else if (value === near) equal.push(i);
  });
  equal.sort((a, b) => values[a]! - values[b]! || a - b);
  const last = equal[k - below - 1];
  return last === undefined
    ? { value: Infinity, tiesBefore: 0 }
    : { value: values[last]!, tiesBefore: last + 1 };
}

/** Scale and zero point of each row for a grid from its smallest to its largest weight, 0 among them. */
export function gridOnCpu(weight: Float32Array, rows: number, columns: number, levels: number): Float32Array {
  const grid = new Float32Array(2 * rows);
  for (let row = 0; row < rows; row++) {
    let [low, high] = [0, 0];
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      if (weight[i]! < low) low = weight[i]!;
      if (weight[i]! > high) high = weight[i]!;
    }
    if (low === high) [low, high] = [-1, 1];
    const scale = Math.fround((high - low) / levels);
    grid.set([scale, round(-low / scale)], 2 * row);
  }
  return grid;
}
