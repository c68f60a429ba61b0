import type { Model } from "../onnx/model.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { parameterNames } from "../onnx/parameters.ts";
import { sizeOf } from "../tensor/tensor.ts";
import type { ChannelGroup } from "../prune/channel_groups.ts";
import { measureSideBySide } from "../prune/latency/latency.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { emptyConfiguration } from "./configuration.ts";
import { type ElementId, partId } from "./elements.ts";
import { removeElements } from "./remove.ts";
import type { Block, Transformer } from "./transformer.ts";

/** Savings of elements, and the cost of the whole network, in the same unit. */
export interface Savings {
  /** Savings by element. */
  of: ReadonlyMap<ElementId, number>;
  /** Cost of the whole network. */
  whole: number;
}

/**
 * Parameters that each block and each part takes along. What is shared with another block stays for that one:
 * a part that goes from one of the layers that share weights may take fewer than none.
 */
export function parametersSaved({ model, blocks, groups }: Transformer): Savings {
  const whole = parametersIn(model);
  const of = new Map<ElementId, number>();
  const empty = emptyConfiguration({ groups });
  const without = (id: ElementId) => whole - parametersIn(removeElements(model, { ...empty, removed: [id] }));
  for (const block of blocks) {
    const { id, kind, layer, group } = block;
    of.set(id, without(id));
    const shared = blocks.filter((other) => other.group === group).length > 1;
    const bySize = new Map<number, number>();
    forParts(block, (part) => {
      const channels = channelsIn(block, part);
      if (!shared) return parametersOf(group!, model, channels);
      if (!bySize.has(channels)) bySize.set(channels, without(partId(kind, layer, part)));
      return bySize.get(channels)!;
    }, of);
  }
  return { of, whole };
}

/** Learned numbers that a model holds. */
function parametersIn(model: Model): number {
  const shaped = inferShapes(model);
  const { graph } = shaped;
  return [...parameterNames(shaped)].reduce(
    (sum, name) => sum + sizeOf(graph.initializers.get(name)?.dims ?? [0]),
    0,
  );
}

/** Milliseconds that each block and each part saves, measured side by side on this machine. */
export async function millisecondsSaved(
  { model, blocks, groups }: Transformer,
  { runtime, inputShapes, signal }: {
    runtime: Runtime;
    inputShapes: Readonly<Record<string, readonly number[]>>;
    signal?: AbortSignal | undefined;
  },
): Promise<Savings> {
  const empty = emptyConfiguration({ groups });
  const without = (removed: ElementId[]) => removeElements(model, { ...empty, removed });
  const of = new Map<ElementId, number>();
  // Blocks of one kind and size are alike: one of each is timed, whole and with half of its parts.
  const alike = Map.groupBy(blocks, ({ kind, width, parts }) => `${kind} ${width} ${parts}`);
  const examples = [...alike.values()].map((same) => same[0]!);
  const halves = examples.map(({ kind, layer, parts }) =>
    Array.from({ length: Math.floor(parts / 2) }, (_, part) => partId(kind, layer, part))
  );
  const models = [model, ...examples.map(({ id }) => without([id])), ...halves.map((ids) => without(ids))];
  const times = await measureSideBySide(models, { runtime, inputShapes, signal, runs: 15 });
  const saved = (i: number) => times[0]!.median - times[i]!.median;
  [...alike.values()].forEach((same, i) => {
    const perPart = saved(1 + examples.length + i) / Math.max(1, halves[i]!.length);
    for (const block of same) {
      of.set(block.id, saved(1 + i));
      forParts(block, () => perPart, of);
    }
  });
  return { of, whole: times[0]!.median };
}

function forParts(block: Block, saved: (part: number) => number, of: Map<ElementId, number>): void {
  if (!block.group) return;
  for (let part = 0; part < block.parts; part++) of.set(partId(block.kind, block.layer, part), saved(part));
}

function channelsIn({ partOfChannel }: Block, part: number): number {
  return partOfChannel.filter((each) => each === part).length;
}

/** Numbers that so many channels of a group hold: a slice of each tensor they lie along. */
function parametersOf({ slots }: ChannelGroup, { graph }: Model, count: number): number {
  return slots.reduce((sum, { tensor, axis, width }) => {
    const { dims } = graph.initializers.get(tensor)!;
    return sum + sizeOf(dims) / dims[axis]! * width * count;
  }, 0);
}
