import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { type Gpu, grid, type Pass, type Shader } from "../core/gpu.ts";
import { type Digit, digitsOf, WIDEST } from "./kth_value_digits.ts";
import type { FoundKey } from "./kth_value_cpu.ts";
import { type FloatType, keyBuffer, KEYS } from "./float_order.ts";
import { bind, bindingChunks } from "../core/binding_chunks.ts";
import { bufferOf } from "../core/tensors.ts";
import { entry, THREADS } from "../core/wgsl.ts";

/** One question: the k-th smallest key of tensors together, k from 1. */
export interface Selection {
  /** Tensors whose elements are ranked together. */
  tensors: readonly Tensor[];
  /** Rank of the key, from 1. */
  k: number;
}

/** Words of a selection's state: its upper digits, its rank among equal ones, and so on. */
const STATE = 4;

/**
 * Elements that a workgroup counts at least: clearing and adding up its histogram must not be what takes
 * time.
 */
const SPAN = 8192;

/** Workgroups of one pass at most: more would only add up more histograms. */
const WORKGROUPS = 4096;

const BINS = 2 ** WIDEST;

/**
 * All selections in one submission, with one read of a few words in the end. For each digit, workgroups count
 * in a histogram of their own and add it to the selection's; then one workgroup per selection finds the bin.
 * Where only some of the elements equal to the result belong to the k smallest, their positions are selected
 * in the same way, as if they were lower digits of the key; where all do, which is the rule, those passes end
 * before they read.
 *
 * Reads float32 three times and float16 twice; positions, where they matter, take up to three more.
 */
export async function kthKeys(
  gpu: Gpu,
  selections: readonly Selection[],
  type: FloatType,
): Promise<FoundKey[]> {
  const state = gpu.take(selections.length * STATE * 4);
  const histogram = gpu.take(selections.length * BINS * 4);
  try {
    gpu.device.queue.writeBuffer(state, 0, Uint32Array.from(selections.flatMap(({ k }) => [0, k - 1, 0, 0])));
    const encoder = gpu.device.createCommandEncoder();
    encoder.clearBuffer(histogram);
    gpu.device.queue.submit([encoder.finish()]);

    const most = Math.max(...selections.map(({ tensors }) => total(tensors)));
    const rounds = [
      ...digitsOf(KEYS[type].bits).map((digit) => ({ of: "key" as const, ...digit })),
      ...digitsOf(Math.ceil(Math.log2(most))).map((digit) => ({ of: "position" as const, ...digit })),
    ];
    await gpu.run(rounds.flatMap((round) => [
      ...selections.flatMap(({ tensors }, i) => countPasses(gpu, tensors, i, { ...round, state, histogram })),
      {
        shader: pick,
        bindings: [state, histogram],
        params: [round.width, Number(round.of === "position"), Number(round.shift === 0), selections.length],
        workgroups: grid(selections.length),
      },
    ]));
    const words = new Uint32Array(await gpu.read(state, selections.length * STATE * 4));
    return selections.map((_, i) => {
      const [key, , whole, position] = words.subarray(i * STATE, (i + 1) * STATE) as unknown as [
        number,
        number,
        number,
        number,
      ];
      return { key, tiesBefore: whole ? Infinity : position + 1 };
    });
  } finally {
    gpu.free(state);
    gpu.free(histogram);
  }
}

function total(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { dims }) => sum + sizeOf(dims), 0);
}

interface Round extends Digit {
  of: "key" | "position";
  state: GPUBuffer;
  histogram: GPUBuffer;
}

