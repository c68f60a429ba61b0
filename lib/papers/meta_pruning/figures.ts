import { requireOptions } from "../../options.ts";
import type { Model } from "../../onnx/model.ts";
import { weightsOf } from "../../nn/weights.ts";
import { beforeAfterBars } from "../../plot/bars.ts";
import type { Figure } from "../../plot/figure.ts";
import { distributions } from "../../plot/distributions.ts";
import { tradeOff, type TradeOffRow } from "../../plot/trade_off.ts";
import { type CurveRow, trainingCurve } from "../../plot/training_curve.ts";
import { summarize } from "../../statistics/describe.ts";
import { channelGroups } from "../../prune/channel_groups.ts";
import type { CurvePoint } from "./curves.ts";
import { type MetaRow, VARIANTS } from "./meta_row.ts";
import { groupNorms } from "../../metanet/progressive_pruning.ts";
import { filterNorms, type LayerStatistics, layerStatistics } from "./layer_statistics.ts";
import { dataTransferRows, originOf } from "./tables.ts";
import { META_LOSS, ORIGIN_CURVES } from "./published.ts";
import { floats } from "../../tensor/arrays.ts";
import type { SourceOptions } from "../source_options.ts";

/** Lines with spreads that one drawing can hold. */
const TOGETHER = 3;

/**
 * Accuracy without training against the reduction of multiply-accumulates: mean over networks and
 * metanetworks, with the standard deviation. More than three ways of pruning have a panel each, with the
 * metanetwork in all of them.
 */
export function accuracyAgainstReduction(
  rows: readonly MetaRow[],
  options: SourceOptions & { variants: readonly string[]; title?: string },
): Figure {
  requireOptions("accuracyAgainstReduction", options, { source: true, variants: true, title: true });
  const { source, variants, title = "Accuracy as channels go, without training in between" } = options;
  const measured = variants.map((variant) => ({
    variant,
    own: rows.filter((row) => row.variant === variant),
  })).filter(({ own }) => own.length > 0);
  const apart = measured.length > TOGETHER;
  const points = measured.flatMap(({ variant, own }) =>
    curveOf(variant, own, apart && variant !== VARIANTS.meta ? variant : undefined)
  );
  return tradeOff(points, {
    title,
    subtitle: source,
    alt:
      "The later a curve falls, the more channels its networks can spare. Marks are means over networks, and over metanetworks where there are several; whiskers are one standard deviation to either side" +
      (apart ? ". Each panel holds the metanetwork against one other way" : ""),
    xLabel: "multiply-accumulates: original ÷ left",
    yLabel: "test accuracy (%)",
    faint: (series) => series !== VARIANTS.meta,
  });
}

/**
 * The figure that shows most in the least time: networks as trained, with a metanetwork, and by its
 * regulariser alone.
 */
export function firstFigure(rows: readonly MetaRow[], options: SourceOptions): Figure {
  requireOptions("firstFigure", options, { source: true });
  const { none, meta, shrunk } = VARIANTS;
  return accuracyAgainstReduction(rows, {
    source: options.source,
    variants: [none, meta, shrunk],
    title: "A first look: accuracy as channels go, by the first metanetwork",
  });
}

/** Mean and standard deviation over runs at each reduction, without training. */
function curveOf(series: string, rows: readonly MetaRow[], panel?: string): TradeOffRow[] {
  const curve = rows.filter(({ stage }) => stage === "tuned" || stage === "pruned");
  return [...Map.groupBy(curve, ({ asked }) => asked)].map(([x, at]) => {
    const { mean, deviation } = summarize(at.map(({ value }) => 100 * value));
    const whiskers = Number.isNaN(deviation)
      ? {}
      : { yLow: mean - deviation, yHigh: Math.min(100, mean + deviation) };
    return { series, panel, x, y: mean, ...whiskers };
  });
}

/**
 * Curves of single networks: stages of one, criteria, pruning without structure; in panels, where points say
 * which is theirs.
 */
