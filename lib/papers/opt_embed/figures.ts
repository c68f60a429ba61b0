import { requireOptions } from "../../options.ts";
import { Plot } from "../../plot/deps.ts";
import { drawPlot, type Figure } from "../../plot/figure.ts";
import { heatMap } from "../../plot/heat_map.ts";
import { plotSymbol, seriesStyle } from "../../plot/markers.ts";
import { INK, MUTED } from "../../plot/palette.ts";
import { tradeOff } from "../../plot/trade_off.ts";
import { trainingCurve } from "../../plot/training_curve.ts";
import { mean } from "../../statistics/describe.ts";
import type { RowTruth } from "../../ctr/synthetic_log.ts";
import { thresholdAlone } from "./claims.ts";
import type { ControlRow } from "./controls.ts";
import type { LatencyRow } from "./latency.ts";
import type { RecencyRow } from "./recency.ts";
import type { BaseSpec, RunRow } from "./run.ts";
import { SEARCHES, type SearchRow } from "./searches.ts";
import type { SourceOptions } from "../source_options.ts";

/** Names of what is true of rows, as figures write them. */
const TRUTHS: Readonly<Record<RowTruth, string>> = {
  live: "matters",
  dead: "no effect",
  "linear-only": "first order",
  rare: "rare",
  noise: "noise fields",
};

/** Figure 1: area under the curve against what is gone, a point per method and seed. */
export function aucAgainstSparsity(runs: readonly RunRow[], options: SourceOptions): Figure {
  requireOptions("aucAgainstSparsity", options, { source: true });
  const methods = [...new Set(runs.map(({ method }) => method))];
  const points = runs.map(({ method, sparsity, auc }) => ({ method, x: 100 * sparsity, y: auc }));
  return drawPlot({
    title: "What is predicted against what is gone",
    subtitle: options.source,
    alt:
      "Each mark is one seed, whose log is its own: compare marks of one seed, or read the paired differences of the verdicts. " +
      "The dashed line is the mean of what the true probabilities score",
    legend: methods.map((label, i) => ({ label, ...seriesStyle(i), mark: "dot" })),
    height: 300,
    grid: true,
    x: { label: "sparsity of the table (%)", domain: [-3, 103] },
    y: { label: "test AUC", nice: true },
    marks: [
      Plot.ruleY([mean(runs.map(({ bayes }) => bayes.auc))], { stroke: MUTED, strokeDasharray: "5 3" }),
      ...methods.map((method, i) =>
        Plot.dot(points.filter((point) => point.method === method), {
          x: "x",
          y: "y",
          r: 4.5,
          symbol: plotSymbol(seriesStyle(i).marker),
          fill: seriesStyle(i).color,
          fillOpacity: 0.85,
        })
      ),
    ],
  });
}

/** AUC over the plain model, seed by seed. */
export function gainOverPlain(runs: readonly RunRow[], options: SourceOptions): Figure {
  requireOptions("gainOverPlain", options, { source: true });
  const plain = new Map(
    runs.filter(({ method }) => method === "plain").map(({ seed, auc }) => [seed, auc]),
  );
  const points = runs.filter(({ method, seed }) => method !== "plain" && plain.has(seed)).map((run) => ({
    method: run.method,
    x: 100 * (run.auc - plain.get(run.seed)!),
  }));
  const methods = [...new Set(points.map(({ method }) => method))];
  const means = methods.map((method) => ({
    method,
    x: mean(points.filter((point) => point.method === method).map(({ x }) => x)),
  }));
  return drawPlot({
    title: "Gain over the whole table, seed by seed",
    subtitle: options.source,
    alt:
      "Each dot is one seed: the same log, the same first weights. Bars are means. Right of the line is better",
    height: 70 + 26 * methods.length,
    marginLeft: 30 + 6.6 * Math.max(1, ...methods.map(({ length }) => length)),
    x: { label: "test AUC over the plain model (points)", grid: true, nice: true },
    y: { type: "band", label: null, domain: methods, tickSize: 0 },
    marks: [
      Plot.barX(means, { x: "x", y: "method", fill: MUTED, fillOpacity: 0.5, insetTop: 5, insetBottom: 5 }),
      Plot.ruleX([0], { stroke: INK }),
      Plot.dot(points, { x: "x", y: "method", r: 4, fill: seriesStyle(0).color, fillOpacity: 0.85 }),
    ],
  });
}

