import type { Tensor } from "../deps.ts";
import type { Model } from "../onnx/model.ts";
import { weightsOf } from "../nn/weights.ts";
import { beforeAfterBars } from "../plot/bars.ts";
import type { Figure } from "../plot/figure.ts";
import { histogram } from "../plot/histogram.ts";
import { tradeOff, type TradeOffRow } from "../plot/trade_off.ts";
import { type CurveRow, trainingCurve } from "../plot/training_curve.ts";
import { channelGroups } from "../prune/channel_groups.ts";
import type { CurvePoint } from "./curves.ts";
import { type MetaRow, VARIANTS } from "./meta_row.ts";
import { groupNorms } from "./progressive_pruning.ts";
import { summarize } from "./tables.ts";
import { META_LOSS, ORIGIN_CURVES } from "./published_results.ts";

/** What all figures of a run say about where their numbers come from. */
export interface FigureSource {
  source: string;
}

/** Accuracy without training against the reduction of multiply-accumulates: mean over networks and metanetworks, with the standard deviation. */
export function accuracyAgainstReduction(
  rows: readonly MetaRow[],
  { source, variants, title = "Accuracy as channels go, without training in between" }:
    & FigureSource
    & { variants: readonly string[]; title?: string },
): Figure {
  const points = variants.flatMap((variant): TradeOffRow[] => {
    const own = rows.filter((row) =>
      row.variant === variant && (row.stage === "pruned" || row.stage === "tuned")
    );
    return [...Map.groupBy(own, ({ asked }) => asked)].map(([x, group]) => {
      const { mean, deviation } = summarize(group.map(({ value }) => 100 * value));
      return { series: variant, x, y: mean, yLow: mean - deviation, yHigh: Math.min(100, mean + deviation) };
    });
  });
  return tradeOff(points, {
    title,
    subtitle: source,
    alt:
      "The later a curve falls, the more channels its networks can spare. Bars span one standard deviation",
    xLabel: "multiply-accumulates: original ÷ left",
    yLabel: "test accuracy (%)",
    faint: (series) => series !== VARIANTS.meta,
  });
}

/** Curves of single networks: stages of one, criteria, pruning without structure. */
export function curvesFigure(
  points: readonly CurvePoint[],
  {
    source,
    title,
    alt,
    xLabel = "multiply-accumulates: original ÷ left",
    faint = () => false,
  }:
    & FigureSource
    & { title: string; alt: string; xLabel?: string; faint?: (series: string) => boolean },
): Figure {
  return tradeOff(
    points.map(({ series, x, accuracy }): TradeOffRow => ({ series, x, y: 100 * accuracy })),
    { title, subtitle: source, alt, xLabel, yLabel: "test accuracy (%)", faint },
  );
}

/** The same for the metanetworks that were kept on the way, on validation data: the trade between what they cost and give. */
export function accuracyByMetaEpoch(rows: readonly MetaRow[], { source }: FigureSource): Figure {
  const own = rows.filter(({ part }) => part === "choice");
  const seeds = [...new Set(own.map(({ metaSeed }) => metaSeed))];
  const points = own.filter(({ metaSeed }) => metaSeed === seeds[0]).map((row): TradeOffRow => ({
    series: `meta-epoch ${row.epoch}${row.chosen ? ", chosen" : ""}`,
    x: row.asked,
    y: 100 * row.value,
  }));
  return tradeOff(points, {
    title: "When to stop: metanetworks kept on the way",
    subtitle: `${source}; metanetwork seed ${seeds[0]}, validation data`,
    alt: "Early ones change little; late ones cost accuracy at once. The best lies between",
    xLabel: "multiply-accumulates: original ÷ left",
    yLabel: "validation accuracy (%)",
    faint: (series) => !series.endsWith("chosen"),
  });
}

/** Loss of the changed networks during meta-training, one line per metanetwork. */
export function metaTrainingCurve(rows: readonly MetaRow[], { source }: FigureSource): Figure {
  const points = rows.filter(({ part }) => part === "meta-training").map((row): CurveRow => ({
    series: `metanetwork seed ${row.metaSeed}`,
    x: row.epoch!,
    y: row.value,
  }));
  return trainingCurve(points, {
    title: "Meta-training: cross entropy of the changed networks",
    subtitle: source,
    alt:
      "It rises: the regulariser wins over the loss, and what comes out knows less and less until it is fine-tuned",
    xLabel: "meta-epoch",
    yLabel: "cross entropy",
  });
}

