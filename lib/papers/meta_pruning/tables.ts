import { counted } from "../../amounts.ts";
import { withoutUndefined } from "../../options.ts";
import { type Table, table, type TableOptions } from "../../plot/table.ts";
import { type Cell, isEmpty } from "../../plot/table_cells.ts";
import { mean as meanOf, type Measured, summarize } from "../../statistics/describe.ts";
import { curveMeans, runsOf } from "./curve_means.ts";
import { type MetaRow, VARIANTS } from "./meta_row.ts";
import type { PublishedRow, PublishedTable } from "./published.ts";

/** Cost before pruning and mean gain of each metanetwork that was kept, and which was chosen. */
export function choiceTable(rows: readonly MetaRow[]): Table {
  const tried = ({ metaSeed, epoch }: MetaRow) => ({ "metanetwork seed": metaSeed, "meta-epoch": epoch });
  return triedTable(rows.filter(({ variant }) => variant === VARIANTS.meta), tried, {
    title: "Metanetworks that were chosen, on validation data",
    foldRows: (row) => row[""] !== "chosen",
  });
}

/** Cost before pruning and mean gain of each distance of the regulariser by itself, and which was chosen. */
export function distanceTable(rows: readonly MetaRow[]): Table {
  return triedTable(
    rows.filter(({ variant }) => variant === VARIANTS.shrunk),
    ({ distance }) => ({ distance }),
    {
      title: "How far the regulariser is followed by itself, on validation data",
    },
  );
}

/** A line for each candidate of a choice. */
function triedTable(
  rows: readonly MetaRow[],
  tried: (row: MetaRow) => Record<string, Cell>,
  options: TableOptions,
): Table {
  const own = rows.filter(({ part }) => part === "choice");
  const groups = [...Map.groupBy(own, (row) => JSON.stringify(tried(row))).values()];
  return table(
    groups.map((group) => {
      const [area] = curveMeans(group, own).means;
      return {
        ...tried(group[0]!),
        "unpruned (%)": round(100 * group[0]!.value),
        "mean over reductions (%)": area === undefined ? undefined : round(100 * area),
        "": group[0]!.chosen ? "chosen" : "",
      };
    }),
    { ...options, caption: withLacking(options.caption, groups, own) },
  );
}

/** One network on its way: as trained, as a metanetwork left it, fine-tuned, pruned, trained again. */
export function stepTable(
  rows: readonly MetaRow[],
  { net, metaSeed, reduction }: { net: number; metaSeed: number; reduction: number },
): Table {
  const own = rows.filter((row) => row.part === "held-out" && row.net === net);
  const meta = own.filter((row) => row.variant === VARIANTS.meta && row.metaSeed === metaSeed);
  const at = (asked: number) => (row: MetaRow) => row.asked === asked;
  const of = (stage: MetaRow["stage"]) => meta.filter((row) => row.stage === stage);
  const before = own.filter(({ variant, stage }) => variant === VARIANTS.none && stage === "tuned");
  const epoch = meta.find((row) => row.epoch !== undefined)?.epoch;
  const steps: [string, MetaRow | undefined][] = [
    ["as trained", before[0]],
    [`right after the metanetwork (meta-epoch ${epoch})`, of("changed")[0]],
    ["fine-tuned", of("tuned")[0]],
    ["pruned", of("pruned").find(at(reduction))],
    ["trained again", of("final").find(at(reduction))],
  ];
  return table(
    steps.flatMap(([stage, row]) =>
      row ? [{ stage, "multiply-accumulates": row.macs, "test accuracy (%)": round(100 * row.value) }] : []
    ),
    "One network on its way",
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
      const cell = (stage: MetaRow["stage"], asked: number) =>
        accuracyOf(mine.filter((row) => row.stage === stage && row.asked === asked));
      return [{
        pruning: variant,
        runs: runsOf(mine).size,
        "right after (%)": cell("changed", 1),
        "unpruned (%)": cell("tuned", 1),
        ...Object.fromEntries(curve.map((asked) => [`${asked}× (%)`, cell("pruned", asked)])),
        "mean over curve (%)": meanOverCurve(mine, own),
        ...Object.fromEntries(
          finals.map((asked) => [`${written(asked)}, trained (%)`, cell("final", asked)]),
        ),
      }];
    }),
    {
      title: "All ways of pruning: test accuracy, mean ± standard deviation over runs",
      caption: withLacking(
        "A run is a network, with one of the metanetworks where there are any. ★ marks the best of a column.",
        Map.groupBy(own, ({ variant }) => variant).values(),
        own,
      ),
      foldColumns: ["right after (%)", ...curve.map((asked) => `${asked}× (%)`)],
      best: Object.fromEntries(
        ["mean over curve (%)", ...finals.map((asked) => `${written(asked)}, trained (%)`)]
          .map((column) => [column, "most"] as const),
      ),
    },
  );
}

