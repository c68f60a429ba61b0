import type { Tensor } from "../deps.ts";
import type { Model } from "../onnx/model.ts";
import { weightsOf } from "../nn/weights.ts";
import { beforeAfterBars } from "../plot/bars.ts";
import type { Figure } from "../plot/figure.ts";
import { histogram } from "../plot/histogram.ts";
import { type Cell, type Table, table } from "../plot/table.ts";
import { tradeOff, type TradeOffRow } from "../plot/trade_off.ts";
import { type CurveRow, trainingCurve } from "../plot/training_curve.ts";
import { channelGroups } from "../prune/channel_groups.ts";
import type { CurvePoint } from "./curves.ts";
import { type MetaRow, VARIANTS } from "./experiment.ts";
import { groupNorms } from "./progressive_pruning.ts";
import { META_LOSS, ORIGIN_CURVES, type PublishedTable } from "./published_results.ts";

/** What all figures of a run say about where their numbers come from. */
export interface FigureSource {
  source: string;
}

const NOT_AVAILABLE = "not available to us";

/** Mean and spread of some numbers. */
export interface Summary {
  mean: number;
  /** Sample standard deviation; 0 of one number. */
  deviation: number;
  count: number;
}

/** Mean, sample standard deviation and number. */
export function summarize(values: readonly number[]): Summary {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : 0, count };
}

/** Accuracy without training against the speed-up: mean over networks and metanetworks, with the standard deviation. */
export function accuracyAgainstSpeedUp(
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
    xLabel: "speed-up (original multiply-accumulates ÷ those left)",
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
    xLabel = "speed-up (original multiply-accumulates ÷ those left)",
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
    xLabel: "speed-up (original multiply-accumulates ÷ those left)",
    yLabel: "validation accuracy (%)",
    faint: (series) => !series.endsWith("chosen"),
  });
}

/** What each metanetwork that was kept costs before pruning and gives on average, and which was chosen. */
export function choiceTable(rows: readonly MetaRow[]): Table {
  const own = rows.filter(({ part }) => part === "choice");
  return table(
    [...Map.groupBy(own, ({ metaSeed, epoch }) => `${metaSeed}/${epoch}`).values()].map((group) => ({
      "metanetwork seed": group[0]!.metaSeed,
      "meta-epoch": group[0]!.epoch,
      "unpruned (%)": round(100 * group[0]!.value),
      "mean over speed-ups (%)": round(100 * summarize(group.map(({ value }) => value)).mean),
      "": group[0]!.chosen ? "chosen" : "",
    })),
  );
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
      xLabel: "speed-up",
      yLabel: "test accuracy (%)",
    },
  );
}

/** One line per way of pruning: accuracy before pruning, along the curve, and after the last training. */
export function comparisonTable(rows: readonly MetaRow[]): Table {
  const own = rows.filter(({ part }) => part === "held-out");
  const curve = [...new Set(own.filter(({ stage }) => stage === "pruned").map(({ asked }) => asked))];
  const finals = [...new Set(own.filter(({ stage }) => stage === "final").map(({ asked }) => asked))];
  return table(
    Object.values(VARIANTS).flatMap((variant) => {
      const mine = own.filter((row) => row.variant === variant);
      if (mine.length === 0) return [];
      const cell = (stage: MetaRow["stage"], asked: number) => {
        const values = mine.filter((row) => row.stage === stage && row.asked === asked).map(({ value }) =>
          value
        );
        return values.length > 0 ? written(summarize(values)) : "";
      };
      return [{
        pruning: variant,
        runs: new Set(mine.map(({ net, metaSeed }) => `${net}/${metaSeed}`)).size,
        "right after (%)": cell("changed", 1),
        "unpruned (%)": cell("tuned", 1),
        ...Object.fromEntries(curve.map((asked) => [`${asked}×`, cell("pruned", asked)])),
        "mean over curve": meanOverCurve(mine),
        ...Object.fromEntries(finals.map((asked) => [`${asked}×, trained`, cell("final", asked)])),
      }];
    }),
  );
}

/** Mean accuracy over the speed-ups of each run, summarised over runs. */
export function areas(rows: readonly MetaRow[]): number[] {
  const curves = rows.filter(({ stage }) => stage === "tuned" || stage === "pruned");
  return [...Map.groupBy(curves, ({ net, metaSeed }) => `${net}/${metaSeed}`).values()]
    .map((run) => summarize(run.map(({ value }) => value)).mean);
}

function meanOverCurve(rows: readonly MetaRow[]): string {
  const found = areas(rows);
  return found.length > 0 ? written(summarize(found)) : "";
}

