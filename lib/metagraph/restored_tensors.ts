import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { int64, sizeOf, tensorOf } from "../tensor/tensor.ts";
import { eachFeature, isBlockUse } from "./read_blocks.ts";
import type { BlockUse, MetaGraph, NodeUse } from "./meta_graph.ts";
import type { MetaFeatures } from "./meta_features.ts";
import { emptyRecord } from "../own.ts";

/**
 * The way back from features to stored tensors, as nodes of a graph, so that gradients go through it: for
 * each of the tensors named, which the meta-graph carries, a value of its shape. What {@linkcode
 * fromMetaGraph} does with numbers.
 *
 * @param original the value of a tensor before, for what the meta-graph does not carry of it
 */
export function restoredTensors(
  g: GraphBuilder,
  { layers, blocks, manifest }: Pick<MetaGraph, "layers" | "blocks" | "manifest">,
  { names, dimsOf, original }: {
    names: readonly string[];
    dimsOf: (name: string) => readonly number[];
    original: (name: string) => Value;
  },
  { nodes, edges }: MetaFeatures,
): Record<string, Value> {
  const restored = emptyRecord<Value>();
  for (const name of names) {
    const carried = manifest.get(name);
    if (carried?.state !== "carried") continue;
    const dims = dimsOf(name);
    const [use] = carried.uses;
    const direct = carried.uses.length !== 1 || use === undefined
      ? undefined
      : isBlockUse(use)
      ? asTranspose(g, edges[use.block]!, use, { kind: blocks[use.block]!.kind, dims })
      : asColumn(g, nodes[use.layer]!, use, { count: layers[use.layer]!.channels, dims });
    restored[name] = direct ??
      gathered(g, carried.uses, { nodes, edges }, { dims, original: () => original(name) });
  }
  return restored;
}

/** A vector that is one column of a layer's features. */
function asColumn(
  g: GraphBuilder,
  features: Value,
  { slot, channels, elements }: NodeUse,
  { count, dims }: { count: number; dims: readonly number[] },
): Value | undefined {
  const whole = channels.length === count &&
    elements.every((element, i) => element === i && channels[i] === i);
  return whole ? g.reshape(g.slice(features, [slot], [slot + 1], [1]), dims) : undefined;
}

/** A tensor that is a block with its axes in another order, without its padding. */
function asTranspose(
  g: GraphBuilder,
  features: Value,
  { rows, columns, taps }: BlockUse,
  { kind, dims }: { kind: "dense" | "diagonal"; dims: readonly number[] },
): Value | undefined {
  const real = [...taps.keys()].filter((tap) => taps[tap]! >= 0);
  const offsets = [rows, ...kind === "dense" ? [columns] : [], taps.filter((tap) => tap >= 0)];
  const axes = offsets.map((along, axis) => ({ axis, along, stride: (along[1] ?? Infinity) - along[0]! }))
    .toSorted((a, b) => b.stride - a.stride || a.axis - b.axis);
  let size = 1;
  for (const { along } of axes.toReversed()) {
    if (along.some((offset, i) => offset !== i * size)) return undefined;
    size *= along.length;
  }
  if (size !== sizeOf(dims)) return undefined;
  const last = offsets.length - 1;
  const kept = real.length === taps.length ? features : g.gather(features, g.constant(int64(real)), last);
  const perm = axes.map(({ axis }) => axis);
  return g.reshape(perm.every((axis, i) => axis === i) ? kept : g.transpose(kept, perm), dims);
}

/** Element by element: the mean of all places that hold it, or what it was where there is none. */
function gathered(
  g: GraphBuilder,
  uses: readonly (BlockUse | NodeUse)[],
  { nodes, edges }: MetaFeatures,
  { dims, original }: { dims: readonly number[]; original: () => Value },
): Value {
  const size = sizeOf(dims);
  const flat = (value: Value) => g.reshape(value, [-1]);
  const parts = uses.map((use) => flat(isBlockUse(use) ? edges[use.block]! : nodes[use.layer]!));
  const sizes = parts.map((part) => Number(g.shape(part)[0]));
  const slots = uses.map((use) => Number(g.shape(partOf(use)).at(-1)));
  const places = placesOf(uses, { size, sizes, slots });
  if (places.lacking) parts.push(flat(original()));
  const all = parts.length === 1 ? parts[0]! : g.concat(parts, 0);
  // Shorter lists start again: their elements are averaged over a multiple of their places.
  const rounds = [...new Set(places.counts)].reduce(leastCommonMultiple, 1);
  const values = Array.from(
    { length: rounds },
    (_, turn) => g.gather(all, g.constant(tensorOf("int64", nthPlaces(places, turn), [size]))),
  );
  const mean = rounds === 1 ? values[0]! : g.mul(values.reduce((a, b) => g.add(a, b)), 1 / rounds);
  return g.reshape(mean, dims);

  function partOf(use: BlockUse | NodeUse): Value {
    return isBlockUse(use) ? edges[use.block]! : nodes[use.layer]!;
  }
}

/** Where the elements of a tensor lie in the features of its uses, which lie one behind the other. */
interface Places {
  /** By element, how many places hold it; at least 1. */
  counts: Int32Array;
  /** By element, where its places begin in `at`. */
  starts: Int32Array;
  /** All places, those of an element side by side. */
  at: Int32Array;
  /** Whether elements lie nowhere: their place is in the tensor itself, behind all features. */
  lacking: boolean;
}

function placesOf(
  uses: readonly (BlockUse | NodeUse)[],
  { size, sizes, slots }: { size: number; sizes: readonly number[]; slots: readonly number[] },
): Places {
  const counts = new Int32Array(size);
  eachPlace((_, element) => counts[element]!++);
  const alone: number[] = [];
  counts.forEach((count, element) => count === 0 && alone.push(element));
  for (const element of alone) counts[element] = 1;
  const starts = new Int32Array(size);
  for (let element = 1; element < size; element++) {
    starts[element] = starts[element - 1]! + counts[element - 1]!;
  }
  const at = new Int32Array((starts.at(-1) ?? 0) + (counts.at(-1) ?? 0));
  const next = starts.slice();
  eachPlace((place, element) => at[next[element]!++] = place);
  const behind = sizes.reduce((sum, size) => sum + size, 0);
  for (const element of alone) at[starts[element]!] = behind + element;
  return { counts, starts, at, lacking: alone.length > 0 };

  function eachPlace(visit: (place: number, element: number) => void): void {
    let start = 0;
    uses.forEach((use, i) => {
      eachElement(use, slots[i]!, (feature, element) => visit(start + feature, element));
      start += sizes[i]!;
    });
  }
}

/** A place of each element: the first, the second, and from the first again where there are no more. */
function nthPlaces({ counts, starts, at }: Places, n: number): BigInt64Array {
  const places = new BigInt64Array(counts.length);
  counts.forEach((count, element) => places[element] = BigInt(at[starts[element]! + n % count]!));
  return places;
}

/** Calls back with every place in the features of a use that holds an element of the tensor, and which. */
function eachElement(
  use: BlockUse | NodeUse,
  slots: number,
  visit: (feature: number, element: number) => void,
): void {
  if (isBlockUse(use)) eachFeature(use, visit);
  else use.channels.forEach((channel, k) => visit(channel * slots + use.slot, use.elements[k]!));
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y) [x, y] = [y, x % y];
  return a / x * b;
}