export function curvesFigure(
  points: readonly (CurvePoint & Pick<TradeOffRow, "panel">)[],
  options:
    & SourceOptions
    & { title: string; alt: string; xLabel?: string; faint?: (series: string) => boolean },
): Figure {
  requireOptions("curvesFigure", options, {
    source: true,
    title: true,
    alt: true,
    xLabel: true,
    faint: true,
  });
  const { source, title, alt, xLabel = "multiply-accumulates: original ÷ left", faint = () => false } =
    options;
  return tradeOff(
    points.map(({ series, panel, x, accuracy }): TradeOffRow => ({ series, panel, x, y: 100 * accuracy })),
    // The same axis in all such figures, so that they compare.
    {
      title,
      subtitle: source,
      alt,
      xLabel,
      yLabel: "test accuracy (%)",
      faint,
      yScale: { domain: [0, 100] },
    },
  );
}

/**
 * Accuracy against reduction for the metanetworks that were kept on the way, on validation data: the trade
 * between what they cost and give.
 */
export function accuracyByMetaEpoch(rows: readonly MetaRow[], options: SourceOptions): Figure {
  requireOptions("accuracyByMetaEpoch", options, { source: true });
  const own = rows.filter(({ part, variant }) => part === "choice" && variant === VARIANTS.meta);
  const seeds = [...new Set(own.map(({ metaSeed }) => metaSeed))];
  const points = own.filter(({ metaSeed }) => metaSeed === seeds[0]).map((row): TradeOffRow => ({
    series: `meta-epoch ${row.epoch}${row.chosen ? ", chosen" : ""}`,
    x: row.asked,
    y: 100 * row.value,
  }));
  return tradeOff(points, {
    title: "When to stop: metanetworks kept on the way",
    subtitle: `${options.source}; metanetwork seed ${seeds[0]}, validation data`,
    alt:
      "A line per metanetwork that was kept. Of those that cost the whole network no more than allowed, the one with the best mean over the reductions is chosen, or the cheapest where all cost more",
    xLabel: "multiply-accumulates: original ÷ left",
    yLabel: "validation accuracy (%)",
    faint: (series) => !series.endsWith("chosen"),
  });
}

/** Loss of the changed networks during meta-training, one line per metanetwork. */
export function metaTrainingCurve(rows: readonly MetaRow[], options: SourceOptions): Figure {
  requireOptions("metaTrainingCurve", options, { source: true });
  const points = rows.filter(({ part }) => part === "meta-training").map((row): CurveRow => ({
    series: `metanetwork seed ${row.metaSeed}`,
    x: row.epoch!,
    y: row.value,
  }));
  return trainingCurve(points, {
    title: "Meta-training: cross entropy of the changed networks",
    subtitle: options.source,
    alt: "Where a line rises, the regulariser wins over the loss, and what the metanetwork writes knows less",
    xLabel: "meta-epoch",
    yLabel: "cross entropy",
  });
}

/** Cross entropy of the changed networks in the authors' development runs, by meta-epoch. */
export function publishedMetaLoss(): Figure {
  return trainingCurve(
    META_LOSS.flatMap(({ run, points }) => points.map(([x, y]): CurveRow => ({ series: run, x, y }))),
    {
      title: "Published: cross entropy of the changed VGG-19 networks",
      subtitle: "logs in the official repository's history, CIFAR-100; chance is 4.605",
      alt: "A line per run. The loss of guessing among 100 classes is 4.605",
      xLabel: "meta-epoch",
      yLabel: "cross entropy",
    },
  );
}

/** The authors' curves of networks that met no metanetwork. */
export function publishedOriginCurves(): Figure {
  return tradeOff(
    ORIGIN_CURVES.flatMap(({ network, points }) =>
      points.map(([x, y]): TradeOffRow => ({ series: network, x, y: 100 * y }))
    ),
    {
      title: "Published: accuracy as channels go, no metanetwork",
      subtitle: "plot data in the official repository",
      alt:
        "The later a curve falls, the more channels its network can spare. No metanetwork was there, and no training in between",
      xLabel: "multiply-accumulates: original ÷ left",
      yLabel: "test accuracy (%)",
    },
  );
}

