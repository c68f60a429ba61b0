import { extent } from "../extent.ts";
import { type OptionNames, requireOptions, withDefaults } from "../options.ts";
import { Plot } from "./deps.ts";
import { drawPlot, type Figure, FIGURE_OPTIONS, type FigureOptions } from "./figure.ts";
import { INK, MUTED, PALETTE } from "./palette.ts";

/** One bar: what there was and what is left. */
export interface BeforeAfterRow {
  /** Name of the part. */
  name: string;
  /** Size before. */
  before: number;
  /** Size after. */
  after: number;
}

/** Settings of {@linkcode beforeAfterBars}. */
export interface BeforeAfterOptions extends FigureOptions {
  /** Label of the axis of counts, with its unit. */
  xLabel: string;
}

/** Names of {@linkcode BeforeAfterOptions}. */
const BEFORE_AFTER_OPTIONS: OptionNames<BeforeAfterOptions> = { ...FIGURE_OPTIONS, xLabel: true };

/** Bars of each part as it was (grey) and of what is left of it (colour), one row per part. */
export function beforeAfterBars(rows: readonly BeforeAfterRow[], options: BeforeAfterOptions): Figure {
  requireOptions("beforeAfterBars", options, BEFORE_AFTER_OPTIONS);
  const { xLabel, ...words } = options;
  const [, widest] = extent(rows.map((row) => row.name.length));
  return drawPlot({
    ...withDefaults({
      legend: [{ label: "stays", color: PALETTE[0]!, mark: "box" as const }, {
        label: "goes",
        color: MUTED,
        mark: "box" as const,
      }],
    }, words),
    height: 60 + rows.length * 16,
    marginLeft: 24 + widest * 6.2,
    x: { label: xLabel, grid: true },
    y: { type: "band", label: null, domain: rows.map((row) => row.name), tickSize: 0 },
    marks: [
      Plot.barX(rows, { y: "name", x: "before", fill: MUTED, insetTop: 1, insetBottom: 1 }),
      Plot.barX(rows, { y: "name", x: "after", fill: PALETTE[0]!, insetTop: 1, insetBottom: 1 }),
      Plot.text(rows, {
        y: "name",
        x: "before",
        text: (row: BeforeAfterRow) => `${row.after} of ${row.before}`,
        dx: 4,
        textAnchor: "start",
        fontSize: 11,
        fill: INK,
      }),
    ],
    marginRight: 64,
  });
}
