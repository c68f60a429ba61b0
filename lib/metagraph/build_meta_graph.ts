import { withoutUndefined } from "../options.ts";
import type { Graph } from "../onnx/model.ts";
import { isTensor, sizeOf, Tensor } from "../tensor/tensor.ts";
import { CONTEXT, contextOf } from "./context.ts";
import type { DraftBlock, DraftLayer, MetaGraphBuilder } from "./meta_graph_builder.ts";
import { float32Of } from "../tensor/arrays.ts";
import { bitsOf, readBlock } from "./read_blocks.ts";
import {
  type BlockUse,
  type Carried,
  type EdgeBlock,
  type LayerView,
  MetaGraph,
  type NodeLayer,
  type NodeUse,
} from "./meta_graph.ts";
import { columnOf, SLOTS } from "./slots.ts";

/** A node: its layer in the finished graph and its place there. */
interface Place {
  layer: number;
  channel: number;
}

/** The finished graph: layers that became others are gone, and features are read from the model's tensors. */
export function buildMetaGraph(draft: MetaGraphBuilder, graph: Graph): MetaGraph {
  const kept = draft.layers.filter(({ alias }) => alias === undefined);
  const numbers = new Map(kept.map((layer, i) => [layer, i]));
  const placeOf = (node: number): Place => {
    const layer = draft.layerOf(node);
    let target = layer;
    while (target.alias) target = target.alias;
    return { layer: numbers.get(target)!, channel: node - layer.start };
  };
  const uses = new Map<string, (BlockUse | NodeUse)[]>();
  const use = (tensor: string, place: BlockUse | NodeUse) => {
    if (!uses.has(tensor)) uses.set(tensor, []);
    uses.get(tensor)!.push(place);
  };
  const read = (tensor: string) => graph.initializers.get(tensor) as Tensor;

  const blocks = draft.blocks.map((block, index): EdgeBlock => {
    const { name, kind, role, taps, weight } = block;
    const [from, to] = [viewOf(block.from, placeOf, kept), viewOf(block.to, placeOf, kept)];
    const dims = kind === "dense" ? [to.length, from.length, taps.length] : [from.length, taps.length];
    if (weight) use(weight.tensor, { block: index, ...partsOf(weight) });
    const features = weight ? readBlock(read(weight.tensor), weight, dims) : ones(dims);
    return { name, kind, role, from, to, features, taps };
  });

  const features = kept.map(({ channels }) => defaults(channels));
  for (const { tensor, slot, nodes, elements } of draft.attachments) {
    const places = Array.from(nodes, placeOf);
    const layer = places[0]!.layer;
    const channels = Int32Array.from(places, ({ channel }) => channel);
    use(tensor, { layer, slot: columnOf(slot), channels, elements });
    const [to, from] = [bitsOf(features[layer]!), new Uint32Array(float32Of(read(tensor)).slice().buffer)];
    channels.forEach((channel, k) => to[channel * SLOTS.length + columnOf(slot)] = from[elements[k]!]!);
  }

  const depths = depthsOf(kept.length, blocks);
  const layers = kept.map(
    ({ name, kind, channels, op, output, pixels, headSize, stride, taken }, i): NodeLayer => {
      const layer = withoutUndefined({
        name,
        kind,
        channels,
        op,
        depth: depths[i]!,
        output,
        pixels,
        headSize,
        features: features[i]!,
      });
      return { ...layer, context: contextOf(layer, { taken, stride, ...fansOf(i, blocks) }) };
    },
  );
  return new MetaGraph({
    name: graph.name,
    layers,
    blocks,
    slots: SLOTS.map(({ name }) => name),
    context: CONTEXT,
    manifest: manifestOf(draft, graph, uses),
  });
}

function partsOf({ rows, columns, taps }: NonNullable<DraftBlock["weight"]>): Omit<BlockUse, "block"> {
  return { rows, columns, taps };
}

function ones(dims: readonly number[]): Tensor {
  return new Tensor("float32", new Float32Array(sizeOf(dims)).fill(1), dims);
}

function defaults(channels: number): Tensor {
  const data = new Float32Array(channels * SLOTS.length);
  for (let i = 0; i < data.length; i++) data[i] = SLOTS[i % SLOTS.length]!.otherwise;
  return new Tensor("float32", data, [channels, SLOTS.length]);
}

function viewOf(
  labels: Int32Array,
  placeOf: (node: number) => Place,
  layers: readonly DraftLayer[],
): LayerView {
  const starts = new Map<number, number>();
  let next = 0;
  let whole = true;
  const indices = labels.map((node, i) => {
    const { layer, channel } = placeOf(node);
    if (!starts.has(layer)) {
      starts.set(layer, next);
      next += layers[layer]!.channels;
    }
    const index = starts.get(layer)! + channel;
    if (index !== i) whole = false;
    return index;
  });
  const view = { layers: [...starts.keys()], length: labels.length };
  return whole && next === labels.length ? view : { ...view, indices };
}

/** Length of the longest way from an input to each layer, as a part of the longest of all. */
function depthsOf(count: number, blocks: readonly EdgeBlock[]): number[] {
  const depths = Array<number>(count).fill(0);
  for (const { from, to } of blocks) {
    const before = Math.max(...from.layers.map((layer) => depths[layer]!));
    for (const layer of to.layers) {
      if (!from.layers.includes(layer)) depths[layer] = Math.max(depths[layer]!, before + 1);
    }
  }
  const deepest = Math.max(1, ...depths);
  return depths.map((depth) => depth / deepest);
}

/** How many taps end and begin at a node of a layer, in all blocks together. */
function fansOf(layer: number, blocks: readonly EdgeBlock[]): { fanIn: number; fanOut: number } {
  let [fanIn, fanOut] = [0, 0];
  for (const { kind, from, to, taps } of blocks) {
    if (to.layers.includes(layer)) fanIn += (kind === "dense" ? from.length : 1) * taps.length;
    if (from.layers.includes(layer)) fanOut += (kind === "dense" ? to.length : 1) * taps.length;
  }
  return { fanIn, fanOut };
}

function manifestOf(
  draft: MetaGraphBuilder,
  graph: Graph,
  uses: ReadonlyMap<string, (BlockUse | NodeUse)[]>,
): Map<string, Carried> {
  const manifest = new Map<string, Carried>();
  for (const [name, tensor] of graph.initializers) {
    const places = uses.get(name);
    if (places) manifest.set(name, { state: "carried", dims: tensor.dims, uses: places });
    else {manifest.set(name, {
        state: "passed",
        why: draft.passed.get(name) ?? unread(isTensor(tensor) ? tensor : undefined),
      });}
  }
  return manifest;
}

function unread(tensor: Tensor | undefined): string {
  if (!tensor || !/^float/.test(tensor.type)) {
    return "it holds no float32, float16 or float64 numbers: a setting, or indices";
  }
  return "no operator of the table reads it";
}