/** Networks of architectures that no metanetwork was trained on, with and without one. */
export function transferFigure(rows: readonly MetaRow[], options: SourceOptions): Figure {
  requireOptions("transferFigure", options, { source: true });
  const own = rows.filter(({ part, variant }) => part === "transfer" && variant !== VARIANTS.none);
  const groups = Map.groupBy(own, ({ architecture, variant }) => `${architecture}, ${variant}`);
  const points = [...groups.values()].flatMap((group) =>
    curveOf(group[0]!.variant, group, group[0]!.architecture)
  );
  return tradeOff(points, {
    title: "Transfer: architectures that were not in meta-training",
    subtitle: options.source,
    alt:
      "A panel per architecture. Filled marks: with the same metanetworks, frozen. Hollow ones: fine-tuned without. Whiskers are one standard deviation over networks and metanetworks to either side",
    xLabel: "multiply-accumulates: original ÷ left",
    yLabel: "test accuracy (%)",
    faint: (series) => series === VARIANTS.tuned,
  });
}

/** Networks of one data set, without a metanetwork and with those that were trained on each data set. */
export function dataTransferFigure(
  rows: readonly MetaRow[],
  options: SourceOptions & { data: string },
): Figure {
  requireOptions("dataTransferFigure", options, { source: true, data: true });
  const { source, data } = options;
  const own = dataTransferRows(rows).filter((row) => row.data === data && row.variant !== VARIANTS.none);
  const points = [...Map.groupBy(own, originOf)].flatMap(([series, group]) =>
    curveOf(series, group, series === VARIANTS.tuned ? undefined : series)
  );
  return tradeOff(points, {
    title: `Transfer: networks on ${data}`,
    subtitle: source,
    alt:
      "A panel per metanetwork, frozen, by the data that it was trained on. Filled marks: with it. Hollow ones, in all panels: fine-tuned without. Whiskers are one standard deviation over networks to either side",
    xLabel: "multiply-accumulates: original ÷ left",
    yLabel: "test accuracy (%)",
    faint: (series) => series === VARIANTS.tuned,
  });
}

/** Channels of each group before and after. */
export function pruningProfile(before: Model, after: Model, options: SourceOptions): Figure {
  requireOptions("pruningProfile", options, { source: true });
  const left = new Map(channelGroups(after).groups.map(({ name, channels }) => [name, channels]));
  return beforeAfterBars(
    channelGroups(before).prunable.map(({ name, channels }, i) => ({
      name: name.replace(/^\d+\.weight$/, `group ${i + 1}`).replace(/[._/]?weight$/i, ""),
      before: channels,
      after: left.get(name) ?? 1,
    })),
    {
      title: "What pruning leaves of each group",
      subtitle: options.source,
      alt:
        "A bar per group of channels. The criterion takes the weakest of all groups together, so that each group gives as many as it has of them",
      xLabel: "channels",
    },
  );
}

/**
 * Norms of all channels of several networks, as the criterion compares them: divided by the largest of their
 * group.
 */
export function normDistribution(
  models: Readonly<Record<string, Model>>,
  options: SourceOptions,
): Figure {
  requireOptions("normDistribution", options, { source: true });
  return distributions(byStage(models, relativeNorms), {
    title: "Channel norms",
    subtitle: options.source,
    alt:
      "A line per stage. Channels near 0 are the first to go; where all norms are alike, a cut takes many at once",
    xLabel: "mean square norm of a channel ÷ the largest of its group",
    domain: [0, 1],
  });
}

function relativeNorms(model: Model): number[] {
  const groups = channelGroups(model);
  return groups.prunable.flatMap((group) => {
    const norms = groupNorms(group, groups);
    const largest = norms.reduce((high, norm) => Math.max(high, norm), 0) || 1;
    return [...norms].map((norm) => norm / largest);
  });
}

