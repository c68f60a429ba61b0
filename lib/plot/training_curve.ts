import { extent } from "../extent.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { Plot } from "./deps.ts";
import { drawPlot, type Figure, FIGURE_OPTIONS, type FigureOptions } from "./figure.ts";
import { plotSymbol, seriesStyle } from "./markers.ts";

/** One value of one quantity during training. */
export interface CurveRow {
  /** Name of the line that the point is on. */
  series: string;
  /** Epoch or step. */
  x: number;
  /** The quantity. */
  y: number;
}

/** Settings of {@linkcode trainingCurve}. */
export interface CurveOptions extends FigureOptions {
  /** Label of the horizontal axis. Default `"epoch"`. */
  xLabel?: string | undefined;
  /** The quantity, with its unit. */
  yLabel: string;
}

/** Names of {@linkcode CurveOptions}. */
const CURVE_OPTIONS: OptionNames<CurveOptions> = { ...FIGURE_OPTIONS, xLabel: true, yLabel: true };

/** Points that are drawn on a line at most: enough to tell lines apart. */
const MARKED = 12;

/**
 * A quantity over epochs (or steps), one line per series, labelled at its end. Series differ by colour and by
 * the shape of their points, which long lines have only some of.
 */
export function trainingCurve(rows: readonly CurveRow[], options: CurveOptions): Figure {
  requireOptions("trainingCurve", options, CURVE_OPTIONS);
  const { xLabel = "epoch", yLabel, ...words } = options;
  const series = [...Map.groupBy(rows, (row) => row.series)].map(([label, points], i) => ({
    label,
    points,
    ...seriesStyle(i),
  }));
  // A few epochs or layers side by side are counted; ticks between them would be none.
  const places = [...new Set(rows.map(({ x }) => x))];
  const [first, last] = extent(places);
  const few = places.every(Number.isInteger) && last - first < 16 ? places : undefined;
  return drawPlot({
    ends: series.map(({ label, points, ...style }) => ({ label, ...style, ...place(points.at(-1)!) })),
    ...words,
    height: 280,
    grid: true,
    x: few ? { label: xLabel, ticks: few, tickFormat: String } : { label: xLabel },
    y: { label: yLabel, nice: true },
    marks: series.flatMap(({ points, color, marker }, i) => {
      const every = Math.ceil(points.length / MARKED);
      // Lines that lie on each other have their points in turns.
      const marked = points.filter((_, k) => k % every === Math.floor(i * every / series.length));
      return [
        Plot.line(points, { x: "x", y: "y", stroke: color, strokeWidth: 2 }),
        Plot.dot(marked, { x: "x", y: "y", r: 3.2, symbol: plotSymbol(marker), fill: color }),
      ];
    }),
  });
}

const place = ({ x, y }: CurveRow) => ({ x, y });
