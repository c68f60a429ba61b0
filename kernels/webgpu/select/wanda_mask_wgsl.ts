import { WRITE_BITS } from "../core/bits_wgsl.ts";
import type { Shader } from "../core/gpu.ts";
import { entry, THREADS } from "../core/wgsl.ts";
import type { NmPattern } from "../nm/nm_groups.ts";
import { KEYS } from "./float_order.ts";

/** The key of the score of element i, which lies in column `column`. */
const KEY = `
fn key(i: u32, column: u32) -> u32 {
  return min(bitcast<u32>(w[p.w + i] * norms[column]) & 0x7fffffffu, ${KEYS.float32.infinity + 1}u);
}`;

/** Bits of a digit of the selection within a row. */
const DIGIT = 8;

/**
 * The key of the k-th smallest score of a row, and where those that equal it and stay begin: a workgroup
 * counts the row's digits from the highest on, among those that agree with what is known; first of the keys,
 * then of the positions of those that have the key.
 */
export const selectShader: Shader = {
  name: "wandaMask: rows",
  code: `
struct Params { rows: u32, columns: u32, k: u32, w: u32, cuts: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> norms: array<f32>;
@group(0) @binding(3) var<storage, read_write> cuts: array<u32>;
${KEY}
var<workgroup> counts: array<atomic<u32>, ${2 ** DIGIT}>;
var<workgroup> found: array<u32, 4>; // the key, the position, how many candidates are to go, whether all that equal it
${entry()}
  let row = min(group, p.rows - 1u);
  if (thread < 4u) { found[thread] = select(0u, p.k, thread == 2u); }
  for (var turn = 0u; turn < 8u; turn++) {
    if (turn == 4u && workgroupUniformLoad(&found[3]) == 1u) { break; }
    let place = turn / 4u;
    let shift = 24u - turn % 4u * ${DIGIT}u;
    for (var bin = thread; bin < ${2 ** DIGIT}u; bin += ${THREADS}u) { atomicStore(&counts[bin], 0u); }
    let known = workgroupUniformLoad(&found[place]);
    let first = workgroupUniformLoad(&found[0]);
    for (var i = thread; i < p.columns; i += ${THREADS}u) {
      let own = key(row * p.columns + i, i);
      let value = select(own, i, place == 1u);
      // What is known of the value lies above the digit, in whole digits.
      let agrees = turn % 4u == 0u || ((value ^ known) >> (shift + ${DIGIT}u)) == 0u;
      if (agrees && (place == 0u || own == first)) { atomicAdd(&counts[(value >> shift) & ${
    2 ** DIGIT - 1
  }u], 1u); }
    }
    workgroupBarrier();
    if (thread == 0u) {
      var bin = 0u;
      while (bin < ${2 ** DIGIT - 1}u && atomicLoad(&counts[bin]) < found[2]) {
        found[2] -= atomicLoad(&counts[bin]);
        bin++;
      }
      found[place] = known | (bin << shift);
      if (turn == 3u && atomicLoad(&counts[bin]) == found[2]) {
        found[1] = p.columns;
        found[3] = 1u;
      }
    }
    workgroupBarrier();
  }
  if (thread == 0u && group < p.rows) {
    cuts[p.cuts + 2u * group] = found[0];
    cuts[p.cuts + 2u * group + 1u] = select(found[1] + 1u, 0u, p.k == 0u);
  }
}`,
};

/** Bits of what stays: by the cuts of the rows, or the first of every m by their keys. */
export function bitsShader(nm: NmPattern | undefined): Shader {
  const stays = nm
    ? `
  let first = i - column % ${nm.m}u;
  let own = key(i, column);
  var before = 0u;
  for (var other = 0u; other < ${nm.m}u; other++) {
    let it = key(first + other, column - column % ${nm.m}u + other);
    if (it < own || (it == own && first + other < i)) { before++; }
  }
  return before >= ${nm.m - nm.n}u;`
    : `
  let cut = cuts[p.cuts + 2u * row];
  let own = key(i, column);
  return own > cut || (own == cut && column >= cuts[p.cuts + 2u * row + 1u]);`;
  return {
    name: "wandaMask",
    code: `
struct Params { count: u32, bits: u32, columns: u32, w: u32, cuts: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> norms: array<f32>;
@group(0) @binding(3) var<storage, read_write> bits: array<u32>;
${nm ? "" : "@group(0) @binding(4) var<storage, read> cuts: array<u32>;"}
${KEY}
fn stays(i: u32) -> bool {
  let row = i / p.columns;
  let column = i % p.columns;${stays}
}
${WRITE_BITS}`,
  };
}
