import fc from "npm:fast-check@4.10.2";
import {
  topKAttention,
  type TopKOptions,
  topKSoftmax,
} from "../../../kernels/webgpu/attention/top_k_attention.ts";
import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";
import { assertClose, GPU_SOFTMAX } from "../../close.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";

/** Bytes of a binding that reach a few rows of the tests. */
const FEW_ROWS = { binding: 4096 };

export const topKAttentionCases: Case[] = [
  softmaxCase("plain softmax", randomFloats("a", [5, 37]), {}),
  softmaxCase("one key of each row", randomFloats("b", [4, 3, 29]), { k: 1 }),
  softmaxCase("rows longer than a workgroup", randomFloats("c", [7, 601]), { k: 30 }),
  softmaxCase("more places than a digit counts", fewValues("d", [2, 66_007]), { k: 9_001 }, 2 ** 19),
  softmaxCase("ties go to the first", fewValues("e", [9, 301]), { k: 100 }),
  softmaxCase("all equal", floats(new Array(3 * 41).fill(-2), [3, 41]), { k: 7 }),
  softmaxCase("k larger than a row", randomFloats("f", [3, 11]), { k: 12 }),
  softmaxCase("float16", randomFloats("g", [6, 53], "float16"), { k: 10, scale: 0.125 }),
  softmaxCase("weights of all keys", randomFloats("h", [6, 53]), { k: 4, renormalize: false, scale: 3 }),
  softmaxCase("one row without other axes", randomFloats("i", [97]), { k: 3 }),
  softmaxCase("no rows", floats([], [0, 5]), { k: 3 }),
  softmaxCase("no keys", floats([], [5, 0]), {}),
  softmaxCase("a mask for every score", randomFloats("j", [2, 3, 7, 19]), {
    k: 5,
    mask: randomMask("j", [2, 3, 7, 19]),
  }),
  softmaxCase("a mask of keys by batch", randomFloats("k", [2, 3, 7, 19]), {
    k: 5,
    mask: randomMask("k", [2, 1, 1, 19]),
  }),
  softmaxCase("a mask of keys by query, and one batch", randomFloats("l", [1, 3, 7, 19]), {
    mask: randomMask("l", [1, 1, 7, 19]),
    renormalize: false,
    k: 2,
  }),
  softmaxCase("a mask between axes that share it", randomFloats("m", [2, 3, 5, 19]), {
    mask: randomMask("m", [1, 3, 1, 19]),
    k: 6,
  }),
  {
    name:
      "topKSoftmax: NaN and -infinity are not seen, infinity takes all, -0 is 0, subnormals are told apart",
    async run(gpu) {
      const rows = [
        [NaN, 1, -Infinity, 1],
        [NaN, -Infinity, NaN, -Infinity],
        [3, Infinity, NaN, Infinity],
        [-0, 0, -1, 0],
        [2e-45, 4e-45, -4e-45, 3e-45],
      ];
      const results = await everywhere(gpu, async ({ put }) => [
        await topKSoftmax(put(floats(rows.flat(), [5, 4])), { k: 2 }),
        await topKSoftmax(put(floats(rows.flat(), [5, 4])), { k: 1 }),
      ]);
      const two = [0, 0.5, 0, 0.5, 0, 0, 0, 0, 0, 0.5, 0, 0.5, 0.5, 0.5, 0, 0, 0, 0.5, 0, 0.5];
      const one = [0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0];
      for (const { place, tensors } of results) {
        assertClose(numbers(tensors[0]!), two, GPU_SOFTMAX, place);
        assertClose(numbers(tensors[1]!), one, GPU_SOFTMAX, place);
      }
    },
  },
  {
    name: "topKSoftmax: any small numbers, k and scale",
    async run(gpu) {
      const rows = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 12, maxLength: 48 });
      await fc.assert(
        fc.asyncProperty(rows, fc.integer({ min: 1, max: 12 }), fc.boolean(), async (x, k, renormalize) => {
          const scores = floats(x.slice(0, 12 * Math.floor(x.length / 12)), [Math.floor(x.length / 12), 12]);
          await compareSoftmax(gpu, scores, { k, renormalize, scale: 0.5 });
        }),
        { numRuns: 6, seed: 1 },
      );
    },
  },
  ...[
    { name: "one head", lead: [], queries: 9, keys: 23, depth: 5, width: 3, k: 4 },
    { name: "heads of a batch", lead: [2, 3], queries: 7, keys: 13, depth: 8, width: 8, k: 5 },
    {
      name: "more queries than a binding reaches",
      lead: [2],
      queries: 61,
      keys: 33,
      depth: 4,
      width: 6,
      k: 8,
    },
    { name: "a value wider than a workgroup", lead: [1], queries: 2, keys: 3, depth: 40, width: 301, k: 2 },
    { name: "all keys", lead: [3], queries: 5, keys: 300, depth: 3, width: 2, k: undefined },
    { name: "no depth", lead: [], queries: 2, keys: 5, depth: 0, width: 2, k: 3 },
    { name: "no keys", lead: [], queries: 2, keys: 0, depth: 3, width: 2, k: 3 },
  ].map(({ name, lead, queries, keys, depth, width, k }): Case => ({
    name: `topKAttention: ${name}`,
    async run(gpu) {
      // Whole numbers: then scores are the same in any order of sums, and many are equal.
      const random = seededRandom(0, "attention", name);
      const whole = (dims: number[]) =>
        floats(Array.from({ length: sizeOf(dims) }, () => random.integer(4) - 1), dims);
      const [query, key] = [whole([...lead, queries, depth]), whole([...lead, keys, depth])];
      const value = randomFloats(`value ${name}`, [...lead, keys, width]);
      const mask = randomMask(name, [...lead.map(() => 1), queries, keys]);
      const options: TopKOptions = { ...k !== undefined && { k } };
      const expected = referenceAttention({ query, key, value }, { ...options, mask });
      const results = await everywhere(gpu, async ({ put }) => [
        await topKAttention({ query: put(query), key: put(key), value: put(value) }, {
          ...options,
          mask: put(mask),
        }),
      ], FEW_ROWS);
      for (const { place, tensors: [context] } of results) {
        assertClose(numbers(context!), expected, GPU_SOFTMAX, place);
      }
    },
  })),
  {
    name: "topKAttention: float16, and NaN in a value that is not kept does no harm",
    async run(gpu) {
      const [query, key] = [
        floats([1, 2], [1, 2], "float16"),
        floats([1, 1, -1, -1, 2, 1], [3, 2], "float16"),
      ];
      const value = floats([1, 2, NaN, NaN, 3, 4], [3, 2], "float16");
      const results = await everywhere(gpu, async ({ put }) => [
        await topKAttention({ query: put(query), key: put(key), value: put(value) }, { k: 2, scale: 1 }),
      ]);
      const share = 1 / (1 + Math.exp(-1));
      const expected = [1 - share + 3 * share, 2 * (1 - share) + 4 * share];
      for (const { place, tensors } of results) {
        assertClose(numbers(tensors[0]!), expected, GPU_SOFTMAX, place);
      }
    },
  },
  {
    name: "topKAttention: mistakes are refused",
    async run(gpu) {
      const scores = floats([1, 2, 3, 4], [2, 2]);
      const [bytes, wrong] = [randomMask("x", [2, 2]), randomMask("x", [2, 1])];
      await refuses(() => topKSoftmax(scores, { k: 0 }), /k is 0, expected a whole number from 1/);
      await refuses(() => topKSoftmax(scores, { scale: NaN }), /scale is NaN/);
      await refuses(
        () => topKSoftmax(scores, { mask: wrong }),
        /"mask" is \[2, 1\], expected the scores' shape/,
      );
      await refuses(() => topKSoftmax(scores, { mask: scores }), /"mask" is float32, expected uint8/);
      await refuses(() => topKSoftmax(floats([1], [])), /expected at least 1 axes/);
      await refuses(() => topKSoftmax(bytes), /"scores" is uint8/);
      const inputs = { query: scores, key: scores, value: floats([1, 2, 3], [3, 1]) };
      await refuses(
        () => topKAttention(inputs),
        /"key" is \[2, 2\], expected \[3, 2\] beside queries \[2, 2\]/,
      );
      await everywhere(gpu, async ({ name, put }) => {
        const there = put(scores);
        if (name !== "CPU") {
          await refuses(() => topKSoftmax(there, { mask: bytes }), /"mask" lies on the CPU/);
        }
        return [];
      });
    },
  },
];

