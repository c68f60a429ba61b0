import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { floatsOf } from "../core/tensors.ts";
import type { AttentionInputs, AttentionSize, MaskRows, ScoreRow } from "./top_k_attention.ts";

/** Keys up to this belong to −infinity or are not seen. */
const UNSEEN = 0x007fffff;

/** Softmax over the kept scores of each row; sums in float64. */
export function softmaxTwin(scores: Tensor, row: ScoreRow): Float32Array {
  const { columns } = row;
  const all = new Float32Array(floatsOf(scores));
  const soften = softener(row);
  for (let r = 0; r * columns < all.length; r++) soften(all.subarray(r * columns, (r + 1) * columns), r);
  return all;
}

/** Attention, query by query: only values whose weight is not zero are read. */
export function attentionTwin(
  { query, key, value }: AttentionInputs,
  { batches, queries, keys, depth, width }: AttentionSize,
  row: ScoreRow,
): Float32Array {
  const [q, k, v] = [query, key, value].map(floatsOf) as [Float32Array, Float32Array, Float32Array];
  const context = new Float32Array(batches * queries * width);
  const scores = new Float32Array(keys);
  const soften = softener(row);
  for (let r = 0; r < batches * queries; r++) {
    const batch = Math.floor(r / queries);
    for (let j = 0; j < keys; j++) {
      let sum = 0;
      for (let at = r * depth, to = (batch * keys + j) * depth, i = 0; i < depth; i++) {
        sum += q[at + i]! * k[to + i]!;
      }
      scores[j] = sum;
    }
    soften(scores, r);
    for (let j = 0; j < keys; j++) {
      const weight = scores[j]!;
      if (weight === 0) continue;
      const [from, to] = [(batch * keys + j) * width, r * width];
      for (let c = 0; c < width; c++) context[to + c]! += weight * v[from + c]!;
    }
  }
  return context;
}

/** Makes weights of a row of scores, in place. */
function softener(
  { columns, k, scale, renormalize, mask }: ScoreRow,
): (x: Float32Array, row: number) => void {
  const order = new Uint32Array(columns);
  const seen = mask ? mask.tensor.data as Uint8Array : undefined;
  return (x, row) => {
    const bits = new Uint32Array(x.buffer, x.byteOffset, columns);
    const start = mask ? rowOfMask(mask, row) * columns : 0;
    let top = 0;
    for (let j = 0; j < columns; j++) {
      order[j] = seen && seen[start + j] === 0 ? 0 : orderOf(bits[j]!);
      if (order[j]! > top) top = order[j]!;
    }
    if (top <= UNSEEN) return void x.fill(0);
    const cut = k < columns ? kthLargest(order, k) : { order: 0, ties: columns };
    const highest = x[order.indexOf(top)]!;
    let sum = 0;
    let ties = 0;
    for (let j = 0; j < columns; j++) {
      const own = order[j]!;
      const kept = own > cut.order || own === cut.order && ties++ < cut.ties;
      if (!kept && renormalize) {
        x[j] = 0;
        continue;
      }
      const term = own === top ? 1 : own <= UNSEEN ? 0 : Math.exp((x[j]! - highest) * scale);
      sum += term;
      x[j] = kept ? term : 0;
    }
    for (let j = 0; j < columns; j++) x[j]! /= sum;
  };
}

/** Numbers in the order of the scores whose bits these are: −0 is 0, and no number comes before all. */
function orderOf(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return 0;
  if (bits === 0x80000000) return bits;
  return (bits >>> 31 ? ~bits : bits | 0x80000000) >>> 0;
}

function rowOfMask(
  { sizes: [, middle, inner], strides: [outer, between, within] }: MaskRows,
  row: number,
): number {
  const rest = Math.floor(row / inner);
  return Math.floor(rest / middle) * outer + (rest % middle) * between + (row % inner) * within;
}

const counts = new Uint32Array(256);
let candidates = new Uint32Array(0);

/**
 * The k-th largest, and how many that equal it are among the k largest: byte by byte, each among those left
 * by the last.
 */
function kthLargest(order: Uint32Array, k: number): { order: number; ties: number } {
  if (candidates.length < order.length) candidates = new Uint32Array(order.length);
  let [list, left, found, rank] = [order, order.length, 0, k];
  for (let shift = 24; shift >= 0; shift -= 8) {
    counts.fill(0);
    for (let j = 0; j < left; j++) counts[(list[j]! >>> shift) & 255]!++;
    let bin = 255;
    for (; counts[bin]! < rank; bin--) rank -= counts[bin]!;
    found = (found | bin << shift) >>> 0;
    let next = 0;
    for (let j = 0; j < left; j++) {
      const own = list[j]!;
      if (((own >>> shift) & 255) === bin) candidates[next++] = own;
    }
    [list, left] = [candidates, next];
  }
  return { order: found, ties: rank };
}
