import type { Shader } from "../core/gpu.ts";
import { keyBuffer, UNDER } from "../select/float_order.ts";
import type { NmPattern } from "../nm/nm_groups.ts";
import { entry, THREADS } from "../core/wgsl.ts";

/** Threads of a workgroup that sweep a row each. */
export const SWEEP_THREADS = 64;

/** Shader for the loss of pruning each weight of a block by itself: (w / U_jj)². */
export const scoreShader: Shader = {
  name: "sparseGptBlock: scores",
  code: `
struct Params { rows: u32, size: u32, columns: u32, w: u32, u: u32, scores: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read_write> scores: array<f32>;
${entry()}
  let place = group * ${THREADS}u + thread;
  let row = place / p.size;
  let i = place % p.size;
  if (row >= p.rows) { return; }
  let ratio = w[p.w + row * p.columns + i] / u[p.u + i * (p.columns + 1u)];
  scores[p.scores + place] = ratio * ratio;
}`,
};

/** Variant of a sweep. */
export interface Variant {
  /** Columns that it is written for. */
  step: number;
  /** How many of each group of weights stay, where groups decide. */
  nm: NmPattern | undefined;
  /** Whether weights that stay are rounded to a grid. */
  quantised: boolean;
}

/**
 * A row in each thread's registers, column by column: what goes and what it costs is brought to the columns
 * behind it.
 */
export function sweepShader({ step, nm, quantised }: Variant): Shader {
  const all = Array.from({ length: step }, (_, i) => i);
  const names = ["u", "w", "errors", "mask", "loss", ...nm ? [] : ["scores"], ...quantised ? ["grid"] : []];
  const column = (i: number) => `
  ${nm && i % nm.m === 0 ? markGroup(all.slice(i, i + nm.m), nm.m - nm.n, step) : ""}
  {
    var stays = w${i};
    ${quantised ? "stays = scale * (clamp(round(stays / scale) + zero, 0.0, f32(p.levels)) - zero);" : ""}
    if ((gone & ${2 ** i}u) != 0u) { stays = 0.0; }
    let error = (w${i} - stays) / upper[${i * step + i}];
    lost += 0.5 * error * error;
    ${all.slice(i + 1).map((j) => `w${j} -= error * upper[${i * step + j}];`).join(" ")}
    if (${i}u < p.count) {
      w[from_w + ${i}u] = stays;
      errors[from_errors + ${i}u] = error;
    }
  }`;
  return {
    name: "sparseGptBlock: sweep",
    code: `
struct Params {
  rows: u32, count: u32, columns: u32, size: u32, words: u32, first: u32, levels: u32, // first: column of the weight
  cut: u32, ties: u32, column: u32, grid_row: u32, // column: of the block
  ${names.map((name) => `${name}: u32`).join(", ")}
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> u: array<f32>;
@group(0) @binding(2) var<storage, read_write> w: array<f32>;
@group(0) @binding(3) var<storage, read_write> errors: array<f32>;
@group(0) @binding(4) var<storage, read_write> mask: array<u32>;
@group(0) @binding(5) var<storage, read_write> loss: array<f32>;
${nm ? "" : keyBuffer("scores", 6, "float32") + UNDER}
${quantised ? `@group(0) @binding(${nm ? 6 : 7}) var<storage, read> grid: array<f32>;` : ""}
var<workgroup> upper: array<f32, ${step * step}>;
${entry(SWEEP_THREADS)}
  for (var e = thread; e < ${step * step}u; e += ${SWEEP_THREADS}u) {
    let i = e / ${step}u;
    let j = e % ${step}u;
    var value = select(0.0, 1.0, i == j);
    if (i <= j && j < p.count) { value = u[p.u + i * p.columns + j]; }
    upper[e] = value;
  }
  workgroupBarrier();
  let row = group * ${SWEEP_THREADS}u + thread;
  if (row >= p.rows) { return; }
  let from_w = p.w + row * p.columns;
  let from_errors = p.errors + row * p.size;
  ${
      quantised
        ? "let scale = grid[p.grid + row * p.grid_row];\n  let zero = grid[p.grid + row * p.grid_row + 1u];"
        : ""
    }
  var gone = 0u;
  ${
      nm ? "" : `for (var i = 0u; i < p.count; i++) {
    let key = key_scores(p.scores + row * p.size + i);
    gone |= u32(under(key, row * p.size + p.column + i)) << i;
  }`
    }
  var lost = 0.0;
  ${all.map((i) => `var w${i} = 0.0; if (${i}u < p.count) { w${i} = w[from_w + ${i}u]; }`).join("\n  ")}
  ${all.map(column).join("")}
  loss[p.loss + row] += lost;
  // The bits of these columns, in one word or at the seam of two.
  let bits = select((1u << p.count) - 1u, 0xffffffffu, p.count == 32u);
  let shift = p.first % 32u;
  let word = p.mask + row * p.words + p.first / 32u;
  mask[word] = (mask[word] & ~(bits << shift)) | ((~gone & bits) << shift);
  if (shift + p.count > 32u) {
    mask[word + 1u] = (mask[word + 1u] & ~(bits >> (32u - shift))) | ((~gone & bits) >> (32u - shift));
  }
}`,
  };
}