/**
 * Single weights in place of channels: one line per way of pruning, accuracy after each cut, and after
 * training what is left.
 */
export function cutTable(rows: readonly MetaRow[]): Table {
  const own = rows.filter(({ part }) => part === "weights");
  const cuts = [...new Set(own.map(({ cut }) => cut!))];
  return table(
    [...Map.groupBy(own, ({ variant }) => variant)].map(([pruning, mine]) => {
      const cell = (cut: string, stage: MetaRow["stage"]) =>
        accuracyOf(mine.filter((row) => row.cut === cut && row.stage === stage));
      return {
        pruning,
        runs: runsOf(mine).size,
        ...Object.fromEntries(
          cuts.flatMap((
            cut,
          ) => [[`${cut} (%)`, cell(cut, "pruned")], [`${cut}, trained (%)`, cell(cut, "final")]]),
        ),
      };
    }),
    {
      title: "Accuracy without single weights",
      foldColumns: cuts.map((cut) => `${cut} (%)`),
    },
  );
}

/**
 * Effect of metanetworks on networks of other data than theirs, one line per metanetwork's data, one column
 * per network's: accuracy after pruning to a reduction and training, or, without one, the mean over the
 * curve.
 */
export function dataTransferTable(rows: readonly MetaRow[], reduction?: number): Table {
  const own = dataTransferRows(rows);
  const data = [...new Set(own.map((row) => row.data))];
  return table(
    [...Map.groupBy(own, originOf)].map(([origin, mine]) => ({
      pruning: origin,
      ...Object.fromEntries(data.map((name) => {
        const there = mine.filter((row) => row.data === name);
        const cell = reduction === undefined
          ? meanOverCurve(there, own)
          : accuracyOf(there.filter(({ stage, asked }) => stage === "final" && asked === reduction));
        return [name, cell];
      })),
    })),
    reduction === undefined
      ? {
        title: "Mean accuracy over the curve (%)",
        caption: withLacking(
          undefined,
          Map.groupBy(own, (row) => `${originOf(row)}/${row.data}`).values(),
          own,
        ),
      }
      : `Accuracy at ${written(reduction)}, trained (%)`,
  );
}

/** Where the metanetwork of a row is from, in words; without one, how it was pruned. */
export function originOf({ variant, metaData }: MetaRow): string {
  return metaData === undefined ? variant : `${variant} of ${metaData}`;
}

/**
 * The rows that tell of other data, with those of the subject's own data to hold beside them: of the ways of
 * pruning and the metanetwork seeds that other data were tried with.
 */
export function dataTransferRows(rows: readonly MetaRow[]): MetaRow[] {
  const away = rows.filter(({ part }) => part === "data");
  const key = ({ variant, metaSeed }: MetaRow) => `${variant}/${metaSeed}`;
  const tried = new Set(away.map(key));
  return [...rows.filter((row) => row.part === "held-out" && tried.has(key(row))), ...away];
}

/** Mean accuracy over the reductions, summarised over runs. */
function meanOverCurve(rows: readonly MetaRow[], among: readonly MetaRow[]): Measured | undefined {
  return percentOf(curveMeans(rows, among).means);
}

/** A caption, with what means over curves leave out of these groups of rows. */
function withLacking(
  caption: string | undefined,
  groups: Iterable<readonly MetaRow[]>,
  among: readonly MetaRow[],
): string | undefined {
  const lacking = Iterator.from(groups).reduce((sum, rows) => sum + curveMeans(rows, among).lacking, 0);
  if (lacking === 0) return caption;
  const note = `${counted(lacking, "run")} without all reductions that others reached: not in the mean.`;
  return caption === undefined ? note : `${caption} ${note}`;
}

function accuracyOf(rows: readonly MetaRow[]): Measured | undefined {
  return percentOf(rows.map(({ value }) => value));
}

function percentOf(shares: readonly number[]): Measured | undefined {
  return shares.length > 0 ? summarize(shares.map((share) => 100 * share)) : undefined;
}

/**
 * A published table beside what was measured here, in columns of their own; what is not available to us is
 * left empty.
 */