function byStage<T>(models: Readonly<Record<string, Model>>, of: (model: Model) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(models).map(([stage, model]) => [stage, of(model)]));
}

/** Values of all weights of several networks. */
export function weightDistribution(
  models: Readonly<Record<string, Model>>,
  options: SourceOptions,
): Figure {
  requireOptions("weightDistribution", options, { source: true });
  const values = (model: Model) =>
    weightsOf(model).filter(({ role }) => role === "weight")
      .flatMap(({ tensor }) => [...floats(tensor)]);
  return distributions(byStage(models, values), {
    title: "Weights",
    subtitle: options.source,
    alt: "A line per stage. Weights around 0 are the first to go where single weights are pruned",
    xLabel: "weight",
    of: "weights",
  });
}

/** A statistic of each layer's filters that {@linkcode layerFigure} draws. */
export type DrawnStatistic = Exclude<keyof LayerStatistics, "layer" | "filters">;

/** How each statistic is written, and what a reader should see. */
const STATISTICS: Readonly<Record<DrawnStatistic, { label: string; alt: string }>> = {
  l1: {
    label: "mean L1 norm of the filters",
    alt: "The lower, the smaller the filters of a layer as a whole",
  },
  l2: {
    label: "mean L2 norm of the filters",
    alt: "The lower, the smaller the filters of a layer as a whole",
  },
  ratio: {
    label: "mean L1 ÷ L2 norm of the filters",
    alt: "The lower, the fewer weights hold most of a filter's norm",
  },
  correlation: {
    label: "mean absolute correlation between filters",
    alt: "The higher, the more filters are alike",
  },
  directions: {
    label: "directions that the filters span",
    alt: "The fewer, the more filters could be made of others",
  },
};

/** A statistic of each layer's filters, a line per network. */
export function layerFigure(
  models: Readonly<Record<string, Model>>,
  options: SourceOptions & { statistic: DrawnStatistic },
): Figure {
  requireOptions("layerFigure", options, { source: true, statistic: true });
  const { source, statistic } = options;
  const { label, alt } = STATISTICS[statistic];
  const points = Object.entries(models).flatMap(([series, model]) =>
    layerStatistics(model).map((layer, i): CurveRow => ({ series, x: i + 1, y: layer[statistic] }))
  );
  const title = `${label[0]!.toUpperCase()}${label.slice(1)}, by layer`;
  return trainingCurve(points, { title, subtitle: source, alt, xLabel: "layer", yLabel: label });
}

/** Norms of the filters of several networks, divided by the largest of their layer. */
export function filterNormDistribution(
  models: Readonly<Record<string, Model>>,
  options: SourceOptions,
): Figure {
  requireOptions("filterNormDistribution", options, { source: true });
  return distributions(byStage(models, filterNorms), {
    title: "Filter norms",
    subtitle: options.source,
    alt:
      "A line per stage. The further left filters lie, the weaker they are beside the strongest of their layer",
    xLabel: "L2 norm of a filter ÷ the largest of its layer",
    of: "filters",
    domain: [0, 1],
  });
}

/**
 * How much the loss of several networks hangs on each of their channels; `values` as {@linkcode
 * sensitivities} gives them.
 */
export function sensitivityDistribution(
  values: Readonly<Record<string, readonly number[]>>,
  options: SourceOptions,
): Figure {
  requireOptions("sensitivityDistribution", options, { source: true });
  const sorted = Object.values(values).flat().filter((value) => value > 0).sort((a, b) => a - b);
  const few = sorted[Math.floor(0.02 * sorted.length)] ?? 1;
  return distributions(values, {
    log: true,
    domain: [few, sorted.at(-1) ?? 10],
    title: "Taylor sensitivity of channels",
    subtitle: options.source,
    alt:
      "A line per stage. The further left a channel lies, the less the loss changes, to first order, when it is zeroed",
    xLabel: "|Σ weight × gradient| of the filter that makes a channel",
  });
}
