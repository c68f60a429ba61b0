import { Plot } from "./deps.ts";
import { drawPlot, type Figure, type FigureOptions, type LegendEntry } from "./figure.ts";
import { colorOf, INK, MUTED } from "./palette.ts";

/** One measured point: what was paid and what was kept. */
export interface TradeOffRow {
  /** Which method or setting the point belongs to. */
  series: string;
  x: number;
  y: number;
  /** Spread of `y`, where several seeds or runs were measured. */
  yLow?: number;
  yHigh?: number;
  /** Spread of `x`. */
  xLow?: number;
  xHigh?: number;
}

/** Settings of {@linkcode tradeOff}. */
export interface TradeOffOptions extends FigureOptions {
  xLabel: string;
  yLabel: string;
  /** The unpruned model, drawn as a cross-hair. */
  baseline?: { x: number; y: number; label: string };
  /** Series drawn hollow and dashed: a variant to compare with (before fine-tuning, say). */
  faint?: (series: string) => boolean;
  /** Colour key of a series, so that a series and its faint variant share one. Default: the series itself. */
  hue?: (series: string) => string;
  xScale?: Plot.ScaleOptions;
  yScale?: Plot.ScaleOptions;
}

/** Accuracy (or loss) against cost (MACs, parameters, bytes, latency), one line per series. */
export function tradeOff(rows: readonly TradeOffRow[], options: TradeOffOptions): Figure {
  const { xLabel, yLabel, baseline, faint = () => false, hue = (s) => s, xScale, yScale, ...words } = options;
  const series = [...new Set(rows.map((row) => row.series))];
  const hues = [...new Set(series.map(hue))];
  const color = (name: string) => colorOf(hues.indexOf(hue(name)));
  const legend: LegendEntry[] = series.map((label) => ({
    label,
    color: color(label),
    mark: faint(label) ? "dashed" : "line",
  }));
  const lines = series.flatMap((name) => {
    const points = rows.filter((row) => row.series === name).sort((a, b) => a.x - b.x);
    const stroke = color(name);
    return [
      Plot.ruleX(points.filter((p) => p.yLow !== undefined), { x: "x", y1: "yLow", y2: "yHigh", stroke }),
      Plot.ruleY(points.filter((p) => p.xLow !== undefined), { y: "y", x1: "xLow", x2: "xHigh", stroke }),
      Plot.line(points, {
        x: "x",
        y: "y",
        stroke,
        strokeWidth: 2,
        ...(faint(name) && { strokeDasharray: "5 3", strokeOpacity: 0.8 }),
      }),
      Plot.dot(points, { x: "x", y: "y", r: 3.5, stroke, fill: faint(name) ? "white" : stroke }),
    ];
  });
  const origin = baseline
    ? [
      Plot.ruleX([baseline.x], { stroke: MUTED, strokeDasharray: "2 3" }),
      Plot.ruleY([baseline.y], { stroke: MUTED, strokeDasharray: "2 3" }),
      Plot.dot([baseline], { x: "x", y: "y", symbol: "diamond", r: 5, fill: INK }),
      Plot.text([baseline], { x: "x", y: "y", text: "label", dy: -11, textAnchor: "end", fill: INK }),
    ]
    : [];
  return drawPlot({
    legend,
    ...words,
    grid: true,
    x: { label: xLabel, nice: true, ...xScale },
    y: { label: yLabel, nice: true, ...yScale },
    marks: [...origin, ...lines],
  });
}
