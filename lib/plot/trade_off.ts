import { type OptionNames, requireOptions, withoutUndefined } from "../options.ts";
import { Plot, type ScaleOptions } from "./deps.ts";
import type { LineEnd } from "./direct_labels.ts";
import { drawPlot, type Figure, FIGURE_OPTIONS, type FigureOptions } from "./figure.ts";
import { plotSymbol, seriesStyle } from "./markers.ts";
import { INK, MUTED } from "./palette.ts";

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
 * end. Series differ by colour and by the shape of their points.
 */
export function tradeOff(rows: readonly TradeOffRow[], options: TradeOffOptions): Figure {
  requireOptions("tradeOff", options, TRADE_OFF_OPTIONS);
  const { xLabel, yLabel, baseline, faint = () => false, hue = (s) => s, xScale, yScale, ...words } = options;
  const series = [...Map.groupBy(rows, (row) => row.series)];
  const hues = [...new Set(series.map(([name]) => hue(name)))];
  const drawn = series.map(([name, own]) => ({
    name,
    points: own.toSorted((a, b) => a.x - b.x),
    hollow: faint(name),
    ...seriesStyle(hues.indexOf(hue(name))),
  }));
  const ends = drawn.flatMap(({ name: label, points, hollow, color, marker }): LineEnd[] => {
    const end = points.findLast(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
    return end
      ? [{ label, color, marker, hollow, mark: hollow ? "dashed" : "line", x: end.x, y: end.y }]
      : [];
  });
  const lines = drawn.flatMap(({ points, hollow, color: stroke, marker }) => [
    Plot.ruleX(points.filter((p) => p.yLow !== undefined), { x: "x", y1: "yLow", y2: "yHigh", stroke }),
    Plot.ruleY(points.filter((p) => p.xLow !== undefined), { y: "y", x1: "xLow", x2: "xHigh", stroke }),
    Plot.line(
      points,
      withoutUndefined({
        x: "x",
        y: "y",
        stroke,
        strokeWidth: 2,
        strokeDasharray: hollow ? "5 3" : undefined,
        strokeOpacity: hollow ? 0.8 : undefined,
      }),
    ),
    Plot.dot(points, {
      x: "x",
      y: "y",
      r: 3.8,
      symbol: plotSymbol(marker),
      stroke,
      fill: hollow ? "white" : stroke,
    }),
  ]);
  const origin = baseline
    ? [
      Plot.ruleX([baseline.x], { stroke: MUTED, strokeDasharray: "2 3" }),
      Plot.ruleY([baseline.y], { stroke: MUTED, strokeDasharray: "2 3" }),
      Plot.dot([baseline], { x: "x", y: "y", symbol: "asterisk", r: 6, stroke: INK }),
      Plot.text([baseline], { x: "x", y: "y", text: "label", dy: -11, textAnchor: "end", fill: INK }),
    ]
    : [];
  return drawPlot({
    ends,
    ...words,
    grid: true,
    x: { label: xLabel, nice: true, ...xScale },
    y: { label: yLabel, nice: true, ...yScale },
    marks: [...origin, ...lines],
  });
}
