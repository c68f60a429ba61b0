import type { Shader } from "../core/gpu.ts";
import { entry } from "../core/wgsl.ts";

/** Threads of a workgroup. */
const SPMM_THREADS = 128;

/** Pixels of a thread, each beside those of its neighbours, so that reads are coalesced. */
const PIXELS = 4;

/** Pixels that a workgroup computes. */
export const SPMM_TILE = SPMM_THREADS * PIXELS;

/** How a sparse weight's entries are found. */
export interface Walk {
  /** Rows of a block. */
  block: number;
  /** Names of the storage buffers of words, from binding 1 on, before `values`. */
  words: readonly string[];
  /** The first entry of a block of rows `own`, and the one behind the last. */
  begin: string;
  /** The entry behind the last of a block of rows, as WGSL. */
  end: string;
  /** The plane of entry `e`. */
  plane: string;
}

/** Compressed sparse rows. */
export function sparseWalk(block: number): Walk {
  return {
    block,
    words: ["starts", "indices"],
    begin: "starts[own]",
    end: "starts[own + 1u]",
    plane: "indices[e]",
  };
}

/** N of every M: `perRow` entries of each row, whose places in their groups are packed in `bits` bits. */
export function nmWalk(
  { n, m, perRow, bits, perWord }: { n: number; m: number; perRow: number; bits: number; perWord: number },
): Walk {
  // Without entries the walk ends before a remainder is taken, but a shader with one by 0 is not valid.
  const [row, group] = [Math.max(perRow, 1), Math.max(n, 1)];
  return {
    block: 1,
    words: ["places"],
    begin: `own * ${perRow}u`,
    end: `own * ${perRow}u + ${perRow}u`,
    plane: `e % ${row}u / ${group}u * ${m}u + ((places[e / ${perWord}u] >> (e % ${perWord}u * ${bits}u)) & ${
      2 ** bits - 1
    }u)`,
  };
}

/** A workgroup computes a block of rows for a tile of pixels: the walk is the same for all of its threads. */
export function spmmShader({ block, words, begin, end, plane }: Walk): Shader {
  const rows = Array.from({ length: block }, (_, row) => row);
  const pixels = Array.from({ length: PIXELS }, (_, pixel) => pixel);
  const each = (line: (row: number, pixel: number) => string) =>
    rows.flatMap((row) => pixels.map((pixel) => line(row, pixel))).join("\n    ");
  const storage = [
    ...words.map((name) => `read> ${name}: array<u32>`),
    "read> values: array<f32>",
    "read> x: array<f32>",
    "read_write> y: array<f32>",
  ];
  return {
    name: "spmm",
    code: `
struct Params {
  rows: u32, pixels: u32, tiles: u32, block: u32, // block: the first one of this part of y
  first: u32, last: u32, // planes of this part of x
  x: u32, y: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
${storage.map((rest, i) => `@group(0) @binding(${i + 1}) var<storage, ${rest};`).join("\n")}
fn put(row: u32, pixel: u32, sum: f32) {
  if (row >= p.rows || pixel >= p.pixels) { return; }
  let place = p.y + row * p.pixels + pixel;
  if (p.first == 0u) { y[place] = sum; } else { y[place] += sum; }
}
${entry(SPMM_THREADS)}
  let here = group / p.tiles;
  let pixel = group % p.tiles * ${SPMM_TILE}u + thread;
  if (here * ${block}u >= p.rows) { return; }
  let own = p.block + here;
  ${each((row, pixel) => `var sum${row}_${pixel} = 0.0;`)}
  let last = ${end};
  for (var e = ${begin}; e < last; e++) {
    let plane = ${plane};
    if (plane < p.first || plane >= p.last) { continue; }
    let begin = p.x + (plane - p.first) * p.pixels + pixel;
    ${
      pixels.map((i) =>
        `var x${i} = 0.0; if (pixel + ${i * SPMM_THREADS}u < p.pixels) { x${i} = x[begin + ${
          i * SPMM_THREADS
        }u]; }`
      ).join("\n    ")
    }
    ${
      rows.map((row) =>
        `let v${row} = values[e * ${block}u + ${row}u];
    if (v${row} != 0.0) { ${pixels.map((i) => `sum${row}_${i} += v${row} * x${i};`).join(" ")} }`
      ).join("\n    ")
    }
  }
  ${each((row, i) => `put(here * ${block}u + ${row}u, pixel + ${i * SPMM_THREADS}u, sum${row}_${i});`)}
}`,
  };
}
