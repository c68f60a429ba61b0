import { Plot } from "./deps.ts";
import { drawPlot, type Figure, type FigureOptions } from "./figure.ts";
import { INK, MUTED, PALETTE } from "./palette.ts";

/** Settings of {@linkcode histogram}. */
export interface HistogramOptions extends FigureOptions {
  xLabel: string;
  yLabel?: string;
  /** Where the cut falls: what lies left of it goes. */
  cut?: number;
  bins?: number;
}

/** How values are distributed, with the line below which they are cut away. */
export function histogram(values: ArrayLike<number>, options: HistogramOptions): Figure {
  const { xLabel, yLabel = "channels", cut, bins = 50, ...words } = options;
  const counts = countIn(values, bins, cut);
  return drawPlot({
    ...(cut !== undefined && {
      legend: [
        { label: "goes", color: MUTED, mark: "box" as const },
        { label: "stays", color: PALETTE[0]!, mark: "box" as const },
      ],
    }),
    ...words,
    height: 260,
    x: { label: xLabel },
    y: { label: yLabel, grid: true },
    marks: [
      Plot.rectY(counts, { x1: "from", x2: "to", y: "count", fill: "fill", inset: 0.5 }),
      Plot.ruleY([0], { stroke: INK }),
      ...(cut === undefined
        ? []
        : [Plot.ruleX([cut], { stroke: INK, strokeWidth: 1.5, strokeDasharray: "4 3" })]),
    ],
  });
}

/** Bins of equal width over the finite values, one edge on the cut where it falls inside. */
function countIn(
  values: ArrayLike<number>,
  bins: number,
  cut = NaN,
): { from: number; to: number; count: number; fill: string }[] {
  const finite = Array.from(values).filter(Number.isFinite);
  if (finite.length === 0) return [];
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  const width = (high - low) / bins || 1;
  const start = cut > low && cut < high ? cut - Math.ceil((cut - low) / width) * width : low;
  const rows = Array.from({ length: Math.floor((high - start) / width) + 1 }, (_, i) => ({
    from: start + i * width,
    to: start + (i + 1) * width,
    count: 0,
    fill: start + (i + 0.5) * width < cut ? MUTED : PALETTE[0]!,
  }));
  for (const value of finite) rows[Math.min(rows.length - 1, Math.floor((value - start) / width))]!.count++;
  return rows;
}