function softmaxCase(name: string, scores: Tensor, options: TopKOptions, binding?: number): Case {
  return {
    name: `topKSoftmax: ${name}`,
    run: (gpu) => compareSoftmax(gpu, scores, options, binding),
  };
}

async function compareSoftmax(
  gpu: Parameters<Case["run"]>[0],
  scores: Tensor,
  { mask, ...options }: TopKOptions,
  binding = 4096,
): Promise<void> {
  const columns = scores.dims.at(-1)!;
  const expected = referenceSoftmax(numbers(scores), columns, scores.dims, {
    ...options,
    ...mask && { mask },
  });
  const results = await everywhere(
    gpu,
    ({ put }) => topKSoftmax(put(scores), { ...options, ...mask && { mask: put(mask) } }),
    { binding },
  );
  for (const { place, tensors: [weights] } of results) {
    const got = numbers(weights!);
    assertClose(got, expected, GPU_SOFTMAX, place);
    // What is chosen is exact.
    const differs = got.findIndex((weight, i) => (weight > 0) !== (expected[i]! > 0));
    if (differs >= 0) {
      throw new Error(`${place}: element ${differs} is ${got[differs]}, not ${expected[differs]}`);
    }
  }
}

/** By sorting, in float64. */
function referenceSoftmax(
  x: readonly number[],
  columns: number,
  dims: readonly number[],
  { k = columns, mask, scale = 1, renormalize = true }: TopKOptions,
): number[] {
  return Array.from({ length: x.length / Math.max(columns, 1) }, (_, r) => {
    const row = x.slice(r * columns, (r + 1) * columns);
    const seen = row.map((_, j) => j).filter((j) =>
      !mask || (mask.data as Uint8Array)[placeIn(mask, dims, r, j)]
    );
    const kept = seen.toSorted((a, b) => row[b]! - row[a]! || a - b).slice(0, k);
    const top = Math.max(...seen.map((j) => row[j]!));
    const of = (j: number) => Math.exp(scale * (row[j]! - top));
    const sum = (renormalize ? kept : seen).reduce((total, j) => total + of(j), 0);
    return row.map((_, j) => kept.includes(j) ? of(j) / sum : 0);
  }).flat();
}

