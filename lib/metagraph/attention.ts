import type { Node } from "../onnx/model.ts";
import type { DraftBlock, DraftLayer, MetaGraphBuilder } from "./meta_graph_builder.ts";
import {
  type AxisFactor,
  type AxisLayout,
  axisLayout,
  BLANK,
  channelAxes,
  channelSizes,
  hasChannels,
  permuted,
  type Scores,
  withoutChannels,
} from "./axis_layout.ts";
import type { Trace } from "./trace.ts";
import { sizeOf } from "../tensor/tensor.ts";

/**
 * The product of two computed matrices. Where it sums over channels, these are queries and keys, and the
 * result is their scores; where it mixes values, these keep their channels.
 */
export function attended(node: Node, trace: Trace): AxisLayout | undefined {
  const [a, b] = node.inputs.map((name) => trace.layout(name));
  const shape = trace.shape(node.outputs[0]);
  if (!a || !b || !shape || a.axes.length < 2 || b.axes.length < 2) return undefined;
  const [left, right] = [a.axes.length, b.axes.length];
  const inA = channelAxes(a).includes(left - 1);
  const inB = channelAxes(b).includes(right - 2);
  if (inA && inB) return scoresOf(a, b, shape.length, trace) ?? withoutChannels(shape);
  const plain = (factors: readonly AxisFactor[]) => factors.map(({ size }) => ({ size, channel: false }));
  const [values, weights] = hasChannels(b) && !inB ? [b, a] : [a, b];
  if (!hasChannels(values) || values.axes.length !== shape.length || (values === a && inA)) {
    return withoutChannels(shape);
  }
  const scores: Scores | undefined = weights.scores;
  if (scores && scores.query.length === values.labels.length) scores.value ??= values.labels;
  // The axis that is not the values' own comes from the other side.
  const at = values === b ? -2 : -1;
  return axisLayout(values.axes.with(at, plain(weights.axes.at(at)!)), values.labels);
}

function scoresOf(a: AxisLayout, b: AxisLayout, rank: number, { draft }: Trace): AxisLayout | undefined {
  const order = [...b.axes.keys()];
  const turned = permuted(b, [...order.slice(0, -2), order.at(-1)!, order.at(-2)!]);
  const sizes = channelSizes(a);
  const free = (from: AxisLayout) => from.axes.slice(0, -1).flat().filter(({ channel }) => channel).length;
  if (a.labels.length !== turned.labels.length) return undefined;
  const size = sizeOf(sizes.slice(free(a)));
  const scores: Scores = { query: a.labels, key: turned.labels, size };
  draft.attentions.push(scores);
  const axes = [...a.axes.slice(0, -1), b.axes.at(-1)!].map((factors) =>
    factors.map((factor) => ({ size: factor.size, channel: false }))
  );
  return axes.length === rank ? { ...axisLayout(axes, new Int32Array(0)), scores } : undefined;
}

/**
 * Makes queries, keys and values that one weight makes together the same nodes, one per dimension, with three
 * taps per edge; where they are made by weights of their own, joins queries and keys.
 */
export function foldAttention(draft: MetaGraphBuilder): void {
  const done = new Set<DraftLayer>();
  for (const { query, key, value, size } of draft.attentions) {
    if ([query, key].some((labels) => labels.includes(BLANK) || done.has(draft.layerOf(labels[0]!)))) {
      continue;
    }
    if (value && fold(draft, { query, key, value }, size)) done.add(draft.layerOf(query[0]!));
    else {
      draft.join("query and key", key, query, "coupling");
      for (const labels of [query, key, value]) {
        const layer = labels && draft.wholeLayer(labels);
        if (layer) layer.headSize = size;
      }
    }
  }
}

/** Whether queries, keys and values are made by one weight in equal parts, and now are the same nodes. */
function fold(
  draft: MetaGraphBuilder,
  { query, key, value }: { query: Int32Array; key: Int32Array; value: Int32Array },
  size: number,
): boolean {
  const layer = draft.layerOf(query[0]!);
  const parts = [query, key, value];
  const place = (node: number) => node - layer.start;
  if (
    layer.channels !== 3 * query.length ||
    parts.some((part) => part.some((node) => draft.layerOf(node) !== layer))
  ) {
    return false;
  }
  const makers = draft.blocks.filter(({ to }) => to.some((node) => draft.layerOf(node) === layer));
  const [maker] = makers;
  if (
    makers.length !== 1 || maker!.kind !== "dense" || !maker!.weight || draft.wholeLayer(maker!.to) !== layer
  ) return false;
  const { weight } = maker as DraftBlock & { weight: NonNullable<DraftBlock["weight"]> };
  const rowOf = (node: number) => weight.rows[place(node)]!;
  const shifts = parts.map((part) => rowOf(part[0]!) - rowOf(query[0]!));
  const regular = parts.every((part, i) =>
    part.every((node, k) => rowOf(node) - rowOf(query[k]!) === shifts[i])
  );
  const sources = new Set([...query, ...key]);
  const readElsewhere = draft.blocks.some(({ from }) => from.some((node) => sources.has(node)));
  const attached = draft.attachments.filter(({ nodes }) => draft.layerOf(nodes[0]!) === layer);
  if (!regular || readElsewhere || attached.some(({ slot }) => slot !== "bias")) return false;
  const nodes = query.map((_, k) => layer.start + k);
  const [folded, position] = [new Map<number, number>(), new Map<number, number>()];
  parts.forEach((part, i) =>
    part.forEach((node, k) => {
      folded.set(node, nodes[k]!);
      position.set(node, i);
    })
  );
  for (const block of draft.blocks) {
    if (block.from.some((node) => folded.has(node))) {
      block.from = block.from.map((node) => folded.get(node) ?? node);
    }
  }
  maker!.to = nodes;
  maker!.taps = shifts.flatMap((_, i) => maker!.taps.map((tap) => [...tap, i]));
  maker!.weight = {
    ...weight,
    rows: query.map(rowOf),
    taps: Int32Array.from(shifts.flatMap((shift) => Array.from(weight.taps, (tap) => tap + shift))),
  };
  draft.attachments = draft.attachments.flatMap((attachment) =>
    attached.includes(attachment)
      ? ["query.bias", "key.bias", "value.bias"].map((slot, i) => {
        const own = [...attachment.nodes.keys()].filter((k) => position.get(attachment.nodes[k]!) === i);
        return {
          tensor: attachment.tensor,
          slot,
          nodes: Int32Array.from(own, (k) => folded.get(attachment.nodes[k]!)!),
          elements: Int32Array.from(own, (k) => attachment.elements[k]!),
        };
      })
      : [attachment]
  );
  layer.channels = nodes.length;
  layer.headSize = size;
  return true;
}
