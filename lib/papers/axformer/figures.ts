import { requireOptions } from "../../options.ts";
import { Plot } from "../../plot/deps.ts";
import { drawPlot, type Figure } from "../../plot/figure.ts";
import { plotSymbol, seriesStyle } from "../../plot/markers.ts";
import { INK, MUTED } from "../../plot/palette.ts";
import { trainingCurve } from "../../plot/training_curve.ts";
import { type RuleName, RULES } from "./rules.ts";
import type { SearchRow } from "./search_and_test.ts";
import type { SpeedRow } from "./speed.ts";
import type { SourceOptions } from "../source_options.ts";

const order = Object.keys(RULES) as RuleName[];

/** The loss that each rule ends at, as a multiple of the loss without harm: a dot for each network. */
export function recoveryFigure(rows: readonly SearchRow[], options: SourceOptions): Figure {
  requireOptions("recoveryFigure", options, { source: true });
  const single = rows.filter(({ plant }) => plant !== "all");
  const rules = order.filter((name) => single.some(({ rule }) => rule === name));
  const plants = [...new Set(single.map(({ plant }) => plant))];
  const places = single.map(({ rule, plant, loss, clean, seed }) => ({
    rule: RULES[rule].label,
    plant,
    ratio: loss / clean,
    seed,
  }));
  const domain = ["as it is", ...rules.map((name) => RULES[name].label)];
  const before = single.filter(({ rule }) => rule === rules[0]).map(({ plant, harmed, clean, seed }) => ({
    rule: "as it is",
    plant,
    ratio: harmed / clean,
    seed,
  }));
  return drawPlot({
    title: "How far each rule gets back to the network without harm",
    subtitle: options.source,
    alt:
      "A dot is a network with harm in one place. At 1 the loss is that of the network without harm; the dashed " +
      "line, at 1.02, is what counts as found",
    legend: plants.map((plant, i) => ({
      label: `harm in ${plant}`,
      ...seriesStyle(i),
      mark: "dot" as const,
    })),
    height: 70 + 30 * domain.length,
    marginLeft: 30 + 6.2 * Math.max(...domain.map(({ length }) => length)),
    x: { type: "log", label: "validation loss over the loss without harm", grid: true },
    y: { type: "point", label: null, domain, padding: 0.6 },
    marks: [
      Plot.ruleX([1], { stroke: INK }),
      Plot.ruleX([1.02], { stroke: MUTED, strokeDasharray: "4,3" }),
      ...plants.map((plant, i) => {
        const { color, marker } = seriesStyle(i);
        return Plot.dot([...before, ...places].filter((row) => row.plant === plant), {
          x: "ratio",
          y: "rule",
          fill: color,
          symbol: plotSymbol(marker),
          r: 4,
          dy: (i - (plants.length - 1) / 2) * 5,
        });
      }),
    ],
  });
}

/** The best loss so far along one network's searches, pass by pass. */
export function boundFigure(rows: readonly SearchRow[], options: SourceOptions): Figure {
  requireOptions("boundFigure", options, { source: true });
  const curves = rows.flatMap(({ rule, steps }) => {
    let best = Infinity;
    return steps.map(({ bound, accepted, loss }, i) => {
      // Where a block was accepted, its parts are still held against the bound before it.
      best = Math.min(best, bound ?? Infinity, accepted ? loss! : Infinity);
      return { series: RULES[rule].label, x: i + 1, y: best };
    });
  });
  return trainingCurve(curves, {
    title: `The best loss so far: harm in ${rows[0]?.plant}`,
    subtitle: options.source,
    alt: "Each pass over the validation data tries one change; a line falls where one is accepted",
    xLabel: "pass over the validation data",
    yLabel: "best validation loss so far",
  });
}

/** How many times as fast encoders are without what is gone, with the interval of the ratio. */
export function speedFigure(rows: readonly SpeedRow[], options: SourceOptions): Figure {
  requireOptions("speedFigure", options, { source: true });
  const gone = [...new Set(rows.map((row) => row.gone))];
  const points = rows.map((row) => ({
    at: `batch ${row.batch}, ${row.length} tokens`,
    gone: row.gone,
    ratio: row.ratio,
    low: row.interval.low,
    high: row.interval.high,
  }));
  const domain = [...new Set(points.map(({ at }) => at))];
  return drawPlot({
    title: "What removal is worth on the clock",
    subtitle: options.source,
    alt: "Right of the line is faster. Whiskers: 95 % interval of the ratio of medians, timed in turns",
    legend: gone.map((label, i) => ({ label, ...seriesStyle(i), mark: "dot" as const })),
    height: 80 + 44 * domain.length,
    marginLeft: 150,
    x: { label: "times as fast as the whole encoder", grid: true, nice: true },
    y: { type: "point", label: null, domain, padding: 0.6 },
    marks: [
      Plot.ruleX([1], { stroke: INK }),
      ...gone.flatMap((name, i) => {
        const own = points.filter((point) => point.gone === name);
        const { color, marker } = seriesStyle(i);
        const dy = (i - (gone.length - 1) / 2) * 9;
        return [
          Plot.ruleY(own, { x1: "low", x2: "high", y: "at", stroke: color, strokeWidth: 1.5, dy }),
          Plot.dot(own, { x: "ratio", y: "at", fill: color, symbol: plotSymbol(marker), r: 4, dy }),
        ];
      }),
    ],
  });
}
