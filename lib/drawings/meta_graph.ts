import { type OptionNames, requireOptions } from "../options.ts";
import type { EdgeBlock, LayerView, MetaGraph, NodeLayer } from "../metagraph/meta_graph.ts";
import { escapeXml } from "../plot/escape_xml.ts";
import { type Figure, FIGURE_OPTIONS, type FigureOptions, frame, LAPTOP } from "../plot/figure.ts";
import type { LegendEntry } from "../plot/legend.ts";
import { INK, MUTED, PALETTE } from "../plot/palette.ts";
import { floats } from "../tensor/arrays.ts";

/** Settings of {@linkcode metaGraphFigure}. */
export interface MetaGraphFigureOptions extends Partial<FigureOptions> {
  /** The network's meta graph later, after pruning or after a metanetwork: drawn below, to the same scale. */
  after?: MetaGraph | undefined;
  /** Labels of the two graphs, where `after` is given. Default `["before", "after"]`. */
  labels?: readonly [string, string] | undefined;
  /** Width in px. Default 920, what a laptop shows; more where layers would stand too close. */
  width?: number | undefined;
}

/** Names of {@linkcode MetaGraphFigureOptions}. */
const META_GRAPH_FIGURE_OPTIONS: OptionNames<MetaGraphFigureOptions> = {
  ...FIGURE_OPTIONS,
  after: true,
  labels: true,
  width: true,
};

const [WEIGHT, IDENTITY, , COUPLING] = PALETTE as [string, string, string, string];
const QUIET = "#5f6b7a";
const DOT = 3;
/** Distance of dots in px. */
const STEP = 9;
/** Least distance of layers in px. */
const CLOSEST = 12;
/** Steps between layers of one depth. */
const GAP = 2;
/** Dots that stand for the widest layer. */
const MOST_DOTS = 20;
/** Lines that stand for the edges of a block: the heaviest ones. */
const MOST_LINES = 90;

/** A layer as it is drawn. */
interface Column {
  layer: NodeLayer;
  x: number;
  /** Height of each dot, and the node that it stands for. */
  dots: { y: number; node: number }[];
}

/**
 * The graph as it stands: a column of dots per layer, from input to output, and lines for the heaviest edges
 * between neighbours, the heavier the darker. What passes over layers (shortcuts) is an arc. Wide layers show
 * some of their nodes: their number grows with the root of the channels, in the same way in both drawings.
 */
export function metaGraphFigure(graph: MetaGraph, options: MetaGraphFigureOptions = {}): Figure {
  requireOptions("metaGraphFigure", options, META_GRAPH_FIGURE_OPTIONS);
  const { after, labels = ["before", "after"], title, subtitle, alt, legend } = options;
  const graphs = after ? [graph, after] : [graph];
  const widest = Math.max(1, ...graphs.flatMap(({ layers }) => layers.map(({ channels }) => channels)));
  const scale = Math.min(2, MOST_DOTS / Math.sqrt(widest));
  const columns = Math.max(...graphs.map(({ layers }) => depthsOf(layers).size));
  const width = Math.max(options.width ?? LAPTOP, columns * CLOSEST + 90);
  const parts: string[] = [];
  let top = 0;
  graphs.forEach((one, i) => {
    const panel = drawPanel(one, { scale, width, label: after ? labels[i]! : "" });
    parts.push(`<g transform="translate(0,${top})">${panel.svg}</g>`);
    top += panel.height;
  });
  const counts = graphs.map(({ nodes, edges }) => `${number(nodes)} nodes and ${number(edges)} edges`).join(
    ", then ",
  );
  const roles = new Set(graphs.flatMap(({ blocks }) => blocks.map(({ role }) => role)));
  return frame(
    {
      title: title ?? `${graph.name || "Network"} as a graph of channels`,
      alt: alt ??
        `${graph.layers.length} layers from left to right, a column of dots each, channels of wide layers in part; ` +
          `lines are the heaviest edges. ${counts}`,
      legend: legend ?? legendOf(roles),
      subtitle,
    },
    parts.join(""),
    width,
    top,
  );
}

function legendOf(roles: ReadonlySet<EdgeBlock["role"]>): LegendEntry[] {
  const entries: [EdgeBlock["role"], LegendEntry][] = [
    ["weight", { label: "weights: darker is heavier", color: WEIGHT }],
    ["identity", { label: "passed on as it is", color: IDENTITY }],
    ["coupling", { label: "query and key", color: COUPLING }],
  ];
  return entries.filter(([role]) => roles.has(role)).map(([, entry]) => entry);
}

