import { type OptionNames, requireOptions, withDefaults } from "../options.ts";
import { Plot } from "./deps.ts";
import { drawPlot, type Figure, FIGURE_OPTIONS, type FigureOptions } from "./figure.ts";
import { dashesOf } from "./markers.ts";
import { colorOf, INK } from "./palette.ts";

/** Settings of {@linkcode distributions}. */
export interface DistributionsOptions extends FigureOptions {
  /** Label of the axis of values, with their unit. */
  xLabel: string;
  /** Things that are counted, in the plural. Default `"channels"`. */
  of?: string | undefined;
  /**
   * Range of values that the bars cover; values beyond count in the last bar on their side. Default: the
   * extremes.
   */
  domain?: readonly [low: number, high: number] | undefined;
  /** Bars that are equally wide on a logarithmic axis; all of the domain is above 0. Default false. */
  log?: boolean | undefined;
  /** How many bars. Default 25. */
  bins?: number | undefined;
}

/** Names of {@linkcode DistributionsOptions}. */
const DISTRIBUTIONS_OPTIONS: OptionNames<DistributionsOptions> = {
  ...FIGURE_OPTIONS,
  xLabel: true,
  of: true,
  domain: true,
  log: true,
  bins: true,
};

/**
 * How the values of several series are distributed, one outline each over the same bars, as shares of each
 * series. Outlines differ by colour and by their dashes.
 */
export function distributions(
  series: Readonly<Record<string, ArrayLike<number>>>,
  options: DistributionsOptions,
): Figure {
  requireOptions("distributions", options, DISTRIBUTIONS_OPTIONS);
  const { xLabel, of = "channels", domain, log = false, bins = 25, ...words } = options;
  const finite = Object.entries(series).map(([name, values]) => ({
    name,
    values: Array.from(values).filter(Number.isFinite),
  }));
  const all = finite.flatMap(({ values }) => values);
  const [place, value] = log ? [Math.log, Math.exp] : [Number, Number];
  const low = place(domain?.[0] ?? all.reduce((least, value) => Math.min(least, value), Infinity));
  const high = place(domain?.[1] ?? all.reduce((most, value) => Math.max(most, value), -Infinity));
  const width = (high - low) / bins || 1;
  /** The left edge of each bar, and how much lies in it, in percent. */
  const outline = (values: readonly number[]) => {
    const counts = new Array<number>(bins).fill(0);
    for (const each of values) {
      counts[Math.max(0, Math.min(bins - 1, Math.floor((place(each) - low) / width)))]!++;
    }
    const heights = values.length > 0 ? [0, ...counts, 0].map((count) => 100 * count / values.length) : [];
    return heights.map((y, i) => ({ x: value(low + Math.max(0, i - 1) * width), y }));
  };
  return drawPlot({
    ...withDefaults({
      legend: finite.map(({ name }, i) => ({ label: name, color: colorOf(i), dashes: dashesOf(i) })),
    }, words),
    height: 260,
    x: log ? { label: xLabel, type: "log" as const, tickFormat: "~g" } : { label: xLabel },
    y: { label: `share of ${of} (%)`, grid: true, nice: true },
    marks: [
      Plot.ruleY([0], { stroke: INK }),
      ...finite.map(({ values }, i) =>
        Plot.line(outline(values), {
          x: "x",
          y: "y",
          curve: "step-after",
          stroke: colorOf(i),
          strokeWidth: 1.8,
          strokeDasharray: dashesOf(i),
        })
      ),
    ],
  });
}