/** Figure 2: share of kept rows by field, against how many ids it has. */
export function keptByFieldSize(runs: readonly RunRow[], options: SourceOptions): Figure {
  requireOptions("keptByFieldSize", options, { source: true });
  const fields = runs.filter(({ method }) => method === "OptEmbed").flatMap(({ fields }) => fields);
  const byName = [...Map.groupBy(fields, ({ name }) => name)].map(([name, own]) => ({
    name,
    x: own[0]!.size,
    y: 100 * mean(own.map(({ rows, size }) => rows / size)),
  }));
  return drawPlot({
    title: "How much of each field stays",
    subtitle: options.source,
    alt:
      "Fields by the number of their ids, means over seeds. n0 and n1 are noise, g and h matter in first order only",
    height: 260,
    grid: true,
    x: { type: "log", label: "ids of the field", ticks: [20, 30, 50, 100, 200, 300], tickFormat: String },
    y: { label: "rows kept (%)", domain: [0, 100] },
    named: byName.map(({ name: label, x, y }) => ({ label, x, y })),
    marks: [Plot.dot(byName, { x: "x", y: "y", r: 4, fill: seriesStyle(0).color })],
  });
}

/** Figure 3: share of kept rows by how often they are looked up, and by what is true of them. */
export function keptByFrequencyFigure(runs: readonly RunRow[], options: SourceOptions): Figure {
  requireOptions("keptByFrequencyFigure", options, { source: true });
  const bins = runs.filter(({ method }) => method === "OptEmbed").flatMap(({ byFrequency }) => byFrequency);
  const groups = Map.groupBy(bins, ({ truth, from }) => `${truth} ${from}`);
  const rows = [...groups.values()].map((own) => ({
    series: TRUTHS[own[0]!.truth],
    x: Math.max(1, own[0]!.from * Math.SQRT2),
    y: 100 * own.reduce((sum, { kept }) => sum + kept, 0) / own.reduce((sum, { count }) => sum + count, 0),
  }));
  return tradeOff(rows.toSorted((a, b) => a.series.localeCompare(b.series) || a.x - b.x), {
    title: "What stays, by how often it is looked up",
    subtitle: options.source,
    alt:
      "Rows in bins a factor of two wide, all seeds together. Where two lines differ at one frequency, it is not frequency " +
      "that decided",
    xLabel: "look-ups in the training rows",
    yLabel: "rows kept (%)",
    xScale: { type: "log", tickFormat: "~s" },
    yScale: { domain: [0, 100] },
  });
}

/** Figure 4: how many coordinates each field was given. */
export function dimensionsFigure(runs: readonly RunRow[], options: SourceOptions): Figure {
  requireOptions("dimensionsFigure", options, { source: true });
  const searched = runs.filter(({ search }) => search);
  return heatMap(
    searched.flatMap(({ method, seed, fields, search }) =>
      fields.map(({ name }, f) => ({
        x: name,
        y: `${method}, seed ${seed}`,
        value: search!.best.dimensions[f]!,
      }))
    ),
    {
      title: "Coordinates of each field",
      subtitle: options.source,
      alt:
        "As the search chose them. True ranks are 4 for a and b, 2 for c and d, 1 for e and f, 0 for all others; where the " +
        "area does not depend on a length, it is what chance made it",
      xLabel: "field",
      yLabel: "run",
      format: String,
    },
  );
}

