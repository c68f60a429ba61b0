import { requireOptions } from "../../options.ts";
import { Plot } from "../../plot/deps.ts";
import { drawPlot, type Figure } from "../../plot/figure.ts";
import { plotSymbol, seriesStyle } from "../../plot/markers.ts";
import { INK, MUTED } from "../../plot/palette.ts";
import { panelPlace } from "../../plot/panels.ts";
import { tradeOff, type TradeOffRow } from "../../plot/trade_off.ts";
import { trainingCurve } from "../../plot/training_curve.ts";
import { mean } from "../../statistics/describe.ts";
import { METHODS } from "./methods.ts";
import type { LatencyRow } from "./latency.ts";
import { PUBLISHED_CROPS } from "./published.ts";
import type { StorageComparison } from "./storage.ts";
import { labelOf, type PairedDifference, pairedDifferences, summaries } from "./summary.ts";
import type { Row } from "./train_and_test.ts";
import type { SourceOptions } from "../source_options.ts";

/** Methods that are drawn hollow: controls. */
const FAINT = new Set<Row["method"]>(["l1-at-init", "random"]);

/**
 * PSNR of each method, a panel per sparsity; whiskers are one sample deviation of the seeds to either side.
 */
export function psnrAgainstSparsity(
  rows: readonly Row[],
  options: SourceOptions & { bicubic: number },
): Figure {
  requireOptions("psnrAgainstSparsity", options, { source: true, bicubic: true });
  const { source, bicubic } = options;
  const all = inOrder(summaries(rows));
  const sparse = all.filter(({ method }) => method !== "dense");
  const sparsities = [...new Set(sparse.map(({ sparsity }) => sparsity))].sort((a, b) => a - b);
  const labels = [...new Set(sparse.map(({ label }) => label))];
  const points = sparse.map(({ label, method, sparsity, psnr, deviation }) => ({
    ...panelPlace(sparsities.indexOf(sparsity), sparsities.length),
    label,
    method,
    psnr,
    ...whiskers(psnr, deviation),
  }));
  const references = [
    { label: "bicubic interpolation", psnr: bicubic, color: MUTED, dashes: "2 3" },
    ...all.filter(({ method }) => method === "dense").map(({ psnr }) => ({
      label: "dense, with all weights",
      psnr,
      color: INK,
      dashes: "6 3",
    })),
  ];
  return drawPlot({
    title: "Quality at each sparsity",
    subtitle: source,
    alt:
      "Further right is better. Marks are means over the seeds, whiskers one deviation to either side. Hollow marks: controls " +
      "whose structure is not learned",
    panels: sparsities.map((sparsity) => ({ label: `sparsity ${sparsity}` })),
    legend: references,
    height: 14 + 20 * labels.length,
    marginLeft: 24 + 6.2 * Math.max(0, ...labels.map(({ length }) => length)),
    x: { label: "luma PSNR (dB)", grid: true, nice: true },
    y: { type: "point", label: null, domain: labels, grid: true, tickSize: 0 },
    marks: [
      ...references.map(({ psnr, color, dashes }) =>
        Plot.ruleX([psnr], { stroke: color, strokeWidth: 1.5, strokeDasharray: dashes })
      ),
      ...labels.flatMap((label, i) => {
        const { color: stroke, marker } = seriesStyle(i);
        const own = points.filter((point) => point.label === label);
        const place = { fx: "fx", fy: "fy", y: "label", stroke } as const;
        return [
          Plot.ruleY(own.filter(({ yLow }) => yLow !== undefined), { ...place, x1: "yLow", x2: "yHigh" }),
          Plot.dot(own, {
            ...place,
            x: "psnr",
            r: 4,
            symbol: plotSymbol(marker),
            fill: FAINT.has(own[0]!.method) ? "white" : stroke,
          }),
        ];
      }),
    ],
  });
}

/** One deviation to either side; none of one seed. */
function whiskers(middle: number, deviation: number): { yLow?: number; yHigh?: number } {
  return Number.isNaN(deviation) ? {} : { yLow: middle - deviation, yHigh: middle + deviation };
}