export function publishedTable(
  { title, task, rows }: PublishedTable,
  ours: readonly MeasuredRow[] = [],
): Table {
  const published = rows.map((
    { method, target, base, pruned, printedDelta, reduction, source, note },
  ): Record<string, Cell> => ({
    method,
    "target (×)": fixed(target),
    "published speed-up (×)": fixed(reduction),
    "published, before (%)": fixed(base),
    "published, pruned (%)": fixed(pruned),
    "published difference (points)": fixed(
      base !== undefined && pruned !== undefined ? pruned - base : printedDelta,
    ),
    source: [
      source,
      note,
      printedDelta !== undefined && base !== undefined
        ? `the source prints ${printedDelta} as difference`
        : undefined,
    ].filter(Boolean).join("; "),
  }));
  const measured = ours.map(({ method, base, pruned, reduction, speedUp, top5 }): Record<string, Cell> => ({
    method: `${method} (ours)`,
    "our MACs ÷ (×)": fixed(reduction),
    "our speed-up (×)": fixed(speedUp),
    "our network, before (%)": fixed(base),
    "our network, pruned (%)": fixed(pruned),
    "our network, before, top 5 (%)": fixed(top5?.base),
    "our network, pruned, top 5 (%)": fixed(top5?.pruned),
    source: "measured here",
  }));
  const told = ({ pruned, printedDelta }: PublishedRow) => pruned !== undefined || printedDelta !== undefined;
  // Where nothing is published, targets are all there is.
  const some = rows.some(told) || ours.length > 0;
  return table([...published, ...measured], {
    title: `${title}: ${task}`,
    caption: rows.every(told) ? undefined : "Empty: not available to us.",
    foldColumns: ["source"],
    foldRows: (row) =>
      some && isEmpty(row["published, pruned (%)"]) && isEmpty(row["published difference (points)"]) &&
      isEmpty(row["our network, pruned (%)"]),
  });
}

function fixed(value: number | undefined): string | undefined {
  return value?.toFixed(2).replace("-", "−");
}

/** A line of measurements for a published table: accuracies in percent. */
export interface MeasuredRow {
  /** Way of pruning. */
  method: string;
  /** Accuracy of the network that was judged, in percent, after initial pruning where there was one. */
  base: number;
  /** Accuracy after pruning and training, in percent. */
  pruned: number;
  /** Shares of examples whose label is among the five best answers, where they were looked at. */
  top5?: { base: number; pruned: number };
  /** Original multiply-accumulates ÷ those that are left. */
  reduction: number;
  /** The reduction in the unit of the paper. */
  speedUp?: number;
}

/**
 * Measurements of a run on an architecture, as lines of a published table; none where the run was of another.
 *
 * @param whole cost of the network before initial pruning, from which published reductions count; without it
 * ours count from the networks that were judged
 */
export function measuredOn(
  architecture: string,
  rows: readonly MetaRow[],
  whole?: Pick<MetaRow, "macs" | "operations">,
): MeasuredRow[] {
  const own = rows.filter((row) => row.part === "held-out" && row.architecture === architecture);
  const percent = (values: readonly number[]) => 100 * meanOf(values);
  const scores = (group: readonly MetaRow[]) => ({
    best: percent(group.map(({ value }) => value)),
    five: percent(group.flatMap(({ top5 }) => top5 ?? [])),
  });
  const base = scores(own.filter(({ variant, stage }) => variant === VARIANTS.none && stage === "tuned"));
  return [
    ...Map.groupBy(
      own.filter(({ stage }) => stage === "final"),
      ({ variant, asked }) => `${variant}/${asked}`,
    ).values(),
  ]
    .map((group) => {
      const pruned = scores(group);
      const operations = group.flatMap(({ operations }) => operations ?? []);
      return withoutUndefined({
        method: group[0]!.variant,
        base: base.best,
        pruned: pruned.best,
        top5: group[0]!.top5 === undefined ? undefined : { base: base.five, pruned: pruned.five },
        reduction: meanOf(group.map(({ reduction, macs }) => whole ? whole.macs / macs : reduction)),
        speedUp: operations.length > 0 && whole?.operations !== undefined
          ? meanOf(operations.map((left) => whole.operations! / left))
          : undefined,
      });
    });
}

/** A reduction as tables and sentences write it: `2.5×`. */
export const written = (reduction: number): string => `${Number(reduction.toFixed(2))}×`;

/** Accuracies of one network, in percent: test data have a thousand images. */
function round(value: number): string {
  return value.toFixed(1);
}