/** Where a mask that may have ones for axes has what counts for key j of row r. */
function placeIn(mask: Tensor, dims: readonly number[], r: number, j: number): number {
  let rest = r;
  const at = [j];
  for (const size of dims.slice(0, -1).toReversed()) {
    at.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return mask.dims.reduce((place, size, axis) => place * size + (size === 1 ? 0 : at[axis]!), 0);
}

function referenceAttention(
  { query, key, value }: { query: Tensor; key: Tensor; value: Tensor },
  options: TopKOptions,
): number[] {
  const [q, k, v] = [query, key, value].map(numbers) as [number[], number[], number[]];
  const [queries, depth] = query.dims.slice(-2) as [number, number];
  const [keys, width] = value.dims.slice(-2) as [number, number];
  const rows = sizeOf(query.dims.slice(0, -1));
  const scores = Array.from({ length: rows * keys }, (_, at) => {
    const [r, j] = [Math.floor(at / keys), at % keys];
    const to = Math.floor(r / queries) * keys + j;
    let sum = 0;
    for (let i = 0; i < depth; i++) sum += q[r * depth + i]! * k[to * depth + i]!;
    return sum;
  });
  const dims = [...query.dims.slice(0, -1), keys];
  const weights = referenceSoftmax(scores, keys, dims, {
    scale: 1 / Math.sqrt(Math.max(depth, 1)),
    ...options,
  });
  return Array.from({ length: rows * width }, (_, at) => {
    const [r, c] = [Math.floor(at / width), at % width];
    let sum = 0;
    for (let j = 0; j < keys; j++) {
      sum += weights[r * keys + j]! * v[(Math.floor(r / queries) * keys + j) * width + c]!;
    }
    return sum;
  });
}

/** Numbers of which many are equal. */
function fewValues(seed: string, dims: number[]): Tensor {
  const random = seededRandom(0, "few values", seed);
  return floats(Array.from({ length: sizeOf(dims) }, () => (random.integer(9) - 4) / 2), dims);
}

function randomMask(seed: string, dims: number[]): Tensor {
  const random = seededRandom(0, "mask", seed);
  return new Tensor("uint8", Uint8Array.from({ length: sizeOf(dims) }, () => random.integer(3)), dims);
}

function numbers(tensor: Tensor): number[] {
  return Array.from(tensor.data as Float32Array);
}
