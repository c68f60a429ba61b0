import { sizeOf, Tensor } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";
import { placesOf } from "./channels.ts";
import {
  type BlockUse,
  type Carried,
  type EdgeBlock,
  MetaGraph,
  type NodeLayer,
  type NodeUse,
} from "./meta_graph.ts";
import { isBlockUse } from "./read_blocks.ts";
import { range } from "./axis_layout.ts";
import { SLOTS } from "./slots.ts";

/** A layout of the published code. */
interface Layout {
  /** Columns of node features, named after the slots of the general layout that they hold first. */
  readonly slots: readonly string[];
  /** Other slots, and the columns that they share. */
  readonly also: Readonly<Record<string, string>>;
  /** Whether all edges have the nine taps of a 3×3 kernel, zeros around a single one. */
  readonly padded: boolean;
  /**
   * Whether an identity is an edge between all pairs, all but the diagonal 0, rather than an edge per
   * channel.
   */
  readonly allPairs: boolean;
}

const NORM = ["norm.scale", "norm.shift", "norm.mean", "norm.variance"];
const NORM2 = ["norm2.scale", "norm2.shift", "norm2.mean", "norm2.variance"];
const ATTENTION = ["query.bias", "key.bias", "value.bias"];

/** A classifier's bias stands where norms have their shift. */
const residual = { slots: [...NORM, ...NORM2], also: { bias: "norm.shift" } };

/**
 * The layouts, by architecture (code of Liu, Wang, Zhang, arXiv 2506.12041, `utils/convert.py`). Four faults
 * of that code are not repeated: classifiers that come back permuted, shortcuts that point against all other
 * edges, shortcuts where there is a downsampling between equal widths, and features at edges that they do not
 * belong to.
 */
const LAYOUTS = {
  "CIFAR ResNet": { ...residual, padded: true, allPairs: true },
  ResNet: { ...residual, padded: false, allPairs: false },
  VGG: { slots: [...NORM, "bias"], also: {}, padded: true, allPairs: true },
  ViT: {
    slots: ["norm.scale", "norm.shift", "bias", ...ATTENTION],
    also: {},
    padded: false,
    allPairs: false,
  },
  /** A network without norms. */
  plain: { slots: ["bias"], also: {}, padded: false, allPairs: false },
} as const satisfies Record<string, Layout>;

/** The layout of the published code for networks like this one. */
function layoutOf({ layers, blocks, slots, manifest }: MetaGraph): Layout {
  const used = [...manifest.values()].flatMap((entry) => entry.state === "carried" ? entry.uses : [])
    .filter((use) => !isBlockUse(use)) as NodeUse[];
  const has = (slot: string, layer?: number) =>
    used.some((use) => slots[use.slot] === slot && (layer === undefined || use.layer === layer));
  if (ATTENTION.some((slot) => has(slot))) return LAYOUTS.ViT;
  if (!has("norm.scale")) return LAYOUTS.plain;
  const biased = layers.some((_, layer) => has("norm.mean", layer) && has("bias", layer));
  if (biased) return LAYOUTS.VGG;
  return blocks.every(({ taps }) => [1, 9].includes(taps.length)) ? LAYOUTS["CIFAR ResNet"] : LAYOUTS.ResNet;
}

