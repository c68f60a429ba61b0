import { requireOptions } from "../../options.ts";
import { Plot } from "../../plot/deps.ts";
import { drawPlot, type Figure } from "../../plot/figure.ts";
import { heatMap } from "../../plot/heat_map.ts";
import { plotSymbol, seriesStyle } from "../../plot/markers.ts";
import { INK } from "../../plot/palette.ts";
import { tradeOff, type TradeOffRow } from "../../plot/trade_off.ts";
import { mean } from "../../statistics/describe.ts";
import type { AllocationRow } from "./allocation.ts";
import type { AskedRow } from "./asked.ts";
import { accuracyOf, CHAINS, type CollapsePoint, type Examined } from "./examined.ts";
import { type ByLength, byLength } from "./lengths/by_length.ts";
import { type Question, QUESTIONS } from "./language.ts";
import { PARTS, placeOf } from "./matrices/matrix_name.ts";
import type { PerplexityRow } from "./perplexity.ts";
import { LENGTHS } from "./published.ts";
import type { SensitivityRow } from "./matrices/sensitivity.ts";
import { FLOAT_BITS, METHOD_NAMES, type Setting } from "./setting.ts";
import type { SourceOptions } from "../source_options.ts";

/** Questions as figures name them. */
export const QUESTION_NAMES: Readonly<Record<Question, string>> = {
  K1: "one fact",
  K2: "two facts",
  R2: "chain of 2",
  R3: "chain of 3",
  R4: "chain of 4",
  R5: "chain of 5",
  R6: "chain of 6",
};

const BITS = {
  type: "log",
  domain: [2, 17],
  nice: false,
  ticks: [2, 3, 4, 6, 8, 12, 16],
  tickFormat: String,
} as const;

/** The dense network at 16 bits and a method's levels, as points of a line, the mean over some networks. */
function curve(
  networks: readonly Examined[],
  method: Setting["method"],
  questions: readonly Question[],
): { x: number; y: number }[] {
  const points = networks.flatMap(({ dense, curves }) => {
    const own = curves.get(method);
    if (!own) return [];
    const levels = own.get(questions[0]!)?.length ?? 0;
    const at = (rows: readonly AskedRow[], bits: number) => ({ x: bits, y: mean(rows.map(accuracyOf)) });
    return [
      at(questions.flatMap((question) => dense.get(question) ?? []), FLOAT_BITS),
      ...Array.from({ length: levels }, (_, i) => {
        const rows = questions.flatMap((question) => own.get(question)?.[i] ?? []);
        return at(rows, rows[0]!.bits);
      }),
    ];
  });
  return [...Map.groupBy(points, ({ x }) => x.toFixed(2)).values()].map((own) => ({
    x: mean(own.map(({ x }) => x)),
    y: mean(own.map(({ y }) => y)),
  }));
}

/**
 * Accuracy on facts and on chains against bits of a weight, a line for each method, a panel for each
 * width of networks: equal bytes are other levels there.
 */
export function accuracyAgainstBits(networks: readonly Examined[], options: SourceOptions): Figure {
  requireOptions("accuracyAgainstBits", options, { source: true });
  const methods = [...new Set(networks.flatMap(({ curves }) => [...curves.keys()]))];
  const widths = Map.groupBy(networks.filter(({ curves }) => curves.size > 0), ({ hidden }) => hidden);
  const rows = methods.flatMap((method) =>
    [...widths].flatMap(([hidden, own]) =>
      ([[["K1"], "facts"], [CHAINS, "chains"]] as const).flatMap(([questions, what]) =>
        curve(own, method, questions).map((point): TradeOffRow => ({
          series: `${METHOD_NAMES[method]}, ${what}`,
          panel: widths.size > 1 ? `width ${hidden}` : undefined,
          ...point,
        }))
      )
    )
  );
  return tradeOff(rows, {
    title: "What is left at equal bytes",
    subtitle: options.source,
    alt: "Right is more bytes, up is more right. Full lines: one fact. Dashed: chains of all lengths",
    xLabel: "bits of a weight in the file, map of zeros and scales included",
    yLabel: "right answers (%)",
    xScale: BITS,
    yScale: { domain: [0, 100], nice: false },
    faint: (series) => series.endsWith("chains"),
    hue: (series) => series.split(",")[0]!,
  });
}

/**
 * Accuracy on each question against what a method removed, the mean over networks, at the levels that all of
 * them have: those of equal bytes are others for each width.
 */