/** Figure 5: best and middle area generation by generation. */
export function searchFigure(searches: readonly SearchRow[], options: SourceOptions): Figure {
  requireOptions("searchFigure", options, { source: true });
  const seed = searches[0]?.seed;
  const own = searches.filter((row) => row.seed === seed && row.history.length > 1);
  const random = searches.find((row) => row.seed === seed && row.way === "at random");
  const last = Math.max(...own.flatMap(({ history }) => history.map(({ generation }) => generation)), 1);
  return trainingCurve([
    ...own.flatMap(({ way, history }) => [
      ...history.map(({ generation, best }) => ({ series: `${way}: best seen`, x: generation, y: best })),
      ...history.map(({ generation, median }) => ({ series: `${way}: middle`, x: generation, y: median })),
    ]),
    ...random ? [1, last].map((x) => ({ series: "at random: best seen", x, y: random.best })) : [],
  ], {
    title: "The search, generation by generation",
    subtitle: options.source,
    alt:
      `One supernet, seed ${seed}. "Middle" is the middle parent of the search as described, and the middle candidate of ` +
      "the released one. The line of random vectors is the best of all of them",
    xLabel: "generation",
    yLabel: "validation AUC",
  });
}

/** Returned and seen areas of each way of searching, over the best of random vectors. */
export function searchGains(searches: readonly SearchRow[], options: SourceOptions): Figure {
  requireOptions("searchGains", options, { source: true });
  const random = new Map(
    searches.filter(({ way }) => way === "at random").map(({ seed, auc }) => [seed, auc]),
  );
  const points = SEARCHES.filter((way) => way !== "at random").flatMap((way) =>
    searches.filter((row) => row.way === way && random.has(row.seed)).flatMap(({ seed, auc, best }) => [
      { name: `${way}: returned`, x: 100 * (auc - random.get(seed)!) },
      { name: `${way}: best seen`, x: 100 * (best - random.get(seed)!) },
    ])
  );
  const names = [...new Set(points.map(({ name }) => name))];
  return drawPlot({
    title: "Searches against as many random vectors",
    subtitle: options.source,
    alt: "Each dot is one supernet. Right of the line is better than the best random vector",
    height: 70 + 26 * names.length,
    marginLeft: 160,
    x: { label: "validation AUC over the best random vector (points)", grid: true, nice: true },
    y: { type: "band", label: null, domain: names, tickSize: 0 },
    marks: [
      Plot.ruleX([0], { stroke: INK }),
      Plot.dot(points, { x: "x", y: "name", r: 4, fill: seriesStyle(0).color, fillOpacity: 0.85 }),
    ],
  });
}

/** Figure 6: thresholds and norms against the step. */
export function thresholdsFigure(
  run: RunRow,
  options: SourceOptions & { base: BaseSpec },
): Figure {
  requireOptions("thresholdsFigure", options, { source: true, base: true });
  const { source, base: { supernet: { thresholdRate, alpha } } } = options;
  const log = run.supernet?.log ?? [];
  const line = (series: string, value: (row: typeof log[number]) => number) =>
    log.map((row) => ({ series, x: row.step, y: value(row) }));
  return trainingCurve([
    ...line("nine tenths of norms below", ({ norms }) => norms[2]),
    ...line("half of norms below", ({ norms }) => norms[1]),
    ...line("highest threshold", ({ thresholds }) => Math.max(...thresholds)),
    ...line("lowest threshold", ({ thresholds }) => Math.min(...thresholds)),
    ...line("ln(1 + ηαn)", ({ step }) => thresholdAlone(thresholdRate, alpha, step)),
  ], {
    title: "Thresholds and norms of rows",
    subtitle: source,
    alt:
      "A row stays whose norm is above its field's threshold. The last line is where the regulariser alone would take every " +
      "threshold",
    xLabel: "step",
    yLabel: "L1 norm, threshold",
  });
}

/** Figure 7: what stays of each kind of row. */
export function truthFigure(
  runs: readonly RunRow[],
  controls: readonly ControlRow[],
  options: SourceOptions,
): Figure {
  requireOptions("truthFigure", options, { source: true });
  const named = [
    ...runs.map(({ method, truth }) => ({ name: `${method}`, truth })),
    ...controls.map(({ control, truth }) => ({ name: `control: ${control}`, truth })),
  ];
  return heatMap(
    [...Map.groupBy(named, ({ name }) => name)].flatMap(([name, own]) =>
      (Object.keys(TRUTHS) as RowTruth[]).map((one) => ({
        x: TRUTHS[one],
        y: name,
        value: mean(own.map(({ truth }) => truth[one].kept / truth[one].count)),
      }))
    ),
    {
      title: "What stays, by what is true of it",
      subtitle: options.source,
      alt:
        "Share of the rows of each kind that stay, means over seeds. Right would be: all that matters, and nothing else; rare rows " +
        "matter in truth, but come too seldom to be learned",
      xLabel: "the truth about a row",
      yLabel: "method",
      format: (share) => `${Math.round(100 * share)} %`,
      domain: [0, 1],
    },
  );
}

