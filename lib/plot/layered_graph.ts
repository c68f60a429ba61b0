import { type OptionNames, requireOptions } from "../options.ts";
import { escapeXml } from "./escape_xml.ts";
import { dagre } from "./deps.ts";
import { type Figure, FIGURE_OPTIONS, type FigureOptions, frame, LAPTOP } from "./figure.ts";
import { INK, MUTED } from "./palette.ts";

/** A box of a layered drawing. */
export interface Box {
  /** Name by which arrows refer to the box. */
  id: string;
  /** Text in the box. */
  label: string;
  /** Fill; white where absent. */
  color?: string | undefined;
}

/** An arrow of a layered drawing. */
export interface Arrow {
  /** Box where it begins. */
  from: string;
  /** Box where it ends. */
  to: string;
  /** `#rrggbb`. Default grey. */
  color?: string;
  /** Width of the line, in px. Default 1.4. */
  width?: number;
}

/** Settings of {@linkcode layeredGraph}. */
export interface LayeredGraphOptions extends FigureOptions {
  /** Height in px from which on the drawing goes on in another column, where there is room. Default 760. */
  columnHeight?: number | undefined;
}

/** As dagre has it, which keeps boxes in objects: no name that those inherit. */
const key = (id: string) => `box ${id}`;

/** Names of {@linkcode LayeredGraphOptions}. */
const LAYERED_GRAPH_OPTIONS: OptionNames<LayeredGraphOptions> = { ...FIGURE_OPTIONS, columnHeight: true };

interface Point {
  x: number;
  y: number;
}

const BOX_HEIGHT = 22;
const CHARACTER = 6.3;
/** Between columns, in px. */
const GAP = 14;

/**
 * Boxes in layers from top to bottom, arrows between them. A drawing taller than `columnHeight` goes on in
 * further columns, as many as a laptop shows side by side, cut where the fewest arrows cross.
 */
export function layeredGraph(
  boxes: readonly Box[],
  arrows: readonly Arrow[],
  options: LayeredGraphOptions,
): Figure {
  requireOptions("layeredGraph", options, LAYERED_GRAPH_OPTIONS);
  const { columnHeight = 760, ...words } = options;
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 14, ranksep: 14, edgesep: 8, marginx: 8, marginy: 8 });
  for (const { id, label } of boxes) {
    graph.setNode(key(id), { width: Math.max(40, label.length * CHARACTER + 16), height: BOX_HEIGHT });
  }
  arrows.forEach(({ from, to }, i) => graph.setEdge(key(from), key(to), {}, String(i)));
  dagre.layout(graph);
  const size = graph.graph() as { width: number; height: number };
  const at = (id: string) => graph.node(key(id)) as Point & { width: number };
  const cuts = columnCuts(boxes.map(({ id }) => at(id).y), arrows.map((a) => [at(a.from).y, at(a.to).y]), {
    total: size.height,
    columns: Math.min(
      Math.ceil(size.height / columnHeight),
      Math.max(1, Math.floor((LAPTOP + GAP) / (size.width + GAP))),
    ),
  });
  const column = (y: number) => cuts.filter((cut) => y > cut).length;
  const place = ({ x, y }: Point): Point => {
    const k = column(y);
    return { x: x + k * (size.width + GAP), y: y - (cuts[k - 1] ?? 0) };
  };

  const parts: string[] = [];
  arrows.forEach(({ from, to, color = MUTED, width = 1.4 }, i) => {
    const route = (graph.edge(key(from), key(to), String(i)) as { points: Point[] }).points;
    const [a, b] = [at(from), at(to)];
    const points = [{ x: a.x, y: a.y + BOX_HEIGHT / 2 }, ...route.slice(1, -1), {
      x: b.x,
      y: b.y - BOX_HEIGHT / 2 - 4,
    }];
    const path = runs(points, (p) => column(p.y)).map((run) => smooth(run.map(place))).join("");
    parts.push(
      `<path d="${path}" fill="none" stroke="${
        escapeXml(color)
      }" stroke-width="${width}" marker-end="url(#arrow)"/>`,
    );
  });
  for (const { id, label, color = "#ffffff" } of boxes) {
    const { x, y } = place(at(id));
    const { width } = at(id);
    parts.push(
      `<g><rect x="${px(x - width / 2)}" y="${px(y - BOX_HEIGHT / 2)}" width="${
        px(width)
      }" height="${BOX_HEIGHT}" rx="5" fill="${escapeXml(color)}" stroke="${INK}" stroke-opacity="0.35"/>` +
        `<text x="${px(x)}" y="${px(y + 4)}" text-anchor="middle" font-size="11" fill="${inkOn(color)}">${
          escapeXml(label)
        }</text></g>`,
    );
  }
  const arrow =
    `<defs><marker id="arrow" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="5" markerHeight="5" ` +
    `orient="auto"><path d="M0,0L6,3L0,6z" fill="${MUTED}"/></marker></defs>`;
  const width = Math.max(480, (cuts.length + 1) * (size.width + GAP) - GAP);
  const edges = [0, ...cuts, size.height];
  const height = Math.max(...edges.slice(1).map((end, i) => end - edges[i]!)) + 12;
  return frame(words, arrow + parts.join(""), Math.ceil(width), Math.ceil(height));
}

/** Heights at which to break a tall drawing: between layers, where the fewest arrows cross. */
function columnCuts(
  centers: readonly number[],
  spans: readonly (readonly [number, number])[],
  { total, columns }: { total: number; columns: number },
): number[] {
  const columnHeight = total / columns;
  const layers = [...new Set(centers)].sort((a, b) => a - b);
  const gaps = layers.slice(1).map((y, i) => (y + layers[i]!) / 2);
  const crossing = (y: number) => spans.filter(([from, to]) => from < y && y < to).length;
  const cuts: number[] = [];
  for (let k = 1; k < columns; k++) {
    const ideal = (k * total) / columns;
    const near = gaps.filter((y) => Math.abs(y - ideal) < columnHeight / 5 && y > (cuts.at(-1) ?? 0));
    const score = (y: number) => crossing(y) * columnHeight + Math.abs(y - ideal);
    if (near.length) cuts.push(near.reduce((best, y) => score(y) < score(best) ? y : best));
  }
  return cuts;
}

/** Splits a list where the key changes, so that no line is drawn across columns. */
function runs<T>(items: readonly T[], key: (item: T) => number): T[][] {
  const result: T[][] = [];
  items.forEach((item, i) => {
    if (i > 0 && key(item) === key(items[i - 1]!)) result.at(-1)!.push(item);
    else result.push([item]);
  });
  return result;
}

/** A path through the points with rounded corners; a lone point becomes a short stub. */
function smooth(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  if (rest.length === 0) return `M${px(first.x)},${px(first.y - 6)}v6`;
  let path = `M${px(first.x)},${px(first.y)}`;
  rest.forEach((p, i) => {
    const next = rest[i + 1];
    path += next
      ? `Q${px(p.x)},${px(p.y)} ${px((p.x + next.x) / 2)},${px((p.y + next.y) / 2)}`
      : `L${px(p.x)},${px(p.y)}`;
  });
  return path;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Ink or white, whichever has the higher contrast, as WCAG 2 defines it, on the colour (`#rrggbb`). */
function inkOn(color: string): string {
  const ground = luminance(color) + 0.05;
  return ground / (luminance(INK) + 0.05) > 1.05 / ground ? INK : "#ffffff";
}

/** Relative luminance, 0 to 1. */
function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const value = parseInt(color.slice(i, i + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
