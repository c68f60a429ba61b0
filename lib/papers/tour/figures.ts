import { requireOptions } from "../../options.ts";
import { type ImageData, subset } from "../../data/image_set.ts";
import { beforeAfterBars } from "../../plot/bars.ts";
import type { Figure } from "../../plot/figure.ts";
import { heatMap } from "../../plot/heat_map.ts";
import { histogram } from "../../plot/histogram.ts";
import { imageGrid } from "../../plot/image_grid.ts";
import { tradeOff, type TradeOffRow } from "../../plot/trade_off.ts";
import type { PruningPlan } from "../../prune/pruning_plan.ts";
import type { SensitivityRow } from "../../prune/sensitivity.ts";
import type { LatencyRow } from "./latency.ts";
import type { TourRow } from "./prune_and_tune.ts";
import { numbersOf } from "../../tensor/tensor.ts";
import type { SourceOptions } from "../source_options.ts";

/** Origin of the numbers, for all figures of a run. */
export interface Provenance extends SourceOptions {
  /** The unpruned network. */
  baseline: { macs: number; accuracy: number; latency?: number };
}

const TUNED = ", fine-tuned";

/** Accuracy against the part of the multiply-accumulates that is kept, before and after fine-tuning. */
export function accuracyAgainstMacs(rows: readonly TourRow[], options: Provenance): Figure {
  requireOptions("accuracyAgainstMacs", options, { source: true, baseline: true });
  const { source, baseline } = options;
  const points = rows.flatMap((row): TradeOffRow[] => {
    const x = 100 * row.macs / baseline.macs;
    return [
      { series: row.criterion + TUNED, x, y: 100 * row.tuned },
      { series: row.criterion, x, y: 100 * row.pruned },
    ];
  });
  return tradeOff(points, {
    title: "Accuracy against multiply-accumulates",
    subtitle: source,
    alt:
      "Dashed: right after pruning. Solid: after the same short fine-tuning for all. The random criterion is the control",
    xLabel: "multiply-accumulates kept (%)",
    yLabel: "test accuracy (%)",
    baseline: { x: 100, y: 100 * baseline.accuracy, label: "unpruned" },
    faint: (series) => !series.endsWith(TUNED),
    hue: (series) => series.replace(TUNED, ""),
  });
}

/** Accuracy against measured latency. */
export function accuracyAgainstLatency(
  rows: readonly LatencyRow[],
  options: Provenance,
): Figure {
  requireOptions("accuracyAgainstLatency", options, { source: true, baseline: true });
  const { source, baseline } = options;
  return tradeOff(
    rows.flatMap(({ series, accuracy, median, low, high }): TradeOffRow[] =>
      accuracy === undefined ? [] : [{ series, x: median, y: 100 * accuracy, xLow: low, xHigh: high }]
    ),
    {
      title: "Accuracy against measured latency",
      subtitle: source,
      alt: "Each point is a fine-tuned model; bars span the middle half of the timed runs",
      xLabel: "latency, one batch (ms)",
      yLabel: "test accuracy (%)",
      baseline: baseline.latency === undefined
        ? undefined
        : { x: baseline.latency, y: 100 * baseline.accuracy, label: "unpruned" },
    },
  );
}

/** How much of the saved arithmetic shows up as saved time: on the diagonal, all of it. */
export function latencyAgainstMacs(rows: readonly LatencyRow[], options: Provenance): Figure {
  requireOptions("latencyAgainstMacs", options, { source: true, baseline: true });
  const { source, baseline } = options;
  const points = rows.map(({ series, macs, median, low, high }): TradeOffRow => {
    const percent = (ms: number) => 100 * ms / baseline.latency!;
    return {
      series,
      x: 100 * macs / baseline.macs,
      y: percent(median),
      yLow: percent(low),
      yHigh: percent(high),
    };
  });
  const ideal = [0, 100].map((x): TradeOffRow => ({ series: "time falls as arithmetic does", x, y: x }));
  return tradeOff([...points, ...ideal], {
    title: "Latency against multiply-accumulates",
    subtitle: source,
    alt: "The height above the diagonal is saved arithmetic that does not show as saved time",
    xLabel: "multiply-accumulates kept (%)",
    yLabel: "latency (% of unpruned)",
    faint: (series) => series.startsWith("time falls"),
  });
}

/** The first test images, with their classes. */
export function sampleImages(data: ImageData, count: number): Figure {
  const { images, labels } = subset(data.test, count);
  const captions = numbersOf(labels).map((label) => data.classes[label]!);
  return imageGrid(images, {
    title: "The first test images",
    subtitle: data.name,
    alt: "Each with the class that it belongs to",
    captions,
  });
}

/** Accuracy when one group alone loses some of its channels. */
export function sensitivityFigure(
  rows: readonly SensitivityRow[],
  options: SourceOptions & { examples: number },
): Figure {
  requireOptions("sensitivityFigure", options, { source: true, examples: true });
  const { source, examples } = options;
  return heatMap(
    rows.map(({ group, ratio, accuracy }) => ({
      x: `${Math.round(100 * ratio)} %`,
      y: short(group),
      value: 100 * accuracy!,
    })),
    {
      title: "Accuracy when one group alone is pruned, without training (%)",
      subtitle: `${source}; the first ${examples} test images`,
      alt: "Dark cells: the group is spared easily. Light cells: everything behind it depends on it",
      xLabel: "channels of the group that are gone",
      yLabel: "group",
      format: (value) => value.toFixed(0),
    },
  );
}

/** Channels that a plan leaves of each group. */
export function planFigure(plan: PruningPlan, options: SourceOptions): Figure {
  requireOptions("planFigure", options, { source: true });
  return beforeAfterBars(
    plan.groups.map(({ name, channels, removed }) => ({
      name: short(name),
      before: channels,
      after: channels - removed.length,
    })),
    {
      title: "What the plan leaves of each group",
      subtitle: options.source,
      alt: plan.toString().split("\n")[0]!.replace("of MACs", "of multiply-accumulates"),
      xLabel: "channels",
    },
  );
}

/** How important the channels of all groups are, and where the plan cuts. */
export function importanceFigure(plan: PruningPlan, options: SourceOptions): Figure {
  requireOptions("importanceFigure", options, { source: true });
  const all = plan.groups.flatMap(({ importance, removed }) => {
    const gone = new Set(removed);
    return Array.from(importance, (value, channel) => ({ value, goes: gone.has(channel) }));
  });
  const gone = all.filter(({ goes }) => goes);
  const cut = gone.reduce((highest, { value }) => Math.max(highest, value), -Infinity);
  const spared = all.filter(({ value, goes }) => !goes && value < cut).length;
  return histogram(all.map(({ value }) => value), {
    title: "Importance of all channels, and the cut",
    subtitle: options.source,
    alt:
      `${gone.length} of ${all.length} channels go, none right of the line at ${
        cut.toPrecision(3)
      }; left of it ` +
      `${spared} stay, because widths are rounded`,
    xLabel: "importance (group norm, divided by the mean of its group)",
    goes: (i) => all[i]!.goes,
    cut: gone.length > 0 ? cut : undefined,
  });
}

function short(name: string): string {
  return name.replace(/[._/]?weight$/i, "");
}
