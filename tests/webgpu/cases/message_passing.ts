import {
  type EdgeStates,
  messagePassing,
  type NodeStates,
} from "../../../kernels/webgpu/graph/message_passing.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";
import { assertClose, GPU_MOMENTS } from "../../close.ts";
import { type Case, everywhere, floats, type Place, randomFloats, refuses } from "../case.ts";

type Sizes = [out: number, into: number, hidden: number];
type Side = "rows" | "columns";

/** What is sent to whom, seen forwards: `rows` receive, `columns` send. */
interface Sent {
  blocks: EdgeStates[];
  rows: Tensor;
  columns: Tensor;
}

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
  ...SIDES.flatMap((to) => [
    sumCase("float16 [9, 6, 4]", layerOf([9, 6, 4], "float16"), to),
    sumCase("a diagonal block", diagonalOf([300, 3]), to),
    sumCase("a diagonal block of float16", diagonalOf([5, 1], "float16"), to),
    sumCase("several blocks, one of them to all", several(true), to),
    sumCase("several blocks, to some, to none, and to others more than once", several(false), to),
    sumCase("several blocks of float16", several(false, "float16"), to),
    sumCase("blocks to some that are cut in parts", large(), to),
    sumCase("blocks cut by rows are the block", cut(layerOf([13, 8, 5])), to),
  ]),
  sumCase("no edges to a node", layerOf([3, 0, 2]), "rows"),
  sumCase("no nodes", layerOf([3, 0, 2]), "columns"),
  sumCase("no blocks", { ...layerOf([3, 2, 4]), blocks: [] }, "rows"),
  ...SIDES.flatMap((to) => [
    sumCase("a mean that is large beside the deviation,", far(layerOf([41, 43, 2])), to),
    sumCase("one that is so in several blocks,", far(several(true)), to),
  ]),
  {
    name: "messagePassing: a single message deviates by nothing, as do equal ones",
    async run(gpu) {
      const [edges, columns] = [floats([0.1, 0.1, 0.1], [3, 1, 1]), floats([3], [1, 1])];
      const results = await everywhere(gpu, async ({ put }) => {
        const blocks = [{ edges: put(edges) }];
        const sender = put(columns);
        return [
          await messagePassing(blocks, { receivers: put(floats([1, -2, 0], [3, 1])), senders: sender }),
          await messagePassing(
            blocks,
            { receivers: sender, senders: put(floats([5, 5, 5], [3, 1])) },
            { to: "columns" },
          ),
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
    name: "messagePassing: a message from each of two blocks makes a deviation",
    async run(gpu) {
      const results = await everywhere(gpu, ({ put }) =>
        messagePassing([
          { edges: put(floats([2, 7], [2, 1])), rows: Int32Array.of(2, 0), columns: Int32Array.of(0, 0) },
          { edges: put(floats([4], [1, 1, 1])), rows: Int32Array.of(2), columns: Int32Array.of(1) },
        ], { senders: put(floats([1, 2], [2, 1])), receivers: put(floats([1, 1, -1], [3, 1])) }));
      // To node 2: 1·2 and 2·4, times −1.
      for (const { place, tensors: [told] } of results) {
        assertClose(numbers(told!), [7, 0, 7, 7, 0, 0, 0, 0, -5, 3, -2, -8], GPU_MOMENTS, place);
      }
    },
  },
  {
    name: "messagePassing: a node that is sent nothing is told zeros, whatever its own state is",
    async run(gpu) {
      const results = await everywhere(
        gpu,
        ({ put }) =>
          messagePassing([{ edges: put(floats([2], [1, 1])), rows: Int32Array.of(0) }], {
            senders: put(floats([3], [1, 1])),
            receivers: put(floats([1, Infinity, NaN], [3, 1])),
          }),
      );
      for (const { place, tensors: [told] } of results) {
        assertClose(numbers(told!), [6, 0, 6, 6, 0, 0, 0, 0, 0, 0, 0, 0], GPU_MOMENTS, place);
      }
    },
  },
  {
    name: "messagePassing: mistakes are refused",
    async run(gpu) {
      const { blocks, rows, columns } = layerOf([2, 3, 4]);
      const [{ edges }] = blocks as [EdgeStates];
      const nodes = { receivers: rows, senders: columns };
      const wrong = (block: EdgeStates, message: RegExp) =>
        refuses(() => messagePassing([...blocks, block], nodes), message);
      await wrong({ edges: floats([1]) }, /"blocks\[1\].edges" is \[1\], expected \[rows, columns, 4\], or/);
      await wrong({ edges: floats([1, 2, 3], [1, 3, 1]) }, /expected \[rows, columns, 4\]/);
      await wrong({ edges: rows }, /is \[2, 4\] with 2 nodes, but there are 3 senders; list which/);
      await wrong({ edges, rows: Int32Array.of(0) }, /with 2 rows, but "blocks\[1\].rows" lists 1/);
      await wrong(
        { edges, columns: Int32Array.of(0, 3, 1) },
        /"blocks\[1\].columns" lists senders 3 of 0 … 2/,
      );
      await wrong({ edges, rows: Int32Array.of(-1, 1) }, /lists receivers -1 of 0 … 1/);
      await wrong(
        { edges, rows: Int32Array.of(1, 1) },
        /lists node 1 twice; a node receives once in a block/,
      );
      await refuses(
        () => messagePassing(blocks, { receivers: rows, senders: rows }),
        /with 3 columns, but there are 2 senders/,
      );
      await refuses(
        () => messagePassing(blocks, { receivers: floats([1, 2], [2, 1]), senders: columns }),
        /"senders" is \[3, 4\], expected \[nodes, 1\]/,
      );
      await refuses(() => messagePassing(blocks, nodes, { to: "edges" as "rows" }), /to is "edges"/);
      await everywhere(gpu, async ({ name, put }) => {
        const there = put(edges);
        if (name !== "CPU") {
          await refuses(
            () => messagePassing([{ edges: there }], nodes),
            /"receivers" lies on the CPU, but "blocks\[0\].edges" lies on/,
          );
        }
        if (name === "GPU in parts") {
          const many = { receivers: put(randomFloats("many", [500, 4])), senders: put(columns) };
          await refuses(
            () => messagePassing([{ edges: there, rows: Int32Array.of(3, 499) }], many),
            /500 nodes, of 64 bytes each, must lie in one binding.*use the CPU/,
          );
        }
        return [];
      });
    },
  },
];

function layerOf([out, into, hidden]: Sizes, type: "float32" | "float16" = "float32"): Sent {
  return {
    blocks: [{ edges: randomFloats("edges", [out, into, hidden], type) }],
    rows: randomFloats("rows", [out, hidden], type),
    columns: randomFloats("columns", [into, hidden], type),
  };
}

function diagonalOf([nodes, hidden]: [number, number], type: "float32" | "float16" = "float32"): Sent {
  return {
    blocks: [{ edges: randomFloats("edges", [nodes, hidden], type) }],
    rows: randomFloats("rows", [nodes, hidden], type),
    columns: randomFloats("columns", [nodes, hidden], type),
  };
}

/** Dense and diagonal blocks between 14 and 11 nodes, which are views of these: some nodes have no edges unless `all`. */
function several(all: boolean, type: "float32" | "float16" = "float32"): Sent {
  const hidden = 5;
  const block = (dims: number[], rows?: number[], columns?: number[]): EdgeStates => ({
    edges: randomFloats(`edges ${dims} ${rows}`, [...dims, hidden], type),
    ...rows && { rows: Int32Array.from(rows) },
    ...columns && { columns: Int32Array.from(columns) },
  });
  return {
    blocks: [
      block([3, 2], [4, 0, 9], [10, 3]),
      ...all ? [block([14, 11])] : [],
      block([3], [9, 1, 4], [0, 7, 3]),
      // The same nodes again: two kernels between two layers.
      block([3, 2], [0, 4, 9], [3, 10]),
      block([0, 2], [], [0, 1]),
      block([1], [13], [8]),
    ],
    rows: randomFloats("rows", [14, hidden], type),
    columns: randomFloats("columns", [11, hidden], type),
  };
}

/** As many nodes as one of the small bindings reaches, of hidden size 5, and blocks between most of them in another order. */
function large(): Sent {
  const [nodes, hidden] = [64, 5];
  const list = (seed: string, count: number) =>
    Int32Array.from(seededRandom(0, seed).permutation(nodes).slice(0, count));
  return {
    blocks: [
      { edges: randomFloats("dense", [40, 50, hidden]), rows: list("a", 40), columns: list("b", 50) },
      { edges: randomFloats("diagonal", [62, hidden]), rows: list("c", 62), columns: list("d", 62) },
    ],
    rows: randomFloats("rows", [nodes, hidden]),
    columns: randomFloats("columns", [nodes, hidden]),
  };
}

/** A dense block as several of some rows each. */
function cut({ blocks: [whole], rows, columns }: Sent): Sent {
  const [out, into, hidden] = whole!.edges.dims as Sizes;
  const blocks = [[0, 4], [4, 5], [5, out]].map(([start, end]): EdgeStates => ({
    edges: floats(numbers(whole!.edges).slice(start! * into * hidden, end! * into * hidden), [
      end! - start!,
      into,
      hidden,
    ]),
    rows: Int32Array.from({ length: end! - start! }, (_, i) => start! + i),
  }));
  return { blocks, rows, columns };
}

/** Messages of about 1000 that deviate by 1. */
function far({ blocks, rows, columns }: Sent): Sent {
  const ones = ({ dims, size }: Tensor) => floats(new Array(size).fill(1), dims);
  const lifted = blocks.map((block) => ({
    ...block,
    edges: floats(numbers(block.edges).map((e) => 1000 + e), block.edges.dims),
  }));
  return { blocks: lifted, rows: ones(rows), columns: ones(columns) };
}

function sumCase(name: string, sent: Sent, to: Side): Case {
  return { name: `messagePassing: ${name} to ${to}`, run: (gpu) => compare(gpu, sent, to) };
}

const nodesOf = ({ rows, columns }: Sent, to: Side): NodeStates =>
  to === "rows" ? { receivers: rows, senders: columns } : { receivers: columns, senders: rows };

async function compare(gpu: Parameters<Case["run"]>[0], sent: Sent, to: Side): Promise<void> {
  const expected = reference(sent, to);
  const there = ({ put }: Place): Promise<Tensor> => {
    const blocks = sent.blocks.map((block) => ({ ...block, edges: put(block.edges) }));
    return messagePassing(
      blocks,
      nodesOf({ blocks, rows: put(sent.rows), columns: put(sent.columns) }, to),
      { to },
    );
  };
  const inner = sent.blocks.map(({ edges }) => to === "rows" ? edges.dims.at(-1)! : sizeOfRow(edges));
  const binding = Math.max(5120, 16 * Math.max(...inner, 0) + 512);
  const results = await everywhere(gpu, there, { binding });
  for (const { place, tensors: [told] } of results) assertClose(numbers(told!), expected, GPU_MOMENTS, place);
}

const sizeOfRow = ({ dims }: Tensor) => dims.slice(1).reduce((product, dim) => product * dim, 1);

/** Message by message, in float64 and two runs. */
function reference(sent: Sent, to: Side): number[] {
  const { receivers, senders } = nodesOf(sent, to);
  const [z, x] = [receivers, senders].map(numbers) as [number[], number[]];
  const [nodes, hidden] = receivers.dims as readonly [number, number];
  /** All messages to each node, by channel. */
  const inbox = Array.from({ length: nodes * hidden }, (): number[] => []);
  for (const { edges, rows, columns } of sent.blocks) {
    const e = numbers(edges);
    const [out, into] = [edges.dims[0]!, edges.dims.at(-2)!];
    const pairs = edges.dims.length === 2
      ? Array.from({ length: out }, (_, i) => [i, i])
      : Array.from({ length: out * into }, (_, at) => [Math.floor(at / into), at % into]);
    pairs.forEach(([i, j], edge) => {
      const [row, column] = [rows?.[i!] ?? i!, columns?.[j!] ?? j!];
      const [receiver, sender] = to === "rows" ? [row, column] : [column, row];
      for (let c = 0; c < hidden; c++) {
        const own = receiver * hidden + c;
        inbox[own]!.push(z[own]! * x[sender * hidden + c]! * e[edge * hidden + c]!);
      }
    });
  }
  const statistics = inbox.map((messages) => {
    if (messages.length === 0) return [0, 0, 0, 0];
    const mean = messages.reduce((sum, m) => sum + m, 0) / messages.length;
    const variance = messages.reduce((sum, m) => sum + (m - mean) ** 2, 0) / messages.length;
    return [mean, variance > 1e-5 ? Math.sqrt(variance) : 0, Math.max(...messages), Math.min(...messages)];
  });
  return Array.from(
    { length: nodes },
    (_, node) =>
      [0, 1, 2, 3].flatMap((what) =>
        statistics.slice(node * hidden, (node + 1) * hidden).map((channel) => channel[what]!)
      ),
  ).flat();
}

function numbers(tensor: Tensor): number[] {
  return Array.from(tensor.data as Float32Array);
}
