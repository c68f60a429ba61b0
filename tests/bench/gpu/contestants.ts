import {
  embeddingMask,
  hardThreshold,
  importance,
  kthValue,
  mask,
  messagePassing,
  nmMask,
  quantizeBlocks,
  softShrink,
  topKSoftmax,
} from "../../../kernels/webgpu/mod.ts";
import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";

/** A kernel that is limited by memory, with what it is measured on. */
export interface Contestant {
  name: string;
  /** Its like in equivalents.py. */
  equivalent: string;
  /** Shapes of what it reads, all together of about `size` numbers; the first is the large one. */
  shapes(size: number): number[][];
  /** Bytes that it reads and writes for `n` numbers, counted from its code. */
  bytes(n: number): number;
  /** Operations for `n` numbers: comparisons count as arithmetic does. */
  operations(n: number): number;
  /** Results are disposed of by who asked. */
  run(tensors: readonly Tensor[]): Promise<Tensor | Tensor[] | void>;
}

/** Of normal numbers half lie under this. */
const MEDIAN = { value: 0.6745, tiesBefore: 0 };

/** The shape of a layer of filters that read 512 channels, 3×3. */
const filters = (size: number) => [Math.max(Math.round(size / 4608), 1), 4608];

export const CONTESTANTS: readonly Contestant[] = [
  {
    name: "`importance`, L2 norm of each filter",
    equivalent: "norms",
    shapes: (size) => [filters(size)],
    bytes: (n) => 4 * n,
    operations: (n) => 2 * n,
    run: ([w]) => importance(w!, { measure: "square", keep: [0], root: true }),
  },
  {
    name: "`importance`, \\|w·g\\| of each weight",
    equivalent: "taylor",
    shapes: (size) => [filters(size / 2), filters(size / 2)],
    bytes: (n) => 6 * n,
    operations: (n) => n,
    run: ([w, gradient]) => importance(w!, { measure: "taylor", gradient: gradient! }),
  },
  {
    name: "`kthValue`, the median: three passes",
    equivalent: "median",
    shapes: (size) => [filters(size)],
    bytes: (n) => 12 * n,
    operations: (n) => 9 * n,
    run: async ([w]) => void await kthValue([w!], Math.floor(sizeOf(w!.dims) / 2)),
  },
  {
    name: "`mask`, as bits",
    equivalent: "mask",
    shapes: (size) => [filters(size)],
    bytes: (n) => 4 * n + n / 8,
    operations: (n) => 2 * n,
    run: ([w]) => mask([w!], MEDIAN),
  },
  {
    name: "`softShrink`, in place, half of it",
    equivalent: "shrink",
    shapes: (size) => [filters(size)],
    bytes: (n) => 8 * n,
    operations: (n) => 3 * n,
    // By one, so that the same half lies under the threshold in every round.
    run: ([w]) => softShrink([w!], MEDIAN, { factor: 1 }),
  },
  {
    name: "`hardThreshold`, in place, half of it",
    equivalent: "threshold",
    shapes: (size) => [filters(size)],
    bytes: (n) => 8 * n,
    operations: (n) => 2 * n,
    run: ([w]) => hardThreshold([w!], MEDIAN),
  },
  {
    name: "`nmMask`, 2 of 4",
    equivalent: "two_of_four",
    shapes: (size) => [filters(size)],
    bytes: (n) => 4 * n + n / 8,
    operations: (n) => 6 * n,
    run: ([w]) => nmMask(w!),
  },
  {
    name: "`quantizeBlocks`, 4 bits, a scale for 32",
    equivalent: "quantize",
    shapes: (size) => [filters(size)],
    bytes: (n) => 4 * n + n / 2 + n / 8,
    operations: (n) => 6 * n,
    run: async ([w]) => {
      const { codes, scales } = await quantizeBlocks(w!);
      return [codes, scales];
    },
  },
  {
    name: "`embeddingMask`, rows of 64, read twice, all stay",
    equivalent: "embedding",
    shapes: (size) => [[Math.ceil(size / 64), 64], [1]],
    bytes: (n) => 12 * n,
    operations: (n) => 2 * n,
    run: async ([table, threshold]) => {
      const { table: left, rows } = await embeddingMask(table!, threshold!);
      return [left, rows];
    },
  },
  {
    name: "`topKSoftmax`, 30 of 512, scores read eight times from a cache",
    equivalent: "top_k",
    shapes: (size) => [[Math.ceil(size / 512), 512]],
    bytes: (n) => 8 * n,
    operations: (n) => 40 * n,
    run: ([scores]) => topKSoftmax(scores!, { k: 30 }),
  },
  ...(["rows", "columns"] as const).map((to): Contestant => ({
    name: `\`messagePassing\` to ${to}, hidden size 16`,
    equivalent: `messages_to_${to}`,
    shapes: (size) => {
      const side = Math.ceil(Math.sqrt(size / 16));
      return [[side, side, 16], [side, 16], [side, 16]];
    },
    bytes: (n) => 4 * n,
    operations: (n) => 7 * n,
    run: ([edges, rows, columns]) => {
      const [receivers, senders] = to === "rows" ? [rows!, columns!] : [columns!, rows!];
      return messagePassing([{ edges: edges! }], { receivers, senders }, { to });
    },
  })),
];

/** Normal numbers: a million of them, again and again, since making more takes longer than the kernels. */
export function normalNumbers(dims: readonly number[], seed: string): Tensor {
  const random = seededRandom(0, "bench", seed);
  const some = Float32Array.from({ length: Math.min(sizeOf(dims), 2 ** 20) }, () => random.normal());
  const all = new Float32Array(sizeOf(dims));
  for (let i = 0; i < all.length; i += some.length) all.set(some.subarray(0, all.length - i), i);
  return new Tensor("float32", all, dims);
}
