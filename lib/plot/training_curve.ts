import { Plot } from "./deps.ts";
import { drawPlot, type Figure, type FigureOptions } from "./figure.ts";
import { colorOf } from "./palette.ts";

/** One value of one quantity during training. */
export interface CurveRow {
  series: string;
  /** Epoch or step. */
  x: number;
  y: number;
}

/** Settings of {@linkcode trainingCurve}. */
export interface CurveOptions extends FigureOptions {
  xLabel?: string;
  yLabel: string;
}

/** A quantity over epochs (or steps), one line per series. */
export function trainingCurve(rows: readonly CurveRow[], options: CurveOptions): Figure {
  const { xLabel = "epoch", yLabel, ...words } = options;
  const series = [...new Set(rows.map((row) => row.series))];
  // A few epochs or layers side by side are counted; ticks between them would be none.
  const places = [...new Set(rows.map(({ x }) => x))];
  const span = Math.max(...places) - Math.min(...places);
  const few = places.every(Number.isInteger) && span < 16 ? places : undefined;
  return drawPlot({
    legend: series.map((label, i) => ({ label, color: colorOf(i) })),
    ...words,
    height: 280,
    grid: true,
    x: { label: xLabel, ...few && { ticks: few, tickFormat: String } },
    y: { label: yLabel, nice: true },
    marks: series.flatMap((name, i) => {
      const points = rows.filter((row) => row.series === name);
      return [
        Plot.line(points, { x: "x", y: "y", stroke: colorOf(i), strokeWidth: 2 }),
        ...(points.length <= 40 ? [Plot.dot(points, { x: "x", y: "y", r: 2.5, fill: colorOf(i) })] : []),
      ];
    }),
  });
}