/** Norms of rows that are not looked up any more. */
export function recencyFigure(recency: readonly RecencyRow[], options: SourceOptions): Figure {
  requireOptions("recencyFigure", options, { source: true });
  // Epochs are not equally long for all seeds: what stands at one place is a mean of steps, too.
  const runs = [...Map.groupBy(recency, ({ decays, seed }) => `${decays} ${seed}`).values()];
  const places = runs.flatMap((own) => own.map((row, epoch) => ({ ...row, epoch })));
  const groups = Map.groupBy(places, ({ decays, epoch }) => `${decays} ${epoch}`);
  const rows = [...groups.values()].flatMap((own) => {
    const { decays } = own[0]!;
    const step = Math.round(mean(own.map(({ step }) => step)));
    const l2 = decays ? "with L2" : "without L2";
    return [
      { series: `withheld, ${l2}`, x: step, y: 100 * mean(own.map(({ withheld }) => withheld)) },
      { series: `seen, ${l2}`, x: step, y: 100 * mean(own.map(({ seen }) => seen)) },
    ];
  });
  return trainingCurve(rows.toSorted((a, b) => a.series.localeCompare(b.series) || a.x - b.x), {
    title: "Rows that matter, once they are not looked up",
    subtitle: options.source,
    alt:
      "Half of the live, kept rows of field a are withheld from step 0 on; the other half goes on being seen. Means over seeds",
    xLabel: "steps since they were seen last",
    yLabel: "still kept (%)",
  });
}

/** Area that is lost when one field alone is shortened. */
export function profileFigure(searches: readonly SearchRow[], options: SourceOptions): Figure {
  requireOptions("profileFigure", options, { source: true });
  const profile = searches.flatMap(({ way, shortened, auc, best }) =>
    way === "profile" && shortened ? [{ ...shortened, cost: 1000 * (best - auc) }] : []
  );
  const groups = Map.groupBy(profile, ({ field, dimensions }) => `${field} ${dimensions}`);
  return heatMap(
    [...groups.values()].map((own) => ({
      x: own[0]!.field,
      y: `${own[0]!.dimensions}`,
      value: mean(own.map(({ cost }) => cost)),
    })),
    {
      title: "What it costs to shorten one field",
      subtitle: options.source,
      alt:
        "Validation AUC that the supernet loses, in thousandths, where one field alone has so many coordinates and all others " +
        "have all; means over seeds",
      xLabel: "field",
      yLabel: "coordinates left",
      format: (cost) => cost.toFixed(1),
    },
  );
}

/** Area, bytes and time of every method at once. */
export function bytesFigure(
  runs: readonly RunRow[],
  latencies: readonly LatencyRow[],
  options: SourceOptions,
): Figure {
  requireOptions("bytesFigure", options, { source: true });
  const times = new Map(latencies.map(({ method, median }) => [method, median]));
  const points = [...Map.groupBy(runs, ({ method }) => method)].map(([method, own]) => ({
    method,
    x: mean(own.map(({ bytes }) => bytes.file)) / 1000,
    y: mean(own.map(({ auc }) => auc)),
    label: times.has(method) ? `${method}, ${Math.round(times.get(method)!)} µs` : method,
  }));
  return drawPlot({
    title: "What is predicted against what is shipped",
    subtitle: options.source,
    alt:
      "Whole files, with maps from ids to rows and first-order weights; means over seeds. Beside each name: a thousand requests",
    height: 280,
    grid: true,
    x: { label: "file (kB)", nice: true },
    y: { label: "test AUC", nice: true },
    named: points,
    marks: [Plot.dot(points, { x: "x", y: "y", r: 5, fill: seriesStyle(0).color })],
  });
}
