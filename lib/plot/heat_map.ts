import { extent } from "../extent.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { Plot } from "./deps.ts";
import { drawPlot, type Figure, FIGURE_OPTIONS, type FigureOptions } from "./figure.ts";

/** One cell of a heat map. */
export interface HeatRow {
  /** Column of the cell. */
  x: string | number;
  /** Row of the cell. */
  y: string | number;
  /** Number that the cell's colour stands for. */
  value: number;
}

/** Settings of {@linkcode heatMap}. */
export interface HeatOptions extends FigureOptions {
  /** Label of the columns. */
  xLabel: string;
  /** Label of the rows. */
  yLabel: string;
  /** How a value is written in its cell. */
  format: (value: number) => string;
  /** Values at the two ends of the colour scale. Default: the extremes. */
  domain?: readonly [number, number] | undefined;
}

/** Names of {@linkcode HeatOptions}. */
const HEAT_OPTIONS: OptionNames<HeatOptions> = {
  ...FIGURE_OPTIONS,
  xLabel: true,
  yLabel: true,
  format: true,
  domain: true,
};

/** A table as colours, rows and columns in the order of first appearance; dark is high. */
export function heatMap(rows: readonly HeatRow[], options: HeatOptions): Figure {
  requireOptions("heatMap", options, HEAT_OPTIONS);
  const { xLabel, yLabel, format, domain, ...words } = options;
  const ys = [...new Set(rows.map((row) => row.y))];
  const [low, high] = domain ?? extent(rows.map((row) => row.value));
  const [, widest] = extent(ys.map((y) => String(y).length));
  return drawPlot({
    ...words,
    height: 64 + ys.length * 17,
    marginLeft: 40 + widest * 6.2,
    x: { type: "band", label: xLabel, domain: [...new Set(rows.map((row) => row.x))], tickSize: 0 },
    // Above the names, where few rows leave no height for it.
    y: { type: "band", label: yLabel, labelAnchor: "top", labelArrow: "none", domain: ys, tickSize: 0 },
    color: { scheme: "YlGnBu", domain: [low, high], clamp: true },
    marks: [
      Plot.cell(rows, { x: "x", y: "y", fill: "value", inset: 0.5 }),
      Plot.text(rows, {
        x: "x",
        y: "y",
        text: (row: HeatRow) => format(row.value),
        fontSize: 11,
        fill: (row: HeatRow) => row.value - low > 0.6 * (high - low) ? "white" : "black",
      }),
    ],
  });
}
