import { RangeError } from "../../../lib/errors.ts";
import { BLOCK, type Place, type Steps } from "./cholesky_steps.ts";
import { copyPasses } from "./copy_matrix.ts";
import { floatBits, type Gpu, grid, type Pass, type Shader } from "../core/gpu.ts";
import { matmulPasses } from "./matmul_passes.ts";
import { bindMatrix, type MatrixOnGpu, rowsInReach } from "./matrix_on_gpu.ts";
import { entry, INFINITY_BITS, sumOfPartials, THREADS } from "../core/wgsl.ts";

/** Buffers of a factorisation; `bad` is the first bad pivot: its column + 1, or 0, and its bits. */
export interface Room extends Record<Place["of"], MatrixOnGpu> {
  /** The first bad pivot, two words: its column + 1, or 0 where there is none, and its bits. */
  bad: GPUBuffer;
}

/** Bytes of the room beside the matrix. */
export const roomBytes = (n: number): Record<Exclude<keyof Room, "matrix">, number> => ({
  inverses: n * BLOCK * 4,
  panel: n * BLOCK * 4,
  row: n * BLOCK * 4,
  bad: 8,
});

/**
 * The steps of a factorisation on a GPU, as passes added to `passes`. After a bad pivot it goes on, with 1 in
 * its place.
 */
export function stepsOnGpu(gpu: Gpu, room: Room, passes: Pass[]): Steps {
  const part = ({ of, row = 0, column = 0, transpose = false }: Place): MatrixOnGpu => {
    const { buffer, stride } = room[of];
    return { buffer, stride, offset: row * stride + column, transpose };
  };
  return {
    factor(at, size) {
      const block = part({ of: "matrix", row: at, column: at });
      const inverse = part({ of: "inverses", row: at });
      const views = [[block, size], [inverse, BLOCK]] as const;
      if (views.some(([view, columns]) => rowsInReach(gpu, "cholesky", view, columns) < size)) {
        throw new RangeError(
          `Cannot run cholesky on ${gpu.name}: ${size} rows of the matrix must lie in one binding, and there a ` +
            `binding holds ${gpu.maxBinding} bytes; use the CPU`,
        );
      }
      const [from, to] = views.map(([view, columns]) => bindMatrix(gpu, view, [0, 0], [size, columns]));
      passes.push({
        shader: factorBlock,
        bindings: [from!.binding, to!.binding, room.bad],
        params: [size, at, from!.place[0], block.stride, to!.place[0]],
        workgroups: [1],
      });
    },
    multiply(c, a, b, options) {
      passes.push(...matmulPasses(gpu, part(c), [part(a), part(b)], options));
    },
    copy(to, from, rows, columns) {
      passes.push(...copyPasses(gpu, part(to), part(from), { rows, columns }));
    },
  };
}

