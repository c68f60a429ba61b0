import { requireOptions, withDefaults } from "../options.ts";
import type { Figure, FigureOptions } from "../plot/figure.ts";
import { tradeOff } from "../plot/trade_off.ts";
import type { StaircaseRow } from "../prune/latency/staircase.ts";

/**
 * The time of layers against their width, with the middle half of the runs: steps are widths that cost
 * nothing to fill.
 */
export function staircase(rows: readonly StaircaseRow[], options: Partial<FigureOptions> = {}): Figure {
  requireOptions("staircase", options, { title: true, subtitle: true, alt: true, legend: true });
  return tradeOff(
    rows.map(({ layer, width, median, low, high }) => ({
      series: { convolution: "two convolutions, 3 × 3", product: "two products of matrices" }[layer],
      x: width,
      y: median,
      yLow: low,
      yHigh: high,
    })),
    {
      ...withDefaults({
        title: "Time of layers against their width",
        alt:
          "Median time of two layers with so many channels between them, and the middle half of the runs. Where it rises in " +
          "steps, channels up to the next step cost nothing",
      }, options),
      xLabel: "channels between the layers",
      yLabel: "milliseconds",
      yScale: { zero: true },
    },
  );
}
