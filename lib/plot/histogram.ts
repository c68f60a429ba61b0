import { type OptionNames, requireOptions, withDefaults, withoutUndefined } from "../options.ts";
import { Plot } from "./deps.ts";
import { drawPlot, type Figure, FIGURE_OPTIONS, type FigureOptions } from "./figure.ts";
import { INK, MUTED, PALETTE } from "./palette.ts";

/** Settings of {@linkcode histogram}. */
export interface HistogramOptions extends FigureOptions {
  /** Label of the axis of values, with their unit. */
  xLabel: string;
  /** Label of the counts. Default `"channels"`. */
  yLabel?: string | undefined;
  /** Where the cut falls: a line. */
  cut?: number | undefined;
  /** Whether the i-th value goes. Default: those left of the cut. */
  goes?: ((index: number) => boolean) | undefined;
  /** About how many bars. Default 50. */
  bins?: number | undefined;
  /** From where to where, so that several figures can be held beside each other; default: the extremes. */
  domain?: readonly [low: number, high: number] | undefined;
}

/** Names of {@linkcode HistogramOptions}. */
const HISTOGRAM_OPTIONS: OptionNames<HistogramOptions> = {
  ...FIGURE_OPTIONS,
  xLabel: true,
  yLabel: true,
  cut: true,
  goes: true,
  bins: true,
  domain: true,
};

/**
 * How values are distributed, which of them go (grey, at the bottom) and which stay, and the line of the cut.
 */
export function histogram(values: ArrayLike<number>, options: HistogramOptions): Figure {
  requireOptions("histogram", options, HISTOGRAM_OPTIONS);
  const { xLabel, yLabel = "channels", cut, bins = 50, domain, ...rest } = options;
  const { goes = (i: number) => cut !== undefined && values[i]! < cut, ...words } = rest;
  const counts = countIn(values, { bins, goes, cut: cut ?? NaN, domain });
  const legend = [
    { label: "goes", color: MUTED, mark: "box" as const },
    { label: "stays", color: PALETTE[0]!, mark: "box" as const },
    ...cut === undefined ? [] : [{ label: "the cut", color: INK, dashes: "4 3" }],
  ];
  return drawPlot({
    ...withDefaults({ legend: counts.some(({ fill }) => fill === MUTED) ? legend : undefined }, words),
    height: 260,
    x: withoutUndefined({ label: xLabel, domain }),
    y: { label: yLabel, grid: true, nice: true },
    marks: [
      Plot.rect(counts, {
        x1: "from",
        x2: "to",
        y1: "low",
        y2: "high",
        fill: "fill",
        insetLeft: 0.5,
        insetRight: 0.5,
      }),
      Plot.ruleY([0], { stroke: INK }),
      ...(cut === undefined
        ? []
        : [Plot.ruleX([cut], { stroke: INK, strokeWidth: 1.5, strokeDasharray: "4 3" })]),
    ],
  });
}

interface Bar {
  from: number;
  to: number;
  low: number;
  high: number;
  fill: string;
}

/**
 * Two bars, one on the other, per bin; bins are of equal width, with an edge on the cut where it falls
 * inside.
 */
function countIn(
  values: ArrayLike<number>,
  { bins, goes, cut, domain }: {
    bins: number;
    goes: (index: number) => boolean;
    cut: number;
    domain: HistogramOptions["domain"];
  },
): Bar[] {
  const finite = Array.from(values, (value, index) => ({ value, index })).filter(({ value }) =>
    Number.isFinite(value)
  );
  if (finite.length === 0) return [];
  const low = domain?.[0] ?? finite.reduce((least, { value }) => Math.min(least, value), Infinity);
  const high = domain?.[1] ?? finite.reduce((largest, { value }) => Math.max(largest, value), -Infinity);
  const width = (high - low) / bins || 1;
  const start = cut > low && cut < high ? cut - Math.ceil((cut - low) / width) * width : low;
  // In a given domain the largest value belongs to the last bar instead of to one behind it.
  const places = (high - start) / width;
  const length = domain ? Math.ceil(places - 1e-9) : Math.floor(places) + 1;
  const rows = Array.from({ length }, () => ({ goes: 0, stays: 0 }));
  for (const { value, index } of finite) {
    const row = rows[Math.max(0, Math.min(rows.length - 1, Math.floor((value - start) / width)))]!;
    if (goes(index)) row.goes++;
    else row.stays++;
  }
  return rows.flatMap(({ goes, stays }, i) => {
    const [from, to] = [start + i * width, start + (i + 1) * width];
    return [
      { from, to, low: 0, high: goes, fill: MUTED },
      { from, to, low: goes, high: goes + stays, fill: PALETTE[0]! },
    ].filter((bar) => bar.high > bar.low);
  });
}