/** L of one block in workgroup memory, by columns, then its inverse, by rows in L's place. */
const factorBlock: Shader = {
  name: "cholesky",
  code: `
struct Params { size: u32, at: u32, block: u32, row: u32, inverse: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> block: array<f32>;
@group(0) @binding(2) var<storage, read_write> inverse: array<f32>;
@group(0) @binding(3) var<storage, read_write> bad: array<u32>;
var<workgroup> l: array<f32, ${BLOCK * (BLOCK + 1) / 2}>;
fn at(i: u32, j: u32) -> u32 { return i * (i + 1u) / 2u + j; }
${entry()}
  for (var e = thread; e < p.size * p.size; e += ${THREADS}u) {
    let i = e / p.size;
    let j = e % p.size;
    if (j <= i) { l[at(i, j)] = block[p.block + i * p.row + j]; }
  }
  workgroupBarrier();
  for (var c = 0u; c < p.size; c++) {
    if (thread == 0u) {
      let pivot = l[at(c, c)];
      let bits = bitcast<u32>(pivot);
      // On the bits, for a shader may take for granted that there is no NaN.
      let good = bits > 0u && bits < ${INFINITY_BITS}u;
      if (!good && bad[0] == 0u) {
        bad[0] = p.at + c + 1u;
        bad[1] = bits;
      }
      if (good) { l[at(c, c)] = sqrt(pivot); } else { l[at(c, c)] = 1.0; }
    }
    workgroupBarrier();
    let scale = 1.0 / l[at(c, c)];
    for (var i = c + 1u + thread; i < p.size; i += ${THREADS}u) { l[at(i, c)] *= scale; }
    workgroupBarrier();
    let rest = p.size - c - 1u;
    for (var e = thread; e < rest * rest; e += ${THREADS}u) {
      let i = c + 1u + e / rest;
      let j = c + 1u + e % rest;
      if (j <= i) { l[at(i, j)] -= l[at(i, c)] * l[at(j, c)]; }
    }
    workgroupBarrier();
  }
  for (var e = thread; e < p.size * p.size; e += ${THREADS}u) {
    let i = e / p.size;
    let j = e % p.size;
    if (j <= i) { block[p.block + i * p.row + j] = l[at(i, j)]; }
  }
  for (var i = 0u; i < p.size; i++) {
    workgroupBarrier();
    let scale = 1.0 / l[at(i, i)];
    var x = scale;
    if (thread < i) {
      var sum = 0.0;
      for (var k = thread; k < i; k++) { sum += l[at(i, k)] * l[at(k, thread)]; }
      x = -scale * sum;
    }
    workgroupBarrier();
    if (thread <= i) { l[at(i, thread)] = x; }
  }
  workgroupBarrier();
  for (var e = thread; e < p.size * ${BLOCK}u; e += ${THREADS}u) {
    let i = e / ${BLOCK}u;
    let j = e % ${BLOCK}u;
    if (j <= i) { inverse[p.inverse + e] = l[at(i, j)]; } else { inverse[p.inverse + e] = 0.0; }
  }
}`,
};

/**
 * Passes that add damping · the mean of the diagonal to the diagonal.
 *
 * @param scratch 4 bytes, for the mean
 * @param ones whether zeros on the diagonal become ones first
 */
export function dampPasses(
  gpu: Gpu,
  matrix: MatrixOnGpu,
  { n, damping, ones, scratch }: { n: number; damping: number; ones: boolean; scratch: GPUBuffer },
): Pass[] {
  const step = rowsInReach(gpu, "cholesky", matrix, n);
  const strips = Array.from({ length: Math.ceil(n / step) }, (_, strip) => {
    const [first, rows] = [strip * step, Math.min(step, n - strip * step)];
    const { binding, place: [from] } = bindMatrix(gpu, matrix, [first, 0], [rows, n]);
    return {
      bindings: [binding, scratch],
      params: [
        rows,
        from + first,
        matrix.stride + 1,
        Number(ones),
        Number(first === 0),
        floatBits(damping / n),
      ],
      rows,
    };
  });
  return [
    ...strips.map(({ bindings, params }): Pass => ({
      shader: sumDiagonal,
      bindings,
      params,
      workgroups: [1],
    })),
    ...strips.map(({ bindings, params, rows }): Pass => ({
      shader: addToDiagonal,
      bindings,
      params,
      workgroups: grid(Math.ceil(rows / THREADS)),
    })),
  ];
}

const DIAGONAL = `
struct Params { rows: u32, values: u32, step: u32, ones: u32, first: u32, damping: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> trace: array<f32>;
fn diagonal(i: u32) -> f32 {
  let value = values[p.values + i * p.step];
  return select(value, 1.0, p.ones == 1u && (bitcast<u32>(value) << 1u) == 0u);
}`;

const sumDiagonal: Shader = {
  name: "cholesky: trace",
  code: `${DIAGONAL}
var<workgroup> partial: array<f32, ${THREADS}>;
${entry()}
  var sum = 0.0;
  for (var i = thread; i < p.rows; i += ${THREADS}u) { sum += diagonal(i); }
  partial[thread] = sum;
  ${sumOfPartials()}
  if (thread == 0u) {
    if (p.first == 1u) { trace[0] = partial[0]; } else { trace[0] += partial[0]; }
  }
}`,
};

const addToDiagonal: Shader = {
  name: "cholesky: damping",
  code: `${DIAGONAL}
${entry()}
  let i = group * ${THREADS}u + thread;
  var more = 0.0;
  if (p.damping > 0.0) { more = p.damping * trace[0]; }
  if (i < p.rows) { values[p.values + i * p.step] = diagonal(i) + more; }
}`,
};
