import { type BipartiteLayer, messagePassing } from "../../../kernels/webgpu/message_passing.ts";
import type { Tensor } from "../../../lib/deps.ts";
import { assertClose, GPU_MOMENTS } from "../../close.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";

type Sizes = [out: number, into: number, hidden: number];

const SIZES: Sizes[] = [
  [5, 7, 3],
  [17, 9, 8],
  [1, 301, 5],
  [301, 1, 5],
  [3, 4, 257],
  [40, 2, 1],
  [2, 1111, 1],
  [1, 1, 1],
];

const SIDES = ["rows", "columns"] as const;

export const messagePassingCases: Case[] = [
  ...SIZES.flatMap((sizes) => SIDES.map((to) => sumCase(`[${sizes}]`, layerOf(sizes), to))),
  sumCase("float16 [9, 6, 4]", layerOf([9, 6, 4], "float16"), "rows"),
  sumCase("float16 [9, 6, 4]", layerOf([9, 6, 4], "float16"), "columns"),
  sumCase("no edges to a node", layerOf([3, 0, 2]), "rows"),
  sumCase("no nodes", layerOf([3, 0, 2]), "columns"),
  ...SIDES.map((to): Case => ({
    name: `messagePassing: a mean that is large beside the deviation, to ${to}`,
    async run(gpu) {
      const { edges, rows, columns } = layerOf([41, 43, 2]);
      const far = floats(Array.from(edges.data as Float32Array, (e) => 1000 + e), edges.dims);
      const ones = (tensor: Tensor) => floats(new Array(tensor.dims[0]! * 2).fill(1), tensor.dims);
      await compare(gpu, { edges: far, rows: ones(rows), columns: ones(columns) }, to);
    },
  })),
  {
    name: "messagePassing: a single message deviates by nothing, as do equal ones",
    async run(gpu) {
      const layer = { edges: floats([0.1, 0.1, 0.1], [3, 1, 1]), columns: floats([3], [1, 1]) };
      const rows = floats([1, -2, 0], [3, 1]);
      const results = await everywhere(gpu, async ({ put }) => {
        const there = { edges: put(layer.edges), columns: put(layer.columns), rows: put(rows) };
        return [
          await messagePassing(there),
          await messagePassing({ ...there, rows: put(floats([5, 5, 5], [3, 1])) }, { to: "columns" }),
        ];
      });
      for (const { place, tensors } of results) {
        const [one, three] = tensors.map(numbers) as [number[], number[]];
        assertClose(one, [0.3, 0, 0.3, 0.3, -0.6, 0, -0.6, -0.6, 0, 0, 0, 0], GPU_MOMENTS, place);
        assertClose(three, [1.5, 0, 1.5, 1.5], GPU_MOMENTS, place);
      }
    },
  },
  {
    name: "messagePassing: mistakes are refused",
    async run(gpu) {
      const layer = layerOf([2, 3, 4]);
      await refuses(() => messagePassing({ ...layer, edges: layer.rows }), /expected \[out, in, hidden\]/);
      await refuses(
        () => messagePassing({ ...layer, rows: layer.columns }),
        /"rows" is \[3, 4\], expected \[2, 4\]/,
      );
      await refuses(() => messagePassing(layer, { to: "edges" as "rows" }), /to is "edges"/);
      await everywhere(gpu, async ({ name, put }) => {
        const edges = put(layer.edges);
        if (name !== "CPU") {
          await refuses(() => messagePassing({ ...layer, edges }), /"rows" lies on the CPU/);
        }
        return [];
      });
    },
  },
];

function layerOf([out, into, hidden]: Sizes, type: "float32" | "float16" = "float32"): BipartiteLayer {
  return {
    edges: randomFloats("edges", [out, into, hidden], type),
    rows: randomFloats("rows", [out, hidden], type),
    columns: randomFloats("columns", [into, hidden], type),
  };
}

function sumCase(name: string, layer: BipartiteLayer, to: "rows" | "columns"): Case {
  return { name: `messagePassing: ${name} to ${to}`, run: (gpu) => compare(gpu, layer, to) };
}

async function compare(
  gpu: Parameters<Case["run"]>[0],
  { edges, rows, columns }: BipartiteLayer,
  to: "rows" | "columns",
): Promise<void> {
  const [, into, hidden] = edges.dims as readonly [number, number, number];
  const expected = reference({ edges, rows, columns }, to);
  const results = await everywhere(
    gpu,
    ({ put }) => messagePassing({ edges: put(edges), rows: put(rows), columns: put(columns) }, { to }),
    { binding: Math.max(5120, 16 * (to === "rows" ? hidden : into * hidden) + 512) },
  );
  for (const { place, tensors: [told] } of results) assertClose(numbers(told!), expected, GPU_MOMENTS, place);
}

/** Message by message, in float64 and two runs. */
function reference({ edges, rows, columns }: BipartiteLayer, to: "rows" | "columns"): number[] {
  const [out, into, hidden] = edges.dims as readonly [number, number, number];
  const [e, z, x] = [edges, rows, columns].map(numbers) as [number[], number[], number[]];
  const [receivers, senders] = to === "rows" ? [out, into] : [into, out];
  return Array.from({ length: receivers }, (_, receiver) => {
    const channels = Array.from({ length: hidden }, (_, c) => {
      const messages = Array.from({ length: senders }, (_, sender) => {
        const [i, j] = to === "rows" ? [receiver, sender] : [sender, receiver];
        return z[i * hidden + c]! * x[j * hidden + c]! * e[(i * into + j) * hidden + c]!;
      });
      if (senders === 0) return [0, 0, 0, 0];
      const mean = messages.reduce((sum, m) => sum + m, 0) / senders;
      const variance = messages.reduce((sum, m) => sum + (m - mean) ** 2, 0) / senders;
      return [mean, variance > 1e-5 ? Math.sqrt(variance) : 0, Math.max(...messages), Math.min(...messages)];
    });
    return [0, 1, 2, 3].flatMap((what) => channels.map((channel) => channel[what]!));
  }).flat();
}

function numbers(tensor: Tensor): number[] {
  return Array.from(tensor.data as Float32Array);
}