function written({ mean, deviation, count }: Summary): string {
  return count > 1 ? `${(100 * mean).toFixed(1)} ± ${(100 * deviation).toFixed(1)}` : (100 * mean).toFixed(1);
}

/** What was to be shown, and whether this run shows it: the thresholds that were set before it ran. */
export function acceptanceTable(rows: readonly MetaRow[]): Table {
  const own = rows.filter(({ part }) => part === "held-out");
  const of = (variant: string) => own.filter((row) => row.variant === variant);
  const mean = (variant: string, stage: MetaRow["stage"], asked: number) =>
    summarize(
      of(variant).filter((row) => row.stage === stage && row.asked === asked).map(({ value }) => value),
    ).mean;
  const area = (variant: string) => summarize(areas(of(variant))).mean;
  const { meta, none, tuned, free, untrained } = VARIANTS;
  const lines: [string, number, "at least" | "at most", number][] = [
    ["gain of the mean over the curve", area(meta) - area(none), "at least", 0.08],
    ["gain at 4×, without training", mean(meta, "pruned", 4) - mean(none, "pruned", 4), "at least", 0.1],
    ["gain at 8×, trained", mean(meta, "final", 8) - mean(none, "final", 8), "at least", 0.05],
    ["accuracy lost before pruning", mean(none, "tuned", 1) - mean(meta, "tuned", 1), "at most", 0.03],
    [
      "mean over the curve without regulariser, against fine-tuning alone",
      Math.abs(area(free) - area(tuned)),
      "at most",
      0.03,
    ],
    ["the same for an untrained metanetwork", Math.abs(area(untrained) - area(tuned)), "at most", 0.03],
  ];
  return table(lines.map(([what, found, side, bound]) => ({
    what,
    "measured (points)": round(100 * found),
    threshold: `${side} ${100 * bound}`,
    met: (side === "at least" ? found >= bound : found <= bound) ? "yes" : "no",
  })));
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
    xLabel: "speed-up (original multiply-accumulates ÷ those left)",
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

/** A published table beside what was measured here, in columns of their own. */
export function publishedTable(
  { title, task, rows }: PublishedTable,
  ours: readonly { method: string; base: number; pruned: number; speedUp: number }[] = [],
): Table {
  const percent = (value: number | undefined) => value === undefined ? NOT_AVAILABLE : value.toFixed(2);
  const published = rows.map((
    { method, base, pruned, printedDelta, speedUp, source, note },
  ): Record<string, Cell> => ({
    method,
    "published base (%)": percent(base),
    "published pruned (%)": percent(pruned),
    "published difference": base !== undefined && pruned !== undefined
      ? (pruned - base).toFixed(2)
      : percent(printedDelta),
    "published speed-up": speedUp === undefined ? NOT_AVAILABLE : `${speedUp.toFixed(2)}×`,
    "our base (%)": "",
    "our pruned (%)": "",
    "our speed-up": "",
    source: [
      source,
      note,
      printedDelta !== undefined && base !== undefined
        ? `the source prints ${printedDelta} as difference`
        : undefined,
    ].filter(Boolean).join("; "),
  }));
  const measured = ours.map(({ method, base, pruned, speedUp }): Record<string, Cell> => ({
    method,
    "published base (%)": "",
    "published pruned (%)": "",
    "published difference": "",
    "published speed-up": "",
    "our base (%)": base.toFixed(2),
    "our pruned (%)": pruned.toFixed(2),
    "our speed-up": `${speedUp.toFixed(2)}×`,
    source: "measured here",
  }));
  return table([...published, ...measured], `${title}: ${task}`);
}

/** What a run measured on an architecture, as lines of a published table; none where the run was of another. */
export function measuredOn(
  architecture: string,
  rows: readonly MetaRow[],
): { method: string; base: number; pruned: number; speedUp: number }[] {
  const own = rows.filter((row) => row.part === "held-out" && row.architecture === architecture);
  const mean = (values: readonly MetaRow[]) => 100 * summarize(values.map(({ value }) => value)).mean;
  const base = mean(own.filter(({ variant, stage }) => variant === VARIANTS.none && stage === "tuned"));
  return [
    ...Map.groupBy(
      own.filter(({ stage }) => stage === "final"),
      ({ variant, asked }) => `${variant}/${asked}`,
    ).values(),
  ]
    .map((group) => ({
      method: group[0]!.variant,
      base,
      pruned: mean(group),
      speedUp: summarize(group.map(({ speedUp }) => speedUp)).mean,
    }));
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

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