/** A graph of the general layout in the published one; parameters that it has no slot for are passed on. */
export function publishedGraph(graph: MetaGraph): MetaGraph {
  const layout = layoutOf(graph);
  const manifest = new Map<string, Carried>();
  const taken = new Set<string>();
  const columns = new Map<NodeUse, number>();
  for (const [name, entry] of graph.manifest) {
    const uses = entry.state === "passed" ? [] : entry.uses.flatMap((use): (BlockUse | NodeUse)[] => {
      if (isBlockUse(use)) return [paddedUse(use, graph.blocks[use.block]!, layout)];
      const slot = graph.slots[use.slot]!;
      const column = layout.slots.indexOf(layout.also[slot] ?? slot);
      const places = Array.from(use.channels, (channel) => `${use.layer} ${channel} ${column}`);
      if (column < 0 || places.some((place) => taken.has(place))) return [];
      for (const place of places) taken.add(place);
      columns.set(use, column);
      return [{ ...use, slot: column }];
    });
    if (entry.state === "passed") manifest.set(name, entry);
    else if (uses.length > 0) manifest.set(name, { ...entry, uses });
    else manifest.set(name, { state: "passed", why: "the published layout has no slot for it" });
  }
  return new MetaGraph({
    name: graph.name,
    layers: graph.layers.map((layer, i) => laidOut(layer, i, layout, columns)),
    blocks: graph.blocks.filter(({ role }) => role !== "coupling").map((block) =>
      paddedBlock(block, graph, layout)
    ),
    slots: layout.slots,
    context: [],
    manifest,
  });
}

function laidOut(
  layer: NodeLayer,
  index: number,
  { slots }: Layout,
  columns: ReadonlyMap<NodeUse, number>,
): NodeLayer {
  const { channels, features } = layer;
  const own = [...columns].filter(([use]) => use.layer === index);
  // Nodes of attention have zeros where the others have the norm that they lack.
  const attention = own.some(([, column]) => ATTENTION.includes(slots[column]!));
  const otherwise = slots.map((slot) => attention ? 0 : SLOTS.find(({ name }) => name === slot)!.otherwise);
  const data = new Float32Array(channels * slots.length);
  for (let i = 0; i < data.length; i++) data[i] = otherwise[i % slots.length]!;
  for (const [{ slot, channels: nodes }, column] of own) {
    for (const node of nodes) {
      data[node * slots.length + column] = features.data[node * features.dims[1]! + slot] as number;
    }
  }
  return {
    ...layer,
    features: new Tensor("float32", data, [channels, slots.length]),
    context: new Tensor("float32", new Float32Array(0), [channels, 0]),
  };
}

const NINE = placesOf([3, 3]);
const CENTRE = 4;

function paddedUse(use: BlockUse, { taps }: EdgeBlock, { padded }: Layout): BlockUse {
  if (!padded || taps.length !== 1) return use;
  return { ...use, taps: Int32Array.from(NINE, (_, tap) => tap === CENTRE ? use.taps[0]! : -1) };
}

function paddedBlock(block: EdgeBlock, { layers }: MetaGraph, { padded, allPairs }: Layout): EdgeBlock {
  const { kind, role, features, taps } = block;
  if (role === "identity" && allPairs) return pairs(block, layers, padded);
  if (!padded || taps.length !== 1) return block;
  const dims = [...features.dims.slice(0, -1), NINE.length];
  const data = new Float32Array(sizeOf(dims));
  floats(features).forEach((value, i) => data[i * NINE.length + CENTRE] = value);
  return { ...block, kind, features: new Tensor("float32", data, dims), taps: NINE };
}

/** An identity between the nodes of whole layers as edges between all of them. */
function pairs(block: EdgeBlock, layers: readonly NodeLayer[], padded: boolean): EdgeBlock {
  const [from, to] = [block.from, block.to].map((side) => ({
    layers: side.layers,
    length: side.layers.reduce((sum, layer) => sum + layers[layer]!.channels, 0),
  })) as [EdgeBlock["from"], EdgeBlock["to"]];
  const taps = padded ? NINE : block.taps;
  const data = new Float32Array(to.length * from.length * taps.length);
  const [sources, targets] = [block.from, block.to].map(({ indices, length }) => indices ?? range(length));
  targets!.forEach((target, k) => {
    data[(target * from.length + sources![k]!) * taps.length + (padded ? CENTRE : 0)] = 1;
  });
  const features = new Tensor("float32", data, [to.length, from.length, taps.length]);
  return { ...block, kind: "dense", from, to, features, taps };
}
