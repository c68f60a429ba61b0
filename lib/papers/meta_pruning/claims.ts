/**
 * The claims that the notebook judges, in percentage points of accuracy unless they say otherwise. Each says
 * whose it is: the paper's (which words and tables of the paper, its code and its reviews state it), or ours.
 * A difference is one network's: with metanetworks from several seeds, of the mean over them. The paper names
 * no number that a gain has to reach, so that its claims are held against 0; what is to make no difference
 * may make {@linkcode SLACK}.
 *
 * @module
 */
import { meansBy, pairedBy } from "../../statistics/pairs.ts";
import { type Claim, type Verdict, verdict } from "../../statistics/verdict.ts";
import { Table } from "../../plot/table.ts";
import { verdictTable } from "../../plot/verdicts.ts";
import { type MetaRow, VARIANTS } from "./meta_row.ts";
import { curveMeans } from "./curve_means.ts";
import { written } from "./tables.ts";

/**
 * Differences that count as none, and that preparation may cost: fixed before the experiment ran, from a
 * prototype on other data.
 */
const SLACK = 3;

const { meta, none, tuned, shrunk, sparse, free, untrained, even, metaEven, widths } = VARIANTS;

/**
 * The paper, figures "accuracy against speed-up": after metanetwork and fine-tuning, accuracy falls later as
 * channels go.
 */
export function fallsLater(rows: readonly MetaRow[]): Verdict {
  return judge("Paper: accuracy falls later as channels go", {
    effect: pairs(heldOut(rows), meta, tuned, overCurve),
    direction: "more than",
  });
}

/** The paper, on fine-tuning after the metanetwork: it brings back the accuracy that the change took. */
export function costsLittle(rows: readonly MetaRow[]): Verdict {
  return judge("Paper: fine-tuned, little is lost before pruning", {
    effect: pairs(heldOut(rows), none, meta, whole),
    direction: "at most",
    threshold: SLACK,
  });
}

/** The paper, ablation of fine-tuning after the metanetwork: without it, accuracy is not there. */
export function needsFineTuning(rows: readonly MetaRow[]): Verdict {
  const own = heldOut(rows).filter(({ variant }) => variant === meta);
  const [before, after] = [byNet(own, changed), byNet(own, whole)];
  return judge("Paper: fine-tuning after it is needed", {
    effect: difference(after, before),
    direction: "more than",
  });
}

/**
 * The authors' training logs of VGG-19: the loss of changed networks drifts from near zero towards that of
 * guessing.
 */
export function lossRises(rows: readonly MetaRow[]): Verdict {
  const own = rows.filter(({ part }) => part === "meta-training");
  const effect = [...Map.groupBy(own, ({ metaSeed }) => metaSeed).values()].flatMap((run) => {
    const losses = run.toSorted((a, b) => a.epoch! - b.epoch!).map(({ value }) => value);
    return losses.length > 1 ? [losses.at(-1)! - losses[0]!] : [];
  });
  return judge("Paper (logs): the loss of meta-training rises", {
    effect,
    direction: "more than",
    unit: "nats",
    per: "metanetworks",
  });
}

/** The paper's main tables: pruned and trained again, networks are better with a metanetwork than without. */
export function betterTrained(rows: readonly MetaRow[], reduction: number): Verdict {
  return judge(`Paper: more accurate at ${written(reduction)}, trained`, {
    effect: pairs(heldOut(rows), meta, tuned, trained(reduction)),
    direction: "more than",
  });
}

/**
 * The reviews of the paper's main tables: as accurate as DepGraph on ResNet-56, 0.64 points below it on
 * VGG-19 (69.75 against 70.39 %). No more than a point below counts.
 */
export function asGoodAsDepGraph(rows: readonly MetaRow[]): Verdict {
  const reduction = finalsOf(rows).at(-1);
  return judge(`Paper: about as good as DepGraph${at(reduction)}, trained`, {
    effect: pairs(heldOut(rows), meta, sparse, trained(reduction)),
    threshold: -1,
  });
}

/**
 * The paper's transfer between architectures, section 6.3 and table 5: a frozen metanetwork serves others.
 */
export function servesOtherArchitectures(rows: readonly MetaRow[]): Verdict {
  return judge("Paper: it serves other architectures", {
    effect: pairs(rows.filter(({ part }) => part === "transfer"), meta, tuned, overCurve),
    direction: "more than",
  });
}

/** The paper's transfer between CIFAR-10, CIFAR-100 and SVHN: a frozen metanetwork serves other data. */
export function servesOtherData(rows: readonly MetaRow[]): Verdict {
  const own = acrossData(rows);
  return judge("Paper: it serves networks on other data", {
    effect: lead(own.foreign, own.plain, overCurve),
    direction: "more than",
  });
}

/**
 * The paper's tables without structure: the same effect where single weights go, here where most of them do.
 */