function countPasses(
  gpu: Gpu,
  tensors: readonly Tensor[],
  selection: number,
  { of, shift, width, state, histogram }: Round,
): Pass[] {
  let first = 0;
  return tensors.flatMap((tensor) => {
    const size = sizeOf(tensor.dims);
    const bytes = tensor.type === "float16" ? 2 : 4;
    const start = first;
    first += size;
    return bindingChunks(gpu, size, { bytesPerElement: bytes }).map((part) => {
      const words = bind(gpu, bufferOf(tensor), part, bytes);
      const chunk = Math.max(SPAN, Math.ceil(part.count / WORKGROUPS));
      return {
        shader: count(tensor.type as FloatType, of),
        bindings: [
          words.binding,
          state,
          { buffer: histogram, offset: selection * BINS * 4, size: BINS * 4 },
        ],
        params: [part.count, words.shift, start + part.start, selection, chunk, shift, width],
        workgroups: grid(Math.ceil(part.count / chunk)),
      };
    });
  });
}

/**
 * Counts a digit of those keys, or of those positions of the found key, whose upper digits are the found
 * ones.
 */
function count(type: FloatType, of: "key" | "position"): Shader {
  const looked = of === "key"
    ? "if (key >> (p.shift + p.width) == found) { count(key); }"
    : "if (key == equal && position >> (p.shift + p.width) == found) { count(position); }";
  return {
    name: "kthValue",
    code: `
struct Params { count: u32, words: u32, start: u32, selection: u32, chunk: u32, shift: u32, width: u32 }
@group(0) @binding(0) var<uniform> p: Params;
${keyBuffer("x", 1, type)}
@group(0) @binding(2) var<storage, read> state: array<u32>;
@group(0) @binding(3) var<storage, read_write> histogram: array<atomic<u32>>;
var<workgroup> counts: array<atomic<u32>, ${BINS}>;

fn count(number: u32) { atomicAdd(&counts[(number >> p.shift) & ((1u << p.width) - 1u)], 1u); }

${entry()}
  let at = p.selection * ${STATE}u;
  let equal = state[at];
  let found = ${of === "key" ? "equal" : "state[at + 3u]"};
  ${
      of === "position"
        ? "if (state[at + 2u] == 1u) { return; } // All equal ones belong to the k smallest."
        : ""
    }
  let begin = group * p.chunk;
  let end = min(begin + p.chunk, p.count);
  for (var i = begin + thread; i < end; i += ${THREADS}u) {
    let key = key_x(p.words + i);
    let position = p.start + i;
    ${looked}
  }
  workgroupBarrier();
  for (var bin = thread; bin < ${BINS}u; bin += ${THREADS}u) {
    let sum = atomicLoad(&counts[bin]);
    if (sum > 0u) { atomicAdd(&histogram[bin], sum); }
  }
}`,
  };
}

const OWN = BINS / THREADS;

/** Finds the bin in which each selection's rank lies, and leaves the histograms clear. */
const pick: Shader = {
  name: "kthValue",
  code: `
struct Params { width: u32, of_position: u32, last: u32, selections: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> state: array<u32>;
@group(0) @binding(2) var<storage, read_write> histogram: array<u32>;
var<workgroup> sums: array<u32, ${THREADS}>;

${entry()}
  let at = min(group, p.selections - 1u) * ${STATE}u;
  let first = min(group, p.selections - 1u) * ${BINS}u + thread * ${OWN}u;
  var own = 0u;
  for (var i = 0u; i < ${OWN}u; i++) { own += histogram[first + i]; }
  sums[thread] = own;
  let rank = state[at + 1u];
  workgroupBarrier();
  if (group >= p.selections) { return; }
  var before = 0u;
  for (var i = 0u; i < thread; i++) { before += sums[i]; }
  if (before <= rank && rank - before < own) {
    var bin = first;
    for (; rank - before >= histogram[bin]; bin++) { before += histogram[bin]; }
    let digit = bin - first + thread * ${OWN}u;
    let place = at + 3u * p.of_position;
    state[place] = (state[place] << p.width) | digit;
    state[at + 1u] = rank - before;
    if (p.of_position == 0u && p.last == 1u) { state[at + 2u] = u32(rank - before + 1u == histogram[bin]); }
  }
  for (var i = 0u; i < ${OWN}u; i++) { histogram[first + i] = 0u; }
}`,
};
