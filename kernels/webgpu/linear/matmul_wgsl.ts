import type { Shader } from "../core/gpu.ts";
import type { KernelType } from "../core/tensors.ts";
import { entry, floatBuffer } from "../core/wgsl.ts";

/** Rows and columns of C that a workgroup computes. */
export const TILE = 64;

/** Threads of a workgroup: each has 8 rows × 4 columns of C in registers. */
const TILE_THREADS = 128;

/** Steps of the inner dimension between two barriers. */
const DEPTH = 16;

/**
 * Vectors of four numbers from one step to the next in workgroup memory: one more than needed keeps banks
 * apart.
 */
const PITCH = TILE / 4 + 1;

/** A tile shader's own part. */
export interface TileShader {
  /** Name of the shader in error messages and profiles. */
  name: string;
  /** Element types of A and B. */
  a: KernelType;
  /** Element type of B. */
  b: KernelType;
  /** Fields of the uniform, after those of A and B. */
  params: string;
  /** Bindings from 3 on, and functions. */
  declarations: string;
  /** When the tile that begins at row `top` and column `left` need not be computed. */
  skip?: string;
  /** Code that treats `value`, element (i, j) of A · B. */
  store: string;
}

/**
 * A shader that computes A · B in tiles, for a kernel to say what becomes of them.
 *
 * For each number that a workgroup reads from memory it computes 32 products; tiles of A and B go through
 * workgroup memory as vectors, 8 rows × 4 columns of sums stay in registers: 32 multiply-adds for three
 * vectors read there.
 */
export function tileShader({ name, a, b, params, declarations, skip = "false", store }: TileShader): Shader {
  const rows = Array.from({ length: 8 }, (_, row) => row);
  return {
    name,
    code: `
struct Params {
  m: u32, n: u32, k: u32,
  a: u32, a_row: u32, a_column: u32, b: u32, b_row: u32, b_column: u32,
  ${params}
}
@group(0) @binding(0) var<uniform> p: Params;
${floatBuffer("a", 1, a)}
${floatBuffer("b", 2, b)}
${declarations}
var<workgroup> tile_a: array<vec4f, ${DEPTH * PITCH}>;
var<workgroup> tile_b: array<vec4f, ${DEPTH * PITCH}>;

fn at_a(i: u32, l: u32) -> f32 {
  if (i < p.m && l < p.k) { return read_a(p.a + i * p.a_row + l * p.a_column); }
  return 0.0;
}
fn at_b(j: u32, l: u32) -> f32 {
  if (j < p.n && l < p.k) { return read_b(p.b + l * p.b_row + j * p.b_column); }
  return 0.0;
}
fn store(i: u32, left: u32, values: vec4f) {
  for (var v = 0u; v < 4u; v++) {
    let j = left + v;
    let value = values[v];
    if (i < p.m && j < p.n) {
      ${store}
    }
  }
}
${entry(TILE_THREADS)}
  let across = (p.n + ${TILE - 1}u) / ${TILE}u;
  let top = group / across * ${TILE}u;
  let left = group % across * ${TILE}u;
  if (top >= p.m || ${skip}) { return; }
  let x = thread % 16u;
  let y = thread / 16u;
  ${rows.map((row) => `var sum${row} = vec4f();`).join(" ")}
  for (var l = 0u; l < p.k; l += ${DEPTH}u) {
    for (var slot = thread; slot < ${DEPTH * TILE / 4}u; slot += ${TILE_THREADS}u) {
      ${load("a", "top", "p.a_column")}
      ${load("b", "left", "p.b_row")}
    }
    workgroupBarrier();
    for (var step = 0u; step < ${DEPTH}u; step++) {
      let right = tile_b[step * ${PITCH}u + x];
      let upper = tile_a[step * ${PITCH}u + 2u * y];
      let lower = tile_a[step * ${PITCH}u + 2u * y + 1u];
      ${
      rows.map((row) => `sum${row} += ${row < 4 ? "upper" : "lower"}[${row % 4}] * right;`).join("\n      ")
    }
    }
    workgroupBarrier();
  }
  let i = top + 8u * y;
  let j = left + 4u * x;
  ${rows.map((row) => `store(i + ${row}u, j, sum${row});`).join("\n  ")}
}`,
  };
}

/**
 * Fetches one vector of a tile: neighbouring threads read neighbours in memory, along the inner dimension or
 * across.
 */
function load(name: "a" | "b", first: string, stride: string): string {
  return `{
        let along = ${stride} == 1u;
        let step = select(slot / ${TILE / 4}u, slot % ${DEPTH}u, along);
        let quad = select(slot % ${TILE / 4}u, slot / ${DEPTH}u, along);
        var four = vec4f();
        for (var v = 0u; v < 4u; v++) { four[v] = at_${name}(${first} + 4u * quad + v, l + step); }
        tile_${name}[step * ${PITCH}u + quad] = four;
      }`;
}
