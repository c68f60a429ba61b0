import { Tensor } from "../../lib/deps.ts";
import { sizeOf } from "../../lib/onnx/tensor.ts";
import { type Gpu, grid, type Pass, type Shader } from "./gpu.ts";
import { bindMatrix, matrix, type MatrixOnGpu, rowsInReach, strips } from "./matrix_on_gpu.ts";
import type { SparseRows } from "./sparse_rows.ts";
import { type Entries, multiplyRuns } from "./spmm_twin.ts";
import { bufferOf, byteLength, emptyOnGpu, floatsOf, gpuOf, requireType } from "./tensors.ts";
import { entry } from "./wgsl.ts";

/**
 * The product of a sparse matrix with a dense one, y = W · x, with x in planes: neighbours in memory are pixels, or tokens,
 * of one feature, and each entry of W is multiplied with a run of them.
 *
 * 2 · entries · pixels operations. An entry that is not stored counts as nothing: NaN in a column without entries stays
 * there. On a GPU a workgroup computes a block of rows for 512 pixels: the entries are the same for all its threads, and a
 * number of x is read once for all rows of a block, so blocks of 4 or 8 rows come nearer to `matmul`, which reads it once
 * for 64. On the CPU the sums of a run stay in registers while the entries are walked.
 *
 * @param weight unstructured or in blocks of rows, on the CPU or a GPU
 * @param x [columns, ...], float32, seen as [columns, pixels], at the same place, as is the result
 * @returns float32, [rows, ...]
 * @throws TypeError where tensors do not fit in shape, type or place; RangeError where an entry lies outside, which is only
 * seen on the CPU, or the entries are more than a binding reaches
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../lib/onnx/tensor.ts";
 * import { sparseRows } from "./sparse_rows.ts";
 *
 * const weight = sparseRows(float32([0, 5, 0, 6, 0, 7], [2, 3]));
 * const y = await spmm(weight, float32([1, 2, 3, 4, 5, 6], [3, 2]));
 * assert.deepEqual([...y.data], [15, 20, 41, 54]);
 * ```
 */
export async function spmm(weight: SparseRows, x: Tensor): Promise<Tensor> {
  const { rows, columns, block, starts, indices, values } = weight;
  const gpu = gpuOf("spmm", { starts, indices, values, x });
  requireType(x.type, ["float32"], "spmm", '"x"');
  requireRows("spmm", weight);
  if (x.dims[0] !== columns) {
    throw new TypeError(
      `Cannot run spmm: "x" is [${
        x.dims.join(", ")
      }], expected [${columns}, …], as the weight is [${rows}, ${columns}]`,
    );
  }
  const dims = [rows, ...x.dims.slice(1)];
  const pixels = sizeOf(x.dims.slice(1));
  if (!gpu) {
    const y = new Float32Array(rows * pixels);
    const planes = { x: floatsOf(x) as Float32Array, offset: 0, planes: columns, stride: pixels, taps: [0] };
    multiplyRuns(y, entriesOf(weight), { planes, start: 0, length: pixels });
    return new Tensor("float32", y, dims);
  }
  for (const [name, tensor] of Object.entries({ starts, indices, values })) {
    if (byteLength(tensor) <= gpu.maxBinding) continue;
    throw new RangeError(
      `Cannot run spmm on ${gpu.name}: "${name}" has ${byteLength(tensor)} bytes, and a binding holds ` +
        `${gpu.maxBinding}; split the weight's rows, or use the CPU`,
    );
  }
  const y = emptyOnGpu(gpu, "float32", dims);
  try {
    await gpu.run(block > 0 ? passes(gpu, weight, x, y, pixels) : []);
    return y;
  } catch (error) {
    y.dispose();
    throw error;
  }
}

/** Checks types and shapes of a sparse matrix. */
export function requireRows(kernel: string, { rows, block, starts, indices, values }: SparseRows): void {
  requireType(starts.type, ["uint32"], kernel, '"starts"');
  requireType(indices.type, ["uint32"], kernel, '"indices"');
  requireType(values.type, ["float32"], kernel, '"values"');
  const blocks = Math.ceil(rows / block);
  const entries = sizeOf(indices.dims);
  if (sizeOf(starts.dims) === blocks + 1 && sizeOf(values.dims) === entries * block) return;
  throw new TypeError(
    `Cannot run ${kernel}: "starts" has ${sizeOf(starts.dims)} and "values" ${
      sizeOf(values.dims)
    } elements, expected ` +
      `${blocks + 1} and ${entries * block}, for ${rows} rows in blocks of ${block} and ${entries} entries`,
  );
}

