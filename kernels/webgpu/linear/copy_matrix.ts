import { type Gpu, grid, type Pass, type Shader } from "../core/gpu.ts";
import { bindMatrix, type MatrixOnGpu, rowsInReach } from "./matrix_on_gpu.ts";
import { entry, THREADS } from "../core/wgsl.ts";

/** Settings of {@linkcode copyPasses}. */
export interface CopyOptions {
  /** Number of rows to copy. */
  rows: number;
  /** Number of columns to copy. */
  columns: number;
  /** Whether rows and columns are copied in reverse order. Default false. */
  reverse?: boolean | undefined;
  /** The half that is copied, its diagonal included; in the other zeros are written. Default: all of it. */
  half?: "lower" | "upper" | undefined;
}

/** Passes that copy a matrix of float32, or a part of one, to another buffer. */
export function copyPasses(
  gpu: Gpu,
  to: MatrixOnGpu,
  from: MatrixOnGpu,
  { rows, columns, reverse = false, half }: CopyOptions,
): Pass[] {
  const step = Math.min(...[to, from].map((matrix) => rowsInReach(gpu, "copyMatrix", matrix, columns)));
  const passes: Pass[] = [];
  for (let i = 0; i < rows && columns > 0; i += step) {
    const here = Math.min(step, rows - i);
    const source = bindMatrix(gpu, from, [reverse ? rows - i - here : i, 0], [here, columns]);
    const target = bindMatrix(gpu, to, [i, 0], [here, columns]);
    passes.push({
      shader: copyMatrix,
      bindings: [source.binding, target.binding],
      params: [
        ...[here, columns, source.place[0], from.stride, target.place[0], to.stride],
        ...[i, Number(reverse), half === "lower" ? 1 : half === "upper" ? 2 : 0],
      ],
      workgroups: grid(Math.ceil(here * columns / THREADS)),
    });
  }
  return passes;
}

const copyMatrix: Shader = {
  name: "copyMatrix",
  code: `
struct Params {
  rows: u32, columns: u32, source: u32, source_row: u32, copy: u32, copy_row: u32,
  first: u32, reverse: u32, half: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> copy: array<f32>;
${entry()}
  let place = group * ${THREADS}u + thread;
  let i = place / p.columns;
  let j = place % p.columns;
  if (i >= p.rows) { return; }
  let row = p.first + i;
  if ((p.half == 1u && j > row) || (p.half == 2u && j < row)) {
    copy[p.copy + i * p.copy_row + j] = 0.0;
  } else if (p.reverse == 1u) {
    copy[p.copy + i * p.copy_row + j] = source[p.source + (p.rows - 1u - i) * p.source_row + p.columns - 1u - j];
  } else {
    copy[p.copy + i * p.copy_row + j] = source[p.source + i * p.source_row + j];
  }
}`,
};