/** Layers by how far they stand from the inputs, in order. */
function depthsOf(layers: readonly NodeLayer[]): Map<number, number[]> {
  const byDepth = new Map<number, number[]>();
  layers.forEach(({ depth }, i) => {
    if (!byDepth.has(depth)) byDepth.set(depth, []);
    byDepth.get(depth)!.push(i);
  });
  return new Map([...byDepth].sort(([a], [b]) => a - b));
}

function drawPanel(
  { layers, blocks }: MetaGraph,
  { scale, width, label }: { scale: number; width: number; label: string },
): { svg: string; height: number } {
  const depths = [...depthsOf(layers).values()];
  const dotsOf = (layer: number) =>
    Math.max(
      1,
      Math.round(Math.min(MOST_DOTS, scale * Math.sqrt(layers[layer]!.channels), layers[layer]!.channels)),
    );
  const gap = 2;
  const tallest = Math.max(
    ...depths.map((own) => own.reduce((sum, layer) => sum + dotsOf(layer) + gap, -gap)),
  );
  const left = label ? 70 : 30;
  const step = (width - left - 30) / Math.max(1, depths.length - 1);
  const rank = new Map(depths.flatMap((own, column) => own.map((layer) => [layer, column] as const)));
  const over = arcsOf(blocks, rank);
  const arc = (span: number) => Math.min(90, 14 + 7 * span);
  const head = Math.max(10, ...over.map(({ from, to }) => arc(rank.get(to)! - rank.get(from)!))) + 8;
  const middle = head + (tallest * STEP) / 2;
  const placed = placedColumns(layers, depths, { dotsOf, middle, x: (column) => left + column * step });
  const lines = blocks.filter(({ from, to }) =>
    from.layers.some((a) => to.layers.some((b) => rank.get(b)! - rank.get(a)! === 1))
  ).map((block) => linesOf(block, layers, placed, rank));
  const arcs = over.map(({ from, to, role }) => {
    const [a, b] = [placed[from]!, placed[to]!];
    const height = arc(rank.get(to)! - rank.get(from)!);
    const [start, end] = [a.dots[0]!.y - 5, b.dots[0]!.y - 5];
    const y = Math.min(start, end) - height;
    return `<path d="M${px(a.x)},${px(start)}C${px(a.x)},${px(y)} ${px(b.x)},${px(y)} ${px(b.x)},${
      px(end)
    }" fill="none" ` +
      `stroke="${colorOf(role)}" stroke-width="1.3" stroke-opacity="0.75"/>`;
  });
  const bottom = middle + (tallest * STEP) / 2 + 6;
  const names = step >= 68;
  const every = Math.ceil(28 / step);
  const text = (column: number, y: number, fill: string, words: string) =>
    `<text x="${px(left + column * step)}" y="${px(y)}" font-size="10" text-anchor="middle" fill="${fill}">${
      escapeXml(words)
    }</text>`;
  const words = depths.flatMap((own, column) => {
    const counts = own.map((layer) => layers[layer]!.channels).join("+");
    const shown = (column % every === 0 || column === depths.length - 1) && counts.length * 6 < step * every;
    return [
      ...shown ? [text(column, bottom + 10, INK, counts)] : [],
      ...names && own.length === 1
        ? [text(column, bottom + 22, QUIET, nameOf(layers[own[0]!]!, column))]
        : [],
    ];
  });
  const dots = placed.map(({ layer, x, dots }) =>
    `<g>${
      dots.map(({ y }) => `<circle cx="${px(x)}" cy="${px(y)}" r="${DOT}" fill="${fillOf(layer)}"/>`).join("")
    }</g>`
  );
  const side = label
    ? `<text x="14" y="${px(middle)}" font-size="12" font-weight="600">${escapeXml(label)}</text>`
    : "";
  return {
    svg: [side, ...lines, ...arcs, ...dots, ...words].join(""),
    height: bottom + (names ? 30 : 20),
  };
}

/** Where the dots of every layer stand: those of one depth above each other, around the middle. */
function placedColumns(
  layers: readonly NodeLayer[],
  depths: readonly (readonly number[])[],
  { dotsOf, middle, x }: { dotsOf: (layer: number) => number; middle: number; x: (column: number) => number },
): Column[] {
  const placed: Column[] = [];
  depths.forEach((own, column) => {
    let y = middle - (heightOf(own, dotsOf) * STEP) / 2;
    for (const layer of own) {
      const [dots, { channels }] = [dotsOf(layer), layers[layer]!];
      placed[layer] = {
        layer: layers[layer]!,
        x: x(column),
        dots: Array.from({ length: dots }, (_, i) => ({
          y: y + i * STEP,
          node: dots === 1 ? 0 : Math.round(i * (channels - 1) / (dots - 1)),
        })),
      };
      y += (dots + GAP) * STEP;
    }
  });
  return placed;
}