export function helpsSingleWeights(rows: readonly MetaRow[]): Verdict {
  const cuts = cutsOf(rows).filter(({ cut }) => !cut!.includes(":"));
  const most = cuts.toSorted((a, b) => b.asked - a.asked)[0]?.cut;
  return judge(`Paper: more accurate without ${most ?? "most"} of weights`, {
    effect: pairs(cutBy(rows, most), meta, tuned, trained()),
    direction: "more than",
  });
}

/** Whether a metanetwork helps with N of every M, in the pattern that hardware has. */
export function helpsPatterns(rows: readonly MetaRow[]): Verdict {
  const pattern = cutsOf(rows).find(({ cut }) => cut!.includes(":"))?.cut;
  return judge(`Paper: more accurate with weights cut ${pattern ?? "N:M"}`, {
    effect: pairs(cutBy(rows, pattern), meta, tuned, trained()),
    direction: "more than",
  });
}

/**
 * Ours: the regulariser that the metanetwork learns to follow, followed by itself, does as well; how far is
 * chosen by the rule that the metanetwork is chosen by. It holds where the metanetwork is no more than the
 * slack ahead; where it does not, the metanetwork adds something of its own.
 */
export function regulariserDoes(rows: readonly MetaRow[]): Verdict {
  return judge("Ours: the regulariser alone does as well", {
    effect: pairs(heldOut(rows), meta, shrunk, overCurve),
    direction: "at most",
    threshold: SLACK,
  });
}

/** Ours: the same after training. */
export function regulariserDoesTrained(rows: readonly MetaRow[]): Verdict {
  const reduction = finalsOf(rows).at(-1);
  return judge(`Ours: the regulariser alone does as well${at(reduction)}, trained`, {
    effect: pairs(heldOut(rows), meta, shrunk, trained(reduction)),
    direction: "at most",
    threshold: SLACK,
  });
}

/** Ours, against DepGraph's sparse training with as many epochs. */
export function fallsLaterThanSparse(rows: readonly MetaRow[]): Verdict {
  return judge("Ours: it falls later than after sparse training", {
    effect: pairs(heldOut(rows), meta, sparse, overCurve),
    direction: "more than",
  });
}

/** Ours: a metanetwork that was trained without the regulariser makes no difference. */
export function nothingWithoutRegulariser(rows: readonly MetaRow[]): Verdict {
  return judge("Ours: without the regulariser, it changes nothing", {
    effect: pairs(heldOut(rows), free, tuned, overCurve),
    direction: "within",
    threshold: SLACK,
  });
}

/** Ours: a metanetwork that was not trained makes no difference. */
export function nothingUntrained(rows: readonly MetaRow[]): Verdict {
  return judge("Ours: untrained, it changes nothing", {
    effect: pairs(heldOut(rows), untrained, tuned, overCurve),
    direction: "within",
    threshold: SLACK,
  });
}

/**
 * Ours: with the same part of every layer taken, where only the order within layers counts, there is a gain.
 */
export function ordersBetter(rows: readonly MetaRow[]): Verdict {
  return judge("Ours: channels of a layer are in a better order", {
    effect: pairs(heldOut(rows), metaEven, even, overCurve),
    direction: "more than",
  });
}

/**
 * Ours: the widths that a metanetwork leads to do as well with new weights, trained as long as everything
 * together.
 */
export function widthsDo(rows: readonly MetaRow[]): Verdict {
  const reduction = finalsOf(rows).at(-1);
  return judge(`Ours: its widths do as well with new weights${at(reduction)}`, {
    effect: pairs(heldOut(rows), widths, meta, trained(reduction)),
    threshold: -SLACK,
  });
}

/** Ours: a metanetwork of a network's own data is no better for it than one of other data. */
export function ownDataNoBetter(rows: readonly MetaRow[]): Verdict {
  const { own, foreign } = acrossData(rows);
  return judge("Ours: one of other data serves as well", {
    effect: lead(own, foreign, overCurve),
    direction: "at most",
    threshold: SLACK,
  });
}

/** All of them: the paper's, then ours on what the gain is worth. */
export function verdictsOf(rows: readonly MetaRow[]): Verdict[] {
  return [
    fallsLater(rows),
    regulariserDoes(rows),
    costsLittle(rows),
    ...finalsOf(rows).map((reduction) => betterTrained(rows, reduction)),
    regulariserDoesTrained(rows),
    asGoodAsDepGraph(rows),
    servesOtherArchitectures(rows),
    servesOtherData(rows),
    helpsSingleWeights(rows),
    helpsPatterns(rows),
    lossRises(rows),
    needsFineTuning(rows),
    fallsLaterThanSparse(rows),
    nothingWithoutRegulariser(rows),
    nothingUntrained(rows),
    ordersBetter(rows),
    widthsDo(rows),
    ownDataNoBetter(rows),
  ];
}

/**
 * The verdicts as the table that opens and closes the notebook: beside the networks of each how many would
 * decide it, or that larger ones would.
 */
