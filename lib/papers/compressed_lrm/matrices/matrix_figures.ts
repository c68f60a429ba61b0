import { requireOptions } from "../../../options.ts";
import { Plot } from "../../../plot/deps.ts";
import { drawPlot, type Figure } from "../../../plot/figure.ts";
import { heatMap } from "../../../plot/heat_map.ts";
import { plotSymbol, seriesStyle } from "../../../plot/markers.ts";
import { INK } from "../../../plot/palette.ts";
import { mean } from "../../../statistics/describe.ts";
import type { AskedRow } from "../asked.ts";
import type { AttributionRow } from "./attributed.ts";
import { ordered } from "../figures.ts";
import type { SourceOptions } from "../../source_options.ts";
import { placeOf, shortName } from "./matrix_name.ts";
import type { ProtectionRow } from "./protection.ts";
import { relativeOf } from "./relative_importance.ts";
import type { SensitivityRow } from "./sensitivity.ts";

const cell = (weight: string) => {
  const { layer, part } = placeOf(weight);
  return { x: part, y: layer + 1 };
};

/** How much each matrix counts for a behaviour: layers by kinds of matrices. */
export function attributionMap(row: AttributionRow, options: SourceOptions): Figure {
  requireOptions("attributionMap", options, { source: true });
  const cells = Object.entries(relativeOf(row)).map(([weight, value]) => ({
    ...cell(weight),
    value: 100 * value,
  }));
  return heatMap(ordered(cells), {
    title: `What counts for ${row.behaviour}, by attribution`,
    subtitle: options.source,
    alt: `Percent of the whole over ${row.parts} parts of texts; dark counts more`,
    xLabel: "matrix",
    yLabel: "layer",
    format: (value) => value.toFixed(1),
  });
}

/** What a probe loses with each matrix rounded alone, in points: layers by kinds of matrices. */
export function aloneMap(
  alone: readonly AskedRow[],
  dense: readonly AskedRow[],
  options: SourceOptions & {
    /** What is asked, in words. */
    what: string;
    /** Which questions count. */
    questions: readonly AskedRow["question"][];
  },
): Figure {
  requireOptions("aloneMap", options, { source: true, what: true, questions: true });
  const { source, what, questions } = options;
  const right = (rows: readonly AskedRow[]) =>
    100 * mean(rows.filter(({ question }) => questions.includes(question)).flatMap((row) => row.right));
  const before = right(dense);
  const [{ setting: first }] = alone as readonly [AskedRow];
  const bits = first.method === "dense" ? undefined : first.bits;
  const byMatrix = Map.groupBy(alone, ({ setting }) => setting.method === "dense" ? "" : setting.alone ?? "");
  const cells = [...byMatrix].filter(([weight]) => weight !== "").map(([weight, rows]) => ({
    ...cell(weight),
    value: before - right(rows),
  }));
  return heatMap(ordered(cells), {
    title: `What ${bits} bits in one matrix alone cost: ${what}`,
    subtitle: source,
    alt: "Points of right answers lost; dark costs more, below 0 there are more",
    xLabel: "matrix",
    yLabel: "layer",
    format: (value) => value.toFixed(1).replace("-", "−"),
  });
}

/** What each matrix costs, rounded alone, against how much it counts by attribution. */
export function attributionAgainstCost(
  rows: readonly AttributionRow[],
  alone: readonly SensitivityRow[],
  options: SourceOptions,
): Figure {
  requireOptions("attributionAgainstCost", options, { source: true });
  const dense = rows.filter(({ setting, subject }) =>
    setting.method === "dense" && subject === alone[0]?.subject
  );
  const shares = dense.map(relativeOf);
  const points = alone.map(({ weight, losses }) => ({
    x: 100 * mean(shares.map((share) => share[weight]!)),
    y: 1000 * mean(losses),
    part: placeOf(weight).part,
    name: shortName(weight),
  }));
  const parts = [...new Set(points.map(({ part }) => part))];
  const most = points.toSorted((a, b) => b.x - a.x).slice(0, 4);
  const dearest = points.toSorted((a, b) => b.y - a.y).slice(0, 4);
  // To the right of the mark and to its left in turn, as neighbours in a list lie close to each other.
  const named = [...new Set([...most, ...dearest])].map((point, i) => ({ ...point, isRight: i % 2 === 0 }));
  return drawPlot({
    title: "Does attribution tell what rounding costs?",
    subtitle: options.source,
    alt:
      "Each mark is a matrix; were they on a rising line, the ranking would tell what rounding costs. Named " +
      "are the four that rank highest each way",
    legend: parts.map((label, i) => ({ label, ...seriesStyle(i), mark: "dot" as const })),
    height: 340,
    grid: true,
    x: { label: "importance by attribution (% of the whole, mean over the behaviours)", inset: 14 },
    y: { label: `cost of ${alone[0]?.bits} bits alone (thousandths of a nat a token)`, inset: 10 },
    marks: [
      ...parts.map((part, i) => {
        const { color, marker } = seriesStyle(i);
        return Plot.dot(points.filter((point) => point.part === part), {
          x: "x",
          y: "y",
          fill: color,
          symbol: plotSymbol(marker),
          r: 4.5,
        });
      }),
      ...[true, false].map((isRight) =>
        Plot.text(named.filter((point) => point.isRight === isRight), {
          ...{ x: "x", y: "y", text: "name", fill: INK },
          dx: isRight ? 8 : -8,
          textAnchor: isRight ? "start" : "end",
        })
      ),
    ],
  });
}

/** What is kept at 16 bits, as tables name it. */
export const PROTECTION_NAMES: Readonly<Record<ProtectionRow["rule"], string>> = {
  nothing: "nothing kept",
  last: "the last MLP",
  most: "where rounding costs most",
  random: "by lot",
  least: "where it costs least",
  bits: "nothing; the bytes as bits",
};

/** Perplexities by what was kept at 16 bits. */
export function protectionFigure(rows: readonly ProtectionRow[], options: SourceOptions): Figure {
  requireOptions("protectionFigure", options, { source: true });
  const names = Object.entries(PROTECTION_NAMES).filter(([rule]) => rows.some((row) => row.rule === rule))
    .map(([, name]) => name);
  const points = rows.map(({ rule, losses }) => ({
    name: PROTECTION_NAMES[rule],
    perplexity: Math.exp(mean(losses)),
  }));
  const { color, marker } = seriesStyle(0);
  return drawPlot({
    title: `${rows[0]?.bits} bits, and some matrices at 16`,
    subtitle: options.source,
    alt:
      "Left is better predicted. All but the first take the same bytes, or a few less; several draws by lot",
    legend: [],
    height: 80 + 26 * names.length,
    marginLeft: 180,
    x: { label: "perplexity", grid: true, inset: 12 },
    y: { type: "point", label: null, domain: names, padding: 0.6 },
    marks: [
      Plot.dot(points, { x: "perplexity", y: "name", fill: color, symbol: plotSymbol(marker), r: 4.5 }),
    ],
  });
}