/**
 * Marks the weights of a group whose scores are smallest as they are now, by their bits; of equal ones the
 * first.
 */
function markGroup(group: number[], count: number, step: number): string {
  const keys = group.map((i) =>
    `let ratio${i} = w${i} / upper[${i * step + i}];
    let key${i} = bitcast<u32>(ratio${i} * ratio${i}) & 0x7fffffffu;`
  );
  const marks = group.map((i) => {
    const smaller = group.filter((j) => j !== i).map((j) => `u32(key${j} ${j < i ? "<=" : "<"} key${i})`);
    return `if (${smaller.join(" + ") || "0u"} < ${count}u) { gone |= ${2 ** i}u; }`;
  });
  return `{
    ${[...keys, ...marks].join("\n    ")}
  }`;
}

/**
 * A grid for each row, from its smallest to its largest weight, 0 among them: a workgroup finds its scale and
 * zero point.
 */
export const gridShader: Shader = {
  name: "sparseGpt: grid",
  code: `
struct Params { rows: u32, columns: u32, levels: u32, w: u32, grid: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> grid: array<f32>;
var<workgroup> lows: array<f32, ${THREADS}>;
var<workgroup> highs: array<f32, ${THREADS}>;
${entry()}
  var low = 0.0;
  var high = 0.0;
  if (group < p.rows) {
    for (var i = thread; i < p.columns; i += ${THREADS}u) {
      let value = w[p.w + group * p.columns + i];
      if (value < low) { low = value; }
      if (value > high) { high = value; }
    }
  }
  lows[thread] = low;
  highs[thread] = high;
  for (var half = ${THREADS / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) {
      lows[thread] = min(lows[thread], lows[thread + half]);
      highs[thread] = max(highs[thread], highs[thread + half]);
    }
  }
  if (thread == 0u && group < p.rows) {
    low = lows[0];
    high = highs[0];
    if (low == high) {
      low = -1.0;
      high = 1.0;
    }
    let scale = (high - low) / f32(p.levels);
    grid[p.grid + 2u * group] = scale;
    grid[p.grid + 2u * group + 1u] = round(-low / scale);
  }
}`,
};

/** Zeros in the columns of features that were never on. */
export const deadShader: Shader = {
  name: "sparseGpt: dead features",
  code: `
struct Params { rows: u32, columns: u32, w: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> diagonal: array<u32>;
@group(0) @binding(2) var<storage, read_write> w: array<f32>;
${entry()}
  let place = group * ${THREADS}u + thread;
  if (place >= p.rows * p.columns) { return; }
  if ((diagonal[place % p.columns] << 1u) == 0u) { w[p.w + place] = 0.0; }
}`,
};

/** From rows of words to one run of bits: each thread writes a word. */
export const packShader: Shader = {
  name: "sparseGpt: mask",
  code: `
struct Params { words: u32, columns: u32, rows: u32, row_words: u32, bits: u32, packed: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> bits: array<u32>;
@group(0) @binding(2) var<storage, read_write> packed: array<u32>;
${entry()}
  let place = group * ${THREADS}u + thread;
  if (place >= p.words) { return; }
  var word = 0u;
  for (var bit = 0u; bit < 32u; bit++) {
    let element = place * 32u + bit;
    let row = element / p.columns;
    let column = element % p.columns;
    if (row < p.rows) {
      word |= ((bits[p.bits + row * p.row_words + column / 32u] >> (column % 32u)) & 1u) << bit;
    }
  }
  packed[p.packed + place] = word;
}`,
};
