import { type Gpu, grid, type Pass, type Shader } from "./gpu.ts";
import { bind, bindingChunks } from "./binding_chunks.ts";
import { entry, THREADS } from "./wgsl.ts";

/** Numbers of a block: one for each thread of a workgroup. */
const BLOCK = THREADS;

/**
 * Replaces each of `count` whole numbers by the sum of those before it, in place and modulo 2³². Each number
 * is read twice and written once: sums of blocks, their sums, then within the blocks.
 *
 * @returns the passes, and what to free when they have run
 */
export function prefixSum(
  gpu: Gpu,
  buffer: GPUBuffer,
  count: number,
): { passes: Pass[]; free: () => void } {
  const blocks = Math.ceil(count / BLOCK);
  const sums = gpu.take(blocks * 4);
  const each = (shader: Shader): Pass[] =>
    bindingChunks(gpu, count, { bytesPerElement: 4, unit: BLOCK }).map((part) => {
      const { binding, shift } = bind(gpu, buffer, part, 4);
      return {
        shader,
        bindings: [binding, sums],
        params: [part.count, shift, part.start / BLOCK],
        workgroups: grid(Math.ceil(part.count / BLOCK)),
      };
    });
  const passes = [
    ...each(sumOfBlocks),
    { shader: sumsBefore, bindings: [sums], params: [blocks], workgroups: [1] as const },
    ...each(withinBlocks),
  ];
  return { passes, free: () => gpu.free(sums) };
}

const HEAD = `
struct Params { count: u32, numbers: u32, first_block: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> numbers: array<u32>;
@group(0) @binding(2) var<storage, read_write> sums: array<u32>;
var<workgroup> partial: array<u32, ${THREADS}>;
${entry()}
  let i = group * ${BLOCK}u + thread;
  let own = select(0u, numbers[p.numbers + min(i, p.count - 1u)], i < p.count);
  partial[thread] = own;
  workgroupBarrier();
  var before = 0u;
  for (var j = 0u; j < thread; j++) { before += partial[j]; }`;

const sumOfBlocks: Shader = {
  name: "prefixSum",
  code: `${HEAD}
  if (thread == ${
    THREADS - 1
  }u && group * ${BLOCK}u < p.count) { sums[p.first_block + group] = before + own; }
}`,
};

const withinBlocks: Shader = {
  name: "prefixSum",
  code: `${HEAD}
  if (i < p.count) { numbers[p.numbers + i] = sums[p.first_block + group] + before; }
}`,
};

/** One workgroup, each thread of it a run of blocks. */
const sumsBefore: Shader = {
  name: "prefixSum",
  code: `
@group(0) @binding(0) var<uniform> blocks: u32;
@group(0) @binding(1) var<storage, read_write> sums: array<u32>;
var<workgroup> partial: array<u32, ${THREADS}>;
${entry()}
  let each = (blocks + ${THREADS - 1}u) / ${THREADS}u;
  let first = min(thread * each, blocks);
  let end = min(first + each, blocks);
  var own = 0u;
  for (var i = first; i < end; i++) { own += sums[i]; }
  partial[thread] = own;
  workgroupBarrier();
  var before = 0u;
  for (var i = 0u; i < thread; i++) { before += partial[i]; }
  for (var i = first; i < end; i++) {
    let sum = sums[i];
    sums[i] = before;
    before += sum;
  }
}`,
};