/** Steps that layers above each other take. */
function heightOf(own: readonly number[], dotsOf: (layer: number) => number): number {
  return own.reduce((sum, layer) => sum + dotsOf(layer) + GAP, -GAP);
}

/** Blocks that pass over a layer, once per pair of layers. */
function arcsOf(
  blocks: readonly EdgeBlock[],
  rank: ReadonlyMap<number, number>,
): { from: number; to: number; role: EdgeBlock["role"] }[] {
  const found = new Map<string, { from: number; to: number; role: EdgeBlock["role"] }>();
  for (const { from, to, role } of blocks) {
    for (const a of from.layers) {
      for (const b of to.layers) {
        if (rank.get(b)! - rank.get(a)! > 1) found.set(`${a} ${b} ${role}`, { from: a, to: b, role });
      }
    }
  }
  return [...found.values()];
}

/** Lines between the drawn nodes of neighbouring layers: the heaviest of all edges between those. */
function linesOf(
  { kind, role, from, to, features, taps }: EdgeBlock,
  layers: readonly NodeLayer[],
  columns: readonly Column[],
  rank: ReadonlyMap<number, number>,
): string {
  const [sources, targets] = [drawnOf(from, layers, columns), drawnOf(to, layers, columns)];
  const data = floats(features);
  const edges: { a: Drawn; b: Drawn; weight: number }[] = [];
  const add = (a: Drawn, b: Drawn, at: number) => {
    if (rank.get(b.layer)! - rank.get(a.layer)! !== 1) return;
    let sum = 0;
    for (let t = 0; t < taps.length; t++) sum += data[at * taps.length + t]! ** 2;
    if (sum > 0) edges.push({ a, b, weight: Math.sqrt(sum) });
  };
  if (kind === "diagonal") {
    const byPlace = new Map(targets.map((b) => [b.place, b]));
    for (const a of sources) if (byPlace.has(a.place)) add(a, byPlace.get(a.place)!, a.place);
  } else for (const b of targets) for (const a of sources) add(a, b, b.place * from.length + a.place);
  const heaviest = edges.sort((x, y) => y.weight - x.weight).slice(0, MOST_LINES);
  const most = heaviest[0]?.weight ?? 1;
  return heaviest.map(({ a, b, weight }) => {
    const share = weight / most;
    const [x1, x2] = [columns[a.layer]!.x, columns[b.layer]!.x];
    return `<path d="M${px(x1)},${px(a.y)}L${px(x2)},${px(b.y)}" stroke="${
      colorOf(role)
    }" fill="none" stroke-opacity="${(0.06 + 0.6 * share ** 2).toFixed(2)}" stroke-width="${
      (0.4 + 1.1 * share).toFixed(2)
    }"/>`;
  }).join("");
}

/** A drawn node of a view: its place in the view, and where it stands. */
interface Drawn {
  place: number;
  layer: number;
  y: number;
}

function drawnOf(view: LayerView, layers: readonly NodeLayer[], columns: readonly Column[]): Drawn[] {
  const places = new Map<number, number>();
  if (view.indices) view.indices.forEach((index, place) => places.set(index, place));
  let start = 0;
  const drawn: Drawn[] = [];
  for (const layer of view.layers) {
    for (const { node, y } of columns[layer]!.dots) {
      const place = view.indices ? places.get(start + node) : start + node;
      if (place !== undefined) drawn.push({ place, layer, y });
    }
    start += layers[layer]!.channels;
  }
  return drawn;
}

function colorOf(role: EdgeBlock["role"]): string {
  return role === "weight" ? WEIGHT : role === "identity" ? IDENTITY : COUPLING;
}

function fillOf({ kind, output }: NodeLayer): string {
  if (kind === "input" || output) return INK;
  return kind === "weighted" ? WEIGHT : MUTED;
}

/** A layer's name without what all share; one that is a bare number means nothing without its program. */
function nameOf({ name }: NodeLayer, column: number): string {
  const short = name.replace(/[._/]?weight$/i, "").slice(-12);
  return /^\d+$/.test(short) ? `layer ${column}` : short;
}

const number = (value: number) => value.toLocaleString("en");

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
