import { type OptionNames, requireOptions, withoutUndefined } from "../options.ts";
import { Plot, type ScaleOptions } from "./deps.ts";
import type { LineEnd } from "./direct_labels.ts";
import { drawPlot, type Figure, FIGURE_OPTIONS, type FigureOptions } from "./figure.ts";
import type { LegendEntry } from "./legend.ts";
import { plotSymbol, seriesStyle } from "./markers.ts";
import { INK, MUTED } from "./palette.ts";
import { panelPlace } from "./panels.ts";

/** One measured point: what was paid and what was kept. */
export interface TradeOffRow {
  /** Which method or setting the point belongs to. */
  series: string;
  /** Cost of the model: MACs, parameters, bytes or latency. */
  x: number;
  /** Quality of the model: accuracy, or loss. */
  y: number;
  /** Lower end of the spread of `y`, where several seeds or runs were measured. */
  yLow?: number | undefined;
  /** Upper end of the spread of `y`. */
  yHigh?: number | undefined;
  /** Lower end of the spread of `x`. */
  xLow?: number;
  /** Upper end of the spread of `x`. */
  xHigh?: number;
  /**
   * Panel that the point is drawn in: small multiples with shared axes, where lines with their spreads would
   * hide each other. Where some points have one, those without are drawn in every panel. Default: one
   * drawing.
   */
  panel?: string | undefined;
}

/** Settings of {@linkcode tradeOff}. */
export interface TradeOffOptions extends FigureOptions {
  /** Label of the axis of costs, with its unit. */
  xLabel: string;
  /** Label of the axis of quality, with its unit. */
  yLabel: string;
  /** The unpruned model, drawn as a cross-hair. */
  baseline?: { x: number; y: number; label: string } | undefined;
  /** Series drawn hollow and dashed: a variant to compare with (before fine-tuning, say). */
  faint?: ((series: string) => boolean) | undefined;
  /** Colour key of a series, so that a series and its faint variant share one. Default: the series itself. */
  hue?: ((series: string) => string) | undefined;
  /** More of the axis of costs, as Observable Plot has it: `{ type: "log" }`. */
  xScale?: ScaleOptions | undefined;
  /** More of the axis of quality, as Observable Plot has it. */
  yScale?: ScaleOptions | undefined;
}

/** Names of {@linkcode TradeOffOptions}. */
const TRADE_OFF_OPTIONS: OptionNames<TradeOffOptions> = {
  ...FIGURE_OPTIONS,
  xLabel: true,
  yLabel: true,
  baseline: true,
  faint: true,
  hue: true,
  xScale: true,
  yScale: true,
};

/**
 * Accuracy (or loss) against cost (MACs, parameters, bytes, latency), one line per series, labelled at its
 * end, or over its panel. Series differ by colour and by the shape of their points; spreads of several series
 * at one place stand side by side.
 */
export function tradeOff(rows: readonly TradeOffRow[], options: TradeOffOptions): Figure {
  requireOptions("tradeOff", options, TRADE_OFF_OPTIONS);
  const { xLabel, yLabel, baseline, faint = () => false, hue = (s) => s, xScale, yScale, ...words } = options;
  const names = [...new Set(rows.map(({ series }) => series))];
  const hues = [...new Set(names.map(hue))];
  const entry = (label: string): LegendEntry => ({
    label,
    ...seriesStyle(hues.indexOf(hue(label))),
    hollow: faint(label),
    mark: faint(label) ? "dashed" : "line",
  });
  const panels = [...new Set(rows.flatMap(({ panel }) => panel ?? []))];
  const lines = linesOf(rows, panels).map((line) => ({ ...line, ...entry(line.name) }));
  const headed = new Set(panels.filter((panel) => names.includes(panel)));
  const labels = panels.length === 0
    ? { ends: lines.flatMap(({ points, ...line }) => lineEnd(line, points)) }
    : {
      panels: panels.map((label) => headed.has(label) ? entry(label) : { label }),
      legend: names.filter((name) => !headed.has(name)).map(entry),
    };
  return drawPlot({
    ...labels,
    ...words,
    grid: true,
    x: { label: xLabel, nice: true, ...xScale },
    y: { label: yLabel, nice: true, ...yScale },
    marks: [...baseline ? crossHair(baseline) : [], ...lines.flatMap(drawLine)],
  });
}