export function collapseCurves(
  networks: readonly Examined[],
  method: Setting["method"],
  options: SourceOptions,
): Figure {
  requireOptions("collapseCurves", options, { source: true });
  const pruned = networks.filter(({ curves }) => curves.has(method));
  const rows = QUESTIONS.flatMap((question) =>
    pruned.flatMap(({ dense, curves }) => {
      const own = [dense.get(question), ...curves.get(method)?.get(question) ?? []];
      return own.flatMap((row): TradeOffRow[] =>
        row
          ? [{
            series: QUESTION_NAMES[question],
            x: row.setting.method === "dense" ? 0 : 100 * (row.setting.sparsity ?? 0),
            y: accuracyOf(row),
          }]
          : []
      );
    })
  );
  const levels = [...Map.groupBy(rows, ({ series, x }) => `${series} ${x}`).values()];
  const means = levels.filter((own) => own.length === pruned.length).map((own) => ({
    ...own[0]!,
    y: mean(own.map(({ y }) => y)),
  }));
  return tradeOff(means, {
    title: `What goes first: ${METHOD_NAMES[method]}`,
    subtitle: options.source,
    alt:
      "Each line is one question, asked of the same networks. Dashed: knowledge. The further left a line falls, the earlier it collapses",
    xLabel: "weights of each matrix that are gone (%)",
    yLabel: "right answers (%)",
    yScale: { domain: [0, 100], nice: false },
    faint: (series) => series.endsWith("fact") || series.endsWith("facts"),
  });
}

/** Where accuracy on each question falls below half, in bits of a weight, with its interval. */
export function collapseFigure(points: readonly CollapsePoint[], options: SourceOptions): Figure {
  requireOptions("collapseFigure", options, { source: true });
  const methods = [...new Set(points.map(({ method }) => method))];
  const domain = QUESTIONS.filter((question) => points.some((point) => point.question === question));
  const rows = points.map((point) => ({
    ...point,
    name: QUESTION_NAMES[point.question],
    low: point.interval.low,
    high: point.interval.high,
  }));
  return drawPlot({
    title: "Collapse points: fewer bits than these, and half of the answers are gone",
    subtitle: options.source,
    alt:
      "Further left is better. Whiskers: 95 % bootstrap over the items. Hollow: not below half at the last level",
    legend: methods.map((method, i) => ({
      label: METHOD_NAMES[method],
      ...seriesStyle(i),
      mark: "dot" as const,
    })),
    height: 90 + 34 * domain.length,
    marginLeft: 90,
    x: { ...BITS, label: "bits of a weight in the file", grid: true },
    y: {
      type: "point",
      label: null,
      domain: domain.map((question) => QUESTION_NAMES[question]),
      padding: 0.6,
    },
    marks: methods.flatMap((method, i) => {
      const { color, marker } = seriesStyle(i);
      const own = rows.filter((row) => row.method === method);
      const dy = (i - (methods.length - 1) / 2) * 8;
      return [
        Plot.ruleY(own, { x1: "low", x2: "high", y: "name", stroke: color, strokeWidth: 1.5, dy }),
        Plot.dot(own, {
          x: "at",
          y: "name",
          stroke: color,
          fill: (row: (typeof own)[number]) => row.never ? "white" : color,
          symbol: plotSymbol(marker),
          r: 4,
          dy,
        }),
      ];
    }),
  });
}

/** Accuracy by length of the answer: each compressed network, and what the authors released. */
export function lengthFigure(rows: readonly AskedRow[], options: SourceOptions): Figure {
  requireOptions("lengthFigure", options, { source: true });
  const thirds = ["shortest 30 %", "middle 40 %", "longest 30 %"];
  const line = ({ shortest, middle, longest }: Omit<ByLength, "row">, name: string) =>
    [shortest, middle, longest].map((y, i) => ({ x: thirds[i]!, y, name }));
  const ours = byLength(rows).map((own, i) => line(own, `${i}`));
  const theirs = LENGTHS.rows.map((row) => line(row, row.task));
  const means = thirds.map((x, i) => ({ x, y: mean(ours.map((own) => own[i]!.y)) }));
  const [own, published] = [seriesStyle(0), seriesStyle(1)];
  return drawPlot({
    title: "Right answers by how long they are",
    subtitle: options.source,
    alt:
      "Thin lines: chains, one line for each compressed probe. Thick: their mean. Dashed: three tasks, counted in the " +
      "answers that the authors released of an 8B model at 4 bits",
    legend: [
      { label: "a compressed probe, all chains", ...own, mark: "line" },
      { label: "published: an 8B model at 4 bits, a task each", ...published, mark: "dashed" },
    ],
    height: 300,
    marginRight: 130,
    grid: true,
    x: { type: "point", label: "answers by their length", domain: thirds, padding: 0.3 },
    y: { label: "right answers (%)", domain: [0, 100] },
    marks: [
      ...ours.map((points) =>
        Plot.line(points, { x: "x", y: "y", stroke: own.color, strokeWidth: 1, strokeOpacity: 0.35 })
      ),
      Plot.line(means, { x: "x", y: "y", stroke: own.color, strokeWidth: 3 }),
      ...theirs.map((points) =>
        Plot.line(points, { x: "x", y: "y", stroke: published.color, strokeWidth: 2, strokeDasharray: "5 3" })
      ),
      ...theirs.map((points) =>
        Plot.text(points.slice(-1), { x: "x", y: "y", text: "name", dx: 6, textAnchor: "start", fill: INK })
      ),
    ],
  });
}