/** The entries of each row on the CPU, without zeros that only fill a block. */
export function entriesOf({ rows, columns, block, starts, indices, values }: SparseRows): Entries {
  const [from, at] = [starts.data as Uint32Array, indices.data as Uint32Array];
  const all = floatsOf(values) as Float32Array;
  for (let b = 0; b + 1 < from.length; b++) {
    for (let i = from[b]!; i < from[b + 1]!; i++) {
      if (at[i]! < columns && (i === from[b] || at[i]! > at[i - 1]!)) continue;
      throw new RangeError(
        `Cannot multiply with a sparse matrix: entry ${i}, of row ${b * block}, is in column ${
          at[i]
        }, expected ascending ` +
          `ones below ${columns}`,
      );
    }
  }
  if (block === 1) return { starts: from, columns: at, values: all };
  const own: Entries = {
    starts: new Uint32Array(rows + 1),
    columns: new Uint32Array(all.length),
    values: new Float32Array(all.length),
  };
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const b = Math.floor(row / block);
    for (let i = from[b]!; i < from[b + 1]!; i++) {
      const value = all[i * block + row % block]!;
      if (value === 0) continue;
      own.columns[count] = at[i]!;
      own.values[count++] = value;
    }
    own.starts[row + 1] = count;
  }
  return own;
}

const SPMM_THREADS = 128;

/** Pixels of a thread, side by side with its neighbours' so that reads are coalesced. */
const PIXELS = 4;

function passes(
  gpu: Gpu,
  { rows, columns, block, starts, indices, values }: SparseRows,
  x: Tensor,
  y: Tensor,
  pixels: number,
): Pass[] {
  const planes = (tensor: Tensor): MatrixOnGpu => ({ ...matrix(tensor), stride: pixels });
  const tiles = Math.ceil(pixels / (SPMM_THREADS * PIXELS));
  const shader = spmmShader(block);
  if (tiles === 0 || rows === 0) return [];
  // Rows of y and planes of x in reach; without columns there are still rows of y, of zeros.
  const reach = Math.max(rowsInReach(gpu, "spmm", planes(x), pixels), 1);
  const parts = Array.from({ length: Math.max(Math.ceil(columns / reach), 1) }, (_, i) => i * reach);
  return strips(gpu, "spmm", { rows, unit: block }, [[planes(y), pixels]]).flatMap((strip) =>
    parts.map((first): Pass => {
      const count = Math.min(reach, columns - first);
      const part = bindMatrix(gpu, { ...planes(x), offset: first * pixels }, [0, 0], [
        Math.max(count, 0),
        pixels,
      ]);
      const [out] = strip.bound;
      const entries = [starts, indices, values].map((tensor) => ({ buffer: bufferOf(tensor) }));
      return {
        shader,
        bindings: [...entries, part.binding, out!.binding],
        params: [
          ...[strip.count, pixels, tiles, strip.first / block, first, first + count],
          ...[part.place[0], out!.place[0]],
        ],
        workgroups: grid(Math.ceil(strip.count / block) * tiles),
      };
    })
  );
}

function spmmShader(block: number): Shader {
  const each = (line: (row: number, pixel: number) => string) =>
    Array.from({ length: block }, (_, row) => Array.from({ length: PIXELS }, (_, pixel) => line(row, pixel)))
      .flat()
      .join("\n    ");
  const pixels = Array.from({ length: PIXELS }, (_, pixel) => pixel);
  return {
    name: "spmm",
    code: `
struct Params {
  rows: u32, pixels: u32, tiles: u32, block: u32, // block: the first one of this part of y
  first: u32, last: u32, // planes of this part of x
  x: u32, y: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> x: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
fn put(row: u32, pixel: u32, sum: f32) {
  if (row >= p.rows || pixel >= p.pixels) { return; }
  let place = p.y + row * p.pixels + pixel;
  if (p.first == 0u) { y[place] = sum; } else { y[place] += sum; }
}
${entry(SPMM_THREADS)}
  let own = group / p.tiles;
  let pixel = group % p.tiles * ${SPMM_THREADS * PIXELS}u + thread;
  if (own * ${block}u >= p.rows) { return; }
  ${each((row, pixel) => `var sum${row}_${pixel} = 0.0;`)}
  let end = starts[p.block + own + 1u];
  for (var e = starts[p.block + own]; e < end; e++) {
    let plane = indices[e];
    if (plane < p.first || plane >= p.last) { continue; }
    let begin = p.x + (plane - p.first) * p.pixels + pixel;
    ${
      pixels.map((i) =>
        `var x${i} = 0.0; if (pixel + ${i * SPMM_THREADS}u < p.pixels) { x${i} = x[begin + ${
          i * SPMM_THREADS
        }u]; }`
      ).join("\n    ")
    }
    ${each((row, pixel) => `sum${row}_${pixel} += values[e * ${block}u + ${row}u] * x${pixel};`)}
  }
  ${each((row, i) => `put(own * ${block}u + ${row}u, pixel + ${i * SPMM_THREADS}u, sum${row}_${i});`)}
}`,
  };
}