/** A row, and where its panel is, if it has one. */
type PlacedRow = TradeOffRow & { fx?: number; fy?: number };

/** A series, as it is drawn in one panel. */
interface Line {
  name: string;
  points: PlacedRow[];
  /** Px to the right, by which it stands beside those whose spreads are at the same places. */
  aside: number;
}

/** The lines of all panels: a series without a panel has one in each. */
function linesOf(rows: readonly TradeOffRow[], panels: readonly string[]): Line[] {
  const placed: PlacedRow[][] = panels.length === 0
    ? [[...rows]]
    : panels.map((name, i) =>
      rows.filter(({ panel = name }) => panel === name)
        .map((row) => ({ ...row, ...panelPlace(i, panels.length) }))
    );
  return placed.flatMap((own) => {
    const lines = [...Map.groupBy(own, ({ series }) => series)].map(([name, points]) => ({
      name,
      points: points.toSorted((a, b) => a.x - b.x),
    }));
    const beside = lines.filter(({ name, points }) =>
      points.some(({ x, yLow }) =>
        yLow !== undefined &&
        own.some((other) => other.series !== name && other.x === x && other.yLow !== undefined)
      )
    );
    return lines.map((line) => {
      const place = beside.indexOf(line);
      return { ...line, aside: place < 0 ? 0 : ASIDE * (place - (beside.length - 1) / 2) };
    });
  });
}

/** Px between spreads that would lie on each other. */
const ASIDE = 4;

/** The end of a line, unless it has no point. */
function lineEnd(
  { name: _, aside: __, ...entry }: Omit<Line, "points"> & LegendEntry,
  points: PlacedRow[],
): LineEnd[] {
  const end = points.findLast(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  return end ? [{ ...entry, x: end.x, y: end.y }] : [];
}

function drawLine({ points, aside: dx, hollow, color: stroke, marker }: Line & LegendEntry): Plot.Markish[] {
  const facets = points.some(({ fx }) => fx !== undefined) ? { fx: "fx", fy: "fy" } : {};
  return [
    Plot.ruleX(points.filter((p) => p.yLow !== undefined), {
      ...facets,
      x: "x",
      y1: "yLow",
      y2: "yHigh",
      stroke,
      dx,
    }),
    Plot.ruleY(points.filter((p) => p.xLow !== undefined), {
      ...facets,
      y: "y",
      x1: "xLow",
      x2: "xHigh",
      stroke,
    }),
    Plot.line(
      points,
      withoutUndefined({
        ...facets,
        x: "x",
        y: "y",
        stroke,
        strokeWidth: 2,
        strokeDasharray: hollow ? "5 3" : undefined,
        strokeOpacity: hollow ? 0.8 : undefined,
        dx,
      }),
    ),
    Plot.dot(points, {
      ...facets,
      x: "x",
      y: "y",
      r: 3.8,
      symbol: plotSymbol(marker!),
      stroke,
      fill: hollow ? "white" : stroke,
      dx,
    }),
  ];
}

/** The unpruned model: two lines that meet in it. */
function crossHair(baseline: NonNullable<TradeOffOptions["baseline"]>): Plot.Markish[] {
  return [
    Plot.ruleX([baseline.x], { stroke: MUTED, strokeDasharray: "2 3" }),
    Plot.ruleY([baseline.y], { stroke: MUTED, strokeDasharray: "2 3" }),
    Plot.dot([baseline], { x: "x", y: "y", symbol: "asterisk", r: 6, stroke: INK }),
    Plot.text([baseline], { x: "x", y: "y", text: "label", dy: -11, textAnchor: "end", fill: INK }),
  ];
}