/** What rounding each matrix alone costs: layers by kinds of matrices. */
export function sensitivityMap(rows: readonly SensitivityRow[], options: SourceOptions): Figure {
  requireOptions("sensitivityMap", options, { source: true });
  const cells = rows.map(({ weight, losses }) => ({ ...cell(weight), value: 1000 * mean(losses) }));
  return heatMap(ordered(cells), {
    title: `What ${rows[0]?.bits} bits in one matrix alone cost`,
    subtitle: options.source,
    alt: "Thousandths of a nat a token; dark costs more",
    xLabel: "matrix",
    yLabel: "layer",
    format: (value) => value.toFixed(1),
  });
}

/** The bits that a rule gave each matrix. */
export function allocationMap({ rule, budget, widths }: AllocationRow, options: SourceOptions): Figure {
  requireOptions("allocationMap", options, { source: true });
  const cells = Object.entries(widths).map(([weight, value]) => ({ ...cell(weight), value }));
  return heatMap(ordered(cells), {
    title: `Where ${budget} bits in the mean go: ${RULE_NAMES[rule]}`,
    subtitle: options.source,
    alt: "Bits of each matrix; dark has more",
    xLabel: "matrix",
    yLabel: "layer",
    format: String,
    domain: [2, 8],
  });
}

/** Rules of allocation as tables name them. */
export const RULE_NAMES: Readonly<Record<AllocationRow["rule"], string>> = {
  uniform: "the same for all",
  calibrated: "by what matrices cost",
  leastSensitive: "upside down",
  random: "by lot",
};

const cell = (weight: string) => {
  const { layer, part } = placeOf(weight);
  return { x: part, y: layer + 1 };
};

/** Cells by layer, the matrices of each in their order. */
export const ordered = <T extends { x: string; y: number }>(cells: readonly T[]): T[] =>
  cells.toSorted((a, b) => a.y - b.y || PARTS.indexOf(a.x) - PARTS.indexOf(b.x));

/** Perplexity against bits of a weight, a line for each method. */
export function perplexityAgainstBits(rows: readonly PerplexityRow[], options: SourceOptions): Figure {
  requireOptions("perplexityAgainstBits", options, { source: true });
  const perplexity = ({ losses }: PerplexityRow) => Math.exp(mean(losses));
  const dense = rows.find(({ setting }) => setting.method === "dense");
  const points = rows.flatMap((row): TradeOffRow[] => {
    const { setting, bits } = row;
    if (setting.method === "dense" || setting.nm || setting.keep !== undefined) return [];
    const also = setting.sparsity !== undefined && setting.bits !== undefined
      ? ` and ${setting.bits} bits`
      : "";
    return [{ series: `${METHOD_NAMES[setting.method]}${also}`, x: bits, y: perplexity(row) }];
  });
  return tradeOff(points, {
    title: "Perplexity at equal bytes",
    subtitle: options.source,
    alt:
      "Left is fewer bytes, down is better predicted; both axes are logarithmic. The cross is the dense model",
    xLabel: "bits of a weight in the file, map of zeros and scales included",
    yLabel: "perplexity",
    xScale: BITS,
    yScale: { type: "log", tickFormat: "~s", nice: false },
    baseline: dense && { x: FLOAT_BITS, y: perplexity(dense), label: "dense" },
  });
}

/** Perplexities by rule of allocation at each budget. */
export function allocationFigure(rows: readonly AllocationRow[], options: SourceOptions): Figure {
  requireOptions("allocationFigure", options, { source: true });
  const own = rows.filter(({ method }) => method === "rtn");
  const names = Object.values(RULE_NAMES).filter((name) => own.some(({ rule }) => RULE_NAMES[rule] === name));
  const points = own.map(({ rule, budget, bits, losses }) => ({
    name: RULE_NAMES[rule],
    budget: `${budget} bits`,
    bits,
    perplexity: Math.exp(mean(losses)),
  }));
  const budgets = [...new Set(points.map(({ budget }) => budget))];
  return drawPlot({
    title: "The same bits, spent in several ways",
    subtitle: options.source,
    alt: "Left is better predicted. Matrices rounded to the nearest; several draws by lot",
    legend: budgets.map((label, i) => ({ label, ...seriesStyle(i), mark: "dot" as const })),
    height: 80 + 30 * names.length,
    marginLeft: 150,
    x: { type: "log", label: "perplexity", grid: true, tickFormat: "~s", inset: 12 },
    y: { type: "point", label: null, domain: names, padding: 0.6 },
    marks: [
      ...budgets.map((budget, i) =>
        Plot.dot(points.filter((point) => point.budget === budget), {
          x: "perplexity",
          y: "name",
          fill: seriesStyle(i).color,
          symbol: plotSymbol(seriesStyle(i).marker),
          r: 4.5,
        })
      ),
    ],
  });
}