/** Methods in the order of their table, whatever came first. */
function inOrder<T extends Pick<Row, "method">>(rows: readonly T[]): T[] {
  const order = Object.keys(METHODS);
  return rows.toSorted((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
}

/**
 * The gain of each method over one-shot pruning, seed by seed: only differences of one seed can be compared.
 */
export function pairedDifferenceFigure(rows: readonly Row[], options: SourceOptions): Figure {
  requireOptions("pairedDifferenceFigure", options, { source: true });
  const differences = pairedDifferences(
    inOrder(rows.filter(({ method }) => method !== "dense")).toSorted((a, b) => a.sparsity - b.sparsity),
    "one-shot",
  );
  const order = [...new Set(differences.map(nameOf))];
  const means = order.map((name) => ({
    name,
    gain: mean(differences.filter((row) => nameOf(row) === name).map(({ gain }) => gain)),
  }));
  const sparsities = [...new Set(differences.map(({ sparsity }) => sparsity))];
  const style = (sparsity: number) => seriesStyle(sparsities.indexOf(sparsity));
  return drawPlot({
    title: "Gain over dense training and a one-shot cut, pair by pair",
    subtitle: options.source,
    alt:
      "Each dot is one seed: the same first weights, the same batches. Bars are means. Right of the line the method " +
      "wins",
    legend: sparsities.map((sparsity) => ({
      label: `sparsity ${sparsity}`,
      ...style(sparsity),
      mark: "dot",
    })),
    height: 70 + 24 * order.length,
    marginLeft: 30 + 6.2 * Math.max(1, ...order.map(({ length }) => length)),
    x: { label: `PSNR over "${METHODS["one-shot"].label}" (dB)`, grid: true, nice: true },
    y: { type: "band", label: null, domain: order, tickSize: 0 },
    marks: [
      Plot.barX(means, { x: "gain", y: "name", fill: MUTED, fillOpacity: 0.5, insetTop: 5, insetBottom: 5 }),
      Plot.ruleX([0], { stroke: INK }),
      ...sparsities.map((sparsity) =>
        Plot.dot(differences.filter((row) => row.sparsity === sparsity), {
          x: "gain",
          y: nameOf,
          fill: style(sparsity).color,
          symbol: plotSymbol(style(sparsity).marker),
          r: 4,
          fillOpacity: 0.85,
        })
      ),
    ],
  });
}

const nameOf = ({ label, sparsity }: Pick<PairedDifference, "label" | "sparsity">) =>
  `${label} (${sparsity})`;

/** Over the steps: which share of the weights that are, or would be, kept came in after the start. */
export function turnoverFigure(rows: readonly Row[], options: SourceOptions): Figure {
  requireOptions("turnoverFigure", options, { source: true });
  return trainingCurve(curvesOf(rows, ({ turnover }) => turnover), {
    title: "How many of the kept weights are newcomers",
    subtitle: options.source,
    alt:
      "Share of the kept weights that were not among the largest before the first step. A curve that lies flat has " +
      "settled its structure",
    xLabel: "step",
    yLabel: "turnover",
  });
}

/** Training loss over the steps. */
export function lossFigure(rows: readonly Row[], options: SourceOptions): Figure {
  requireOptions("lossFigure", options, { source: true });
  return trainingCurve(curvesOf(rows, ({ loss }) => 255 * loss), {
    title: "Training loss",
    subtitle: options.source,
    alt:
      "Means over seeds, in 255ths of the range from black to white. A step up where structure learning ends is what the cut costs",
    xLabel: "step",
    yLabel: "mean absolute error (grey levels)",
  });
}

/** PSNR on the images for validation over the steps. */
export function validationFigure(
  rows: readonly Row[],
  options: SourceOptions & { validated: string },
): Figure {
  requireOptions("validationFigure", options, { source: true, validated: true });
  const { source, validated } = options;
  const looks = rows.map((row) => ({
    ...row,
    log: row.log.filter(({ validation }) => validation !== undefined),
  }));
  return trainingCurve(curvesOf(looks, ({ validation }) => validation!), {
    title: `Quality while training goes on: ${validated}`,
    subtitle: source,
    alt:
      "Means over seeds. Before the cut the network has all its weights, few of them at full size in soft shrinkage; the " +
      "dip is what the cut costs",
    xLabel: "step",
    yLabel: "luma PSNR (dB)",
  });
}

/** The mean over seeds of a quantity of the log, a curve per method. */
function curvesOf(rows: readonly Row[], value: (point: Row["log"][number]) => number) {
  return [...Map.groupBy(inOrder(rows), labelOf)].flatMap(([series, group]) =>
    group[0]!.log.map(({ step }, i) => ({ series, x: step, y: mean(group.map(({ log }) => value(log[i]!))) }))
  );
}

/** The size of gradients by layer in fine-tuning: what trainability is read from. */
export function gradientFigure(rows: readonly Row[], options: SourceOptions): Figure {
  requireOptions("gradientFigure", options, { source: true });
  const layers = Object.keys(rows[0]?.log[0]?.gradients ?? {});
  const points = [...Map.groupBy(inOrder(rows), labelOf)].flatMap(([series, group]) =>
    layers.map((layer, x) => ({
      series,
      x: x + 1,
      y: mean(
        group.flatMap(({ log, pruningSteps }) =>
          log.filter(({ step }) => step > pruningSteps).map(({ gradients }) => 1000 * gradients[layer]!)
        ),
      ),
    }))
  );
  return tradeOff(points, {
    title: "Gradients by layer, in fine-tuning",
    subtitle: options.source,
    alt:
      "Norm of the loss's gradient by each layer's weights, mean over fine-tuning and seeds, on batches that are the " +
      "same for all methods",
    xLabel: "layer, in the order of computation",
    yLabel: "norm of the gradient (10⁻³)",
    yScale: { type: "log", tickFormat: (norm: number) => `${norm}` },
    xScale: { ticks: layers.map((_, i) => i + 1), tickFormat: "d" },
  });
}

/** The axis of 1 − α, in percent. */
const SHRINKAGE = {
  type: "log",
  ticks: [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100],
  tickFormat: (percent: number) => `${percent}`,
} as const;

/** α against PSNR: what is gained by matching it to the horizon. */
export function alphaFigure(
  rows: readonly Row[],
  options: SourceOptions & { suggested?: number },
): Figure {
  requireOptions("alphaFigure", options, { source: true, suggested: true });
  const { source, suggested } = options;
  const soft = summaries(
    rows.filter(({ method }) => method === "iss-p" || method === "iht" || method === "one-shot"),
  );
  const oneShot = soft.find(({ method }) => method === "one-shot");
  const points = soft.filter(({ method }) => method !== "one-shot").map((row): TradeOffRow => ({
    series: "PSNR",
    x: 100 * (1 - (row.method === "iht" ? 0 : row.alpha ?? suggested ?? NaN)),
    y: row.psnr,
    ...whiskers(row.psnr, row.deviation),
  })).filter(({ x }) => x > 0);
  const flat = oneShot && points.length > 1
    ? [Math.min(...points.map(({ x }) => x)), Math.max(...points.map(({ x }) => x))]
      .map((x): TradeOffRow => ({ series: oneShot.label, x, y: oneShot.psnr }))
    : [];
  return tradeOff([...points, ...flat], {
    title: "How soft to shrink",
    subtitle: source,
    alt:
      "Left: weak shrinkage, which decides late. Right: α = 0, hard thresholding, which decides at once. The dashed " +
      "line is one-shot pruning, which shrinks nothing",
    xLabel: "1 − α: what each step takes from the low set (%)",
    yLabel: "luma PSNR (dB)",
    xScale: SHRINKAGE,
    faint: (series) => series !== "PSNR",
  });
}

/** α against turnover: stronger shrinkage settles the structure sooner. */
export function alphaTurnoverFigure(
  rows: readonly Row[],
  options: SourceOptions & { suggested?: number },
): Figure {
  requireOptions("alphaTurnoverFigure", options, { source: true, suggested: true });
  const { source, suggested } = options;
  const points = summaries(rows.filter(({ method }) => method === "iss-p" || method === "iht")).map((
    row,
  ) => ({
    series: "turnover",
    x: 100 * (1 - (row.method === "iht" ? 0 : row.alpha ?? suggested ?? NaN)),
    y: row.turnover,
  })).filter(({ x }) => x > 0);
  return tradeOff(points, {
    title: "How much is exchanged",
    subtitle: source,
    alt:
      "Share of the kept weights that were not among the largest before the first step: the lower, the sooner the " +
      "structure settled",
    xLabel: "1 − α: what each step takes from the low set (%)",
    yLabel: "turnover",
    xScale: SHRINKAGE,
  });
}

/** Time against sparsity: where zeros become time, and where not. */
export function latencyFigure(
  rows: readonly LatencyRow[],
  options: SourceOptions & { title?: string; log?: boolean },
): Figure {
  requireOptions("latencyFigure", options, { source: true, title: true, log: true });
  const { source, title = "Time against what is gone", log = false } = options;
  return tradeOff(
    rows.map(({ series, sparsity, median, low, high }) => ({
      series,
      x: 100 * sparsity,
      y: median,
      yLow: low < high ? low : undefined,
      yHigh: low < high ? high : undefined,
    })),
    {
      title,
      subtitle: source,
      alt:
        "A line that lies flat gains no time from what is zero or gone. The dashed line is what would be left if time " +
        "fell with the multiply-adds; whiskers span the middle half of the timed runs",
      xLabel: "multiply-adds that are zero, or gone (%)",
      yLabel: "latency (ms)",
      faint: (series) => series === "ideal",
      yScale: log ? { type: "log", tickFormat: (ms: number) => `${ms}` } : { zero: true },
    },
  );
}

/** Kilobytes by way of storing, ours as points and the independent count as crosses. */
export function storageFigure(rows: readonly StorageComparison[], options: SourceOptions): Figure {
  requireOptions("storageFigure", options, { source: true });
  const sparsities = [...new Set(rows.map(({ sparsity }) => sparsity))];
  const style = (sparsity: number) => seriesStyle(sparsities.indexOf(sparsity));
  const named = rows.map((row) => ({ ...row, name: `${row.storage}` }));
  const names = [...new Set(named.map(({ name }) => name))];
  return drawPlot({
    title: `What zeros save on disk: ${rows[0]?.model ?? ""}`,
    subtitle: options.source,
    alt:
      "Points are computed from our network; crosses are an independent count. Logarithmic, and without headers and " +
      "graph",
    legend: [
      ...sparsities.map((sparsity) => ({
        label: `sparsity ${sparsity}`,
        ...style(sparsity),
        mark: "dot" as const,
      })),
      { label: "an independent count", color: INK, mark: "dot" as const, marker: "times" as const },
    ],
    height: 80 + 18 * names.length * sparsities.length,
    marginLeft: 24 + 6.2 * Math.max(...names.map(({ length }) => length)),
    x: { type: "log", label: "kilobytes", grid: true },
    y: { axis: null, domain: sparsities },
    fy: { domain: names, label: null, padding: 0.25, axis: "left" },
    marginRight: 24,
    marks: [
      Plot.ruleY(sparsities, { stroke: MUTED, strokeOpacity: 0.5 }),
      ...sparsities.map((sparsity) =>
        Plot.dot(named.filter((row) => row.sparsity === sparsity), {
          fy: "name",
          y: "sparsity",
          x: "computed",
          r: 6,
          symbol: plotSymbol(style(sparsity).marker),
          fill: style(sparsity).color,
          fillOpacity: 0.3,
          stroke: style(sparsity).color,
        })
      ),
      Plot.dot(named.filter(({ published }) => published !== undefined), {
        fy: "name",
        y: "sparsity",
        x: "published",
        symbol: plotSymbol("times"),
        fill: INK,
        r: 2.8,
      }),
    ],
  });
}

/** The published crops, region by region. */
export function publishedCropsFigure(): Figure {
  const { source, rows } = PUBLISHED_CROPS;
  const methods = [...new Set(rows.map(({ method }) => method))];
  const regions = [...new Set(rows.map(({ region }) => region))];
  return drawPlot({
    title: "Published crops, SwinIR-light ×4 at sparsity 0.99",
    subtitle: source,
    alt:
      `${regions.length} regions that the authors chose, each method's PSNR in each; ISS-P comes first in ${
        firstIn(rows, "ISS-P")
      } of them`,
    legend: methods.map((method, i) => ({ label: method, ...seriesStyle(i), mark: "dot" })),
    height: 70 + 22 * regions.length,
    marginLeft: 24 + 6.2 * Math.max(...regions.map(({ length }) => length)),
    x: { label: "PSNR (dB)", grid: true, nice: true },
    y: { type: "point", label: null, domain: regions, grid: true },
    marks: methods.map((method, i) =>
      Plot.dot(rows.filter((row) => row.method === method), {
        x: "psnr",
        y: "region",
        // One below the other, where scores are nearly alike.
        dy: 3 * (i - (methods.length - 1) / 2),
        r: 3.5,
        symbol: plotSymbol(seriesStyle(i).marker),
        fill: seriesStyle(i).color,
      })
    ),
  });
}

/** In how many regions a method has the highest PSNR. */
function firstIn(rows: typeof PUBLISHED_CROPS.rows, method: string): number {
  return [...Map.groupBy(rows, ({ region }) => region).values()].filter((own) =>
    own.reduce((best, row) => row.psnr > best.psnr ? row : best).method === method
  ).length;
}