export function claimTable(rows: readonly MetaRow[]): Table {
  const judged = verdictsOf(rows);
  const { columns, rows: lines, options } = verdictTable(judged);
  const open = new Set([regulariserDoes(rows), regulariserDoesTrained(rows)].map(({ claim }) => claim));
  return new Table(
    columns,
    judged.map(({ claim, needed }, i) => {
      const more = [
        ...needed === undefined ? [] : [`about ${needed}`],
        ...open.has(claim) ? ["larger ones"] : [],
      ];
      const seeds = lines[i]!.at(-1);
      return [
        ...lines[i]!.slice(0, -1),
        more.length === 0 ? seeds : `${seeds}; ${more.join(", or ")} would decide`,
      ];
    }),
    options,
  );
}

/** Reductions at which networks were trained again, from the least on. */
export function finalsOf(rows: readonly MetaRow[]): number[] {
  const finals = heldOut(rows).filter(({ stage }) => stage === "final").map(({ asked }) => asked);
  return [...new Set(finals)].sort((a, b) => a - b);
}

type Settings = Omit<Claim, "claim">;

function judge(claim: string, settings: Settings): Verdict {
  return verdict({ claim, unit: "points", per: "networks", ...settings });
}

/**
 * Measurement of one network as one metanetwork or none left it, in percent; nothing where it was not made.
 * The rows that it is compared with are the second.
 */
type Measure = (run: readonly MetaRow[], among: readonly MetaRow[]) => number | undefined;

const percent = (row: MetaRow | undefined) => row && 100 * row.value;

const overCurve: Measure = (run, among) => {
  const [area] = curveMeans(run, among).means;
  return area === undefined ? undefined : 100 * area;
};

/** Accuracy before anything is pruned, after fine-tuning where there is any. */
const whole: Measure = (run) => percent(run.find(({ stage }) => stage === "tuned"));

/** Right after the metanetwork. */
const changed: Measure = (run) => percent(run.find(({ stage }) => stage === "changed"));

/** Pruned and trained again, to a reduction or as it was. */
function trained(reduction?: number): Measure {
  return (run) =>
    percent(
      run.find(({ stage, asked }) => stage === "final" && (reduction === undefined || asked === reduction)),
    );
}

/** Networks that no metanetwork has seen, of the architecture and data that it was trained for. */
function heldOut(rows: readonly MetaRow[]): MetaRow[] {
  return rows.filter(({ part }) => part === "held-out");
}

function cutsOf(rows: readonly MetaRow[]): MetaRow[] {
  return rows.filter(({ part, cut }) => part === "weights" && cut !== undefined);
}

function cutBy(rows: readonly MetaRow[], cut: string | undefined): MetaRow[] {
  return cutsOf(rows).filter((row) => row.cut === cut);
}

/**
 * Networks of all data sets: fine-tuned only, with a metanetwork of their own data, with those of others; the
 * same seeds of them.
 */
function acrossData(rows: readonly MetaRow[]): Record<"plain" | "own" | "foreign", MetaRow[]> {
  const away = rows.filter(({ part }) => part === "data");
  const seeds = new Set(away.map(({ metaSeed }) => metaSeed));
  const all = away.length > 0
    ? [...heldOut(rows), ...away].filter(({ metaSeed }) => seeds.has(metaSeed))
    : [];
  const by = all.filter(({ variant }) => variant === meta);
  return {
    plain: all.filter(({ variant }) => variant === tuned),
    own: by.filter(({ data, metaData }) => data === metaData),
    foreign: by.filter(({ data, metaData }) => data !== metaData),
  };
}

/** One way less another, network by network. */
function pairs(rows: readonly MetaRow[], way: string, other: string, measure: Measure): number[] {
  const of = (variant: string) => rows.filter((row) => row.variant === variant);
  return lead(of(way), of(other), measure);
}

/** Measurements of some rows less those of others, network by network. */
function lead(first: readonly MetaRow[], second: readonly MetaRow[], measure: Measure): number[] {
  const all = [...first, ...second];
  return difference(byNet(first, measure, all), byNet(second, measure, all));
}

/** Measurements of each network, the mean over its metanetworks. */
function byNet(
  rows: readonly MetaRow[],
  measure: Measure,
  among: readonly MetaRow[] = rows,
): Map<string, number> {
  const netOf = ({ architecture, data, net }: MetaRow) => `${architecture}/${data}/${net}`;
  const runs = Map.groupBy(rows, (row) => `${netOf(row)}/${row.metaSeed}/${row.metaData}`);
  return meansBy([...runs.values()], (run) => netOf(run[0]!), (run) => measure(run, among));
}

function difference(first: ReadonlyMap<string, number>, second: ReadonlyMap<string, number>): number[] {
  return pairedBy([...first], [...second], ([net]) => net).map(([[, one], [, other]]) => one - other);
}

const at = (reduction: number | undefined) => reduction === undefined ? "" : ` at ${written(reduction)}`;