/** The same in the authors' development runs. */
export function publishedMetaLoss(): Figure {
  return trainingCurve(
    META_LOSS.flatMap(({ run, points }) => points.map(([x, y]): CurveRow => ({ series: run, x, y }))),
    {
      title: "Published: cross entropy of the changed VGG-19 networks",
      subtitle: "logs in the official repository's history, CIFAR-100; chance is 4.605",
      alt: "In the authors' runs, too, the loss rises to that of guessing, and sooner in some",
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
      alt: "Networks with thousands of channels spare half of their arithmetic without training, then fall",
      xLabel: "multiply-accumulates: original ÷ left",
      yLabel: "test accuracy (%)",
    },
  );
}

/** Networks of architectures that no metanetwork was trained on, with and without one. */
export function transferFigure(rows: readonly MetaRow[], { source }: FigureSource): Figure {
  const own = rows.filter(({ part }) => part === "transfer");
  const points = [...Map.groupBy(own, ({ architecture, variant }) => `${architecture}, ${variant}`)].flatMap(
    ([series, group]): TradeOffRow[] => {
      if (group[0]!.variant === VARIANTS.none) return [];
      const curve = group.filter(({ stage }) => stage === "tuned" || stage === "pruned");
      return [...Map.groupBy(curve, ({ asked }) => asked)].map(([x, at]) => {
        const { mean, deviation } = summarize(at.map(({ value }) => 100 * value));
        return { series, x, y: mean, yLow: mean - deviation, yHigh: Math.min(100, mean + deviation) };
      });
    },
  );
  const plain = (series: string) => series.endsWith(VARIANTS.tuned);
  return tradeOff(points, {
    title: "Transfer: architectures that were not in meta-training",
    subtitle: source,
    alt:
      "The same metanetworks, frozen, on other widths and depths. Bars span one standard deviation over metanetworks",
    xLabel: "multiply-accumulates: original ÷ left",
    yLabel: "test accuracy (%)",
    faint: plain,
    hue: (series) => series.split(",")[0]!,
  });
}

/** Channels of each group before and after. */
export function pruningProfile(before: Model, after: Model, { source }: FigureSource): Figure {
  const left = new Map(channelGroups(after).groups.map(({ name, channels }) => [name, channels]));
  return beforeAfterBars(
    channelGroups(before).prunable.map(({ name, channels }) => ({
      name: name.replace(/[._/]?weight$/i, ""),
      before: channels,
      after: left.get(name) ?? 1,
    })),
    {
      title: "What pruning leaves of each group",
      subtitle: source,
      alt: "The criterion decides freely where channels go; the metanetwork only changes their norms",
      xLabel: "channels",
    },
  );
}

/** Norms of all channels, as the criterion compares them: divided by the largest of their group. */
export function normDistribution(model: Model, { source, title }: FigureSource & { title: string }): Figure {
  const groups = channelGroups(model);
  const values = groups.prunable.flatMap((group) => {
    const norms = groupNorms(group, groups);
    const largest = norms.reduce((high, norm) => Math.max(high, norm), 0) || 1;
    return [...norms].map((norm) => norm / largest);
  });
  return histogram(values, {
    title,
    subtitle: source,
    alt: "The further the channels are spread out towards 0, the more of them go without being missed",
    xLabel: "mean square norm of a channel ÷ the largest of its group",
  });
}

/** Values of all weights. */
export function weightDistribution(
  model: Model,
  { source, title }: FigureSource & { title: string },
): Figure {
  const values = weightsOf(model).filter(({ role }) => role === "weight")
    .flatMap(({ tensor }) => [...(tensor.data as Float32Array)]);
  return histogram(values, {
    title,
    subtitle: source,
    alt: "Most weights are small; the tails are what the network computes with",
    xLabel: "weight",
    yLabel: "weights",
  });
}

/** Filters' norms by layer, before and after: a line per network. */
export function layerNorms(models: Readonly<Record<string, Model>>, { source }: FigureSource): Figure {
  const points = Object.entries(models).flatMap(([series, model]) =>
    weightsOf(model).filter(({ role, tensor }) => role === "weight" && tensor.dims.length >= 2).map((
      weight,
      x,
    ): CurveRow => ({
      series,
      x: x + 1,
      y: normOf(weight.tensor),
    }))
  );
  return trainingCurve(points, {
    title: "Norm of each layer's weight",
    subtitle: source,
    alt: "The metanetwork shrinks layers as a whole as well; fine-tuning brings part of it back",
    xLabel: "layer",
    yLabel: "root mean square of the weights",
  });
}

function normOf({ data, size }: Tensor): number {
  return Math.sqrt((data as Float32Array).reduce((sum, value) => sum + value * value, 0) / size);
}
