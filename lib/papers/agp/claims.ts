import { withoutUndefined } from "../../options.ts";
import { MAIN_TASKS, SIMULATED_TASKS, SIMULATED_WORLD } from "../../agents/simulation/world.ts";
import type { Finding } from "../../plot/verdicts.ts";
import { mean } from "../../statistics/describe.ts";
import { writeRounded, writeSignificant } from "../../statistics/digits.ts";
import { meansBy, pairedBy } from "../../statistics/pairs.ts";
import { type Verdict, verdict } from "../../statistics/verdict.ts";
import { type Evidence, rowsWhere, type Which } from "./evidence.ts";
import type { PriceRow } from "./price.ts";
import type { StageOneRow } from "./stage_one.ts";
import type { StageTwoRow } from "./stage_two.ts";

/** Verdicts on what the paper claims, in a world where the best team is known. */
export interface PaperVerdicts {
  /** A team for each question beats the best team for all. */
  adaptive: Verdict;
  /** Learning links is worth something. */
  links: Verdict;
  /** Learning who is kept is worth something. */
  agents: Verdict;
  /** Learned teams take fewer tokens than all agents. */
  tokens: Verdict;
  /** The released networks prune agents; absent where they are not on this machine. */
  pruning?: Verdict;
  /** The released networks know whom to prune; absent where they are not on this machine. */
  knows?: Verdict;
}

/** Verdicts on what this notebook asks beside it. */
export interface OwnVerdicts {
  /** Our network computes what the released one does. */
  parity?: Verdict;
  /** Trained anew, the released network learns no more than to keep everybody. */
  retrained?: Verdict;
  /** With exact labels the directed network finds the best team. */
  exact: Verdict;
  /** The saboteur is asked nothing. */
  saboteur: Verdict;
  /** The pool's order does not matter. */
  order: Verdict;
  /** Teams grow with the skills that are needed, and shrink with the price of tokens. */
  size: Verdict;
  /** Labels by successive halving make better teams. */
  better: Verdict;
  /** The directed network beats the released one on equal labels. */
  directed: Verdict;
  /** Repeats matter more than samples in the first stage. */
  repeats: Verdict;
  /** Successive halving beats equal repeats at equal runs. */
  halving: Verdict;
  /** A learned team beats one agent that is asked again and again for no more tokens. */
  alone: Verdict;
  /** A team beats links by policy gradient. */
  policy: Verdict;
  /** Shuffled labels teach nothing. */
  shuffled: Verdict;
  /** Without seeing the question no network beats the best team for all. */
  blind: Verdict;
  /** A good enough team costs less than two thirds of all. */
  price: Verdict;
  /** A recording gives a language model's answers again; absent where none was asked. */
  replay?: Verdict;
}

/** All verdicts. */
export function claims(evidence: Evidence): { paper: PaperVerdicts; ours: OwnVerdicts } {
  return {
    paper: paperClaims(evidence),
    ours: {
      ...claimsOnRelease(evidence),
      ...claimsOnLearnedTeams(evidence),
      ...claimsOnRivals(evidence),
      ...controls(evidence),
      ...claimsOnTokens(evidence),
    },
  };
}

function paperClaims(evidence: Evidence): PaperVerdicts {
  const { second, bestFixed, parity } = evidence;
  return withoutUndefined({
    adaptive: verdict({
      claim: "Paper: a team for each question beats the best team for all, with labels of the first stage",
      effect: rowsWhere(second, {}).map(({ utility }) => utility - bestFixed),
      direction: "more than",
      unit: "of utility",
    }),
    links: verdict({
      claim: "Paper (ablation): without learned links, answers get worse",
      effect: gain(second, {}, { execution: "no link head" }),
      direction: "more than",
      unit: "of utility",
    }),
    agents: verdict({
      claim: "Paper (ablation): without pruning agents, answers get worse",
      effect: gain(second, {}, { execution: "no keep head" }),
      direction: "more than",
      unit: "of utility",
    }),
    tokens: fewerTokens(evidence),
    pruning: parity.length === 0 ? undefined : verdict({
      claim: "Paper: hard pruning removes agents (the released networks, on the questions of their corpora)",
      effect: 100 * Math.max(...parity.map(({ prunedShare }) => prunedShare)),
      direction: "more than",
      unit: "% of the agents",
    }),
    knows: parity.length === 0 ? undefined : verdict({
      claim: "Paper: the released networks know better whom to prune than who prunes nobody",
      effect: pairedBy(parity, evidence.corpora, ({ domain }) => domain).map((
        [{ nodeAccuracy }, { keepAll }],
      ) => 100 * (nodeAccuracy - keepAll)),
      direction: "more than",
      unit: "points",
      per: "domains",
    }),
  });
}

/** What is claimed of the released networks, as far as they are here. */
function claimsOnRelease({ parity, retrained }: Evidence): Pick<OwnVerdicts, "parity" | "retrained"> {
  return withoutUndefined({
    parity: parity.length === 0 ? undefined : verdict({
      claim: "Ours: our network says what the released one does: forward, loss, a step of Adam, true texts",
      effect: 1e6 *
        Math.max(
          ...parity.flatMap(({ forward, loss, step, endToEnd }) => [forward, loss, step, endToEnd]),
        ),
      threshold: 10,
      direction: "at most",
      unit: "millionths",
    }),
    retrained: retrained.length === 0 ? undefined : verdict({
      claim:
        "Ours: trained anew on its corpora, the released network is at most a point above keeping everybody",
      effect: [
        ...meansBy(
          retrained.filter(({ steps }) => steps === 60),
          seedOf,
          ({ nodeAccuracy, keepAll }) => 100 * (nodeAccuracy - keepAll),
        ).values(),
      ],
      threshold: 1,
      direction: "at most",
      unit: "points",
    }),
  });
}

/** What is claimed of the networks that choose teams. */
function claimsOnLearnedTeams(
  evidence: Evidence,
): Pick<OwnVerdicts, "exact" | "saboteur" | "order" | "size" | "better" | "directed"> {
  const { second } = evidence;
  return {
    exact: verdict({
      claim: "Ours: with exact labels the directed network finds the best team of each question",
      effect: rowsWhere(second, { labels: "exact" }).map(({ regret }) => regret),
      threshold: 0.005,
      direction: "at most",
      unit: "of utility lost",
    }),
    saboteur: verdict({
      claim: "Ours: the saboteur is never asked, with labels of the first stage",
      effect: rowsWhere(second, {}).map(({ saboteur }) => 100 * saboteur),
      direction: "at most",
      unit: "% of questions",
    }),
    order: orderIsIndifferent(second),
    size: teamsFitTheQuestion(evidence),
    better: verdict({
      claim: "Ours: labels by successive halving make better teams than labels of the paper's first stage",
      effect: gain(second, { labels: "first stage, halving" }, {}),
      direction: "more than",
      unit: "of utility",
    }),
    directed: verdict({
      claim: "Ours: on equal labels the directed network beats the released one with pruned agents skipped",
      effect: gain(second, {}, { network: "released", execution: "skipped" }),
      direction: "more than",
      unit: "of utility",
    }),
  };
}

/** What is claimed of other ways to search and to learn. */
function claimsOnRivals(
  evidence: Evidence,
): Pick<OwnVerdicts, "repeats" | "halving" | "alone" | "policy"> {
  const { second, first } = evidence;
  return {
    repeats: verdict({
      claim: "Ours: in the first stage 16 runs each of 200 teams beat one run each of 2,000",
      effect: paired(first, { graphs: 2000, repeats: 1 }, { graphs: 200, repeats: 16 }),
      direction: "more than",
      unit: "of utility",
    }),
    halving: verdict({
      claim: "Ours: successive halving finds better teams than equal repeats of as many runs in all",
      effect: paired(first, { graphs: 2000, repeats: 16 }, {
        strategy: "halving",
        graphs: 2000,
        repeats: 16,
      }),
      direction: "more than",
      unit: "of utility",
    }),
    alone: beatsOneAgent(evidence),
    policy: verdict({
      claim: "Ours: the learned team beats links learned by policy gradient, as G-Designer learns them",
      effect: pairedBy(rowsWhere(second, {}), evidence.policies, seedOf).map(([own, rival]) =>
        own.utility - rival.utility
      ),
      direction: "more than",
      unit: "of utility",
    }),
  };
}

function controls({ second, bestFixed }: Evidence): Pick<OwnVerdicts, "shuffled" | "blind"> {
  return {
    shuffled: control("with shuffled labels", second, bestFixed, { labels: "shuffled" }),
    blind: control("where all questions look alike", second, bestFixed, {
      labels: "exact",
      embeddings: "constant",
    }),
  };
}

/** What is claimed of prices, and of recordings of paid answers. */
function claimsOnTokens(evidence: Evidence): Pick<OwnVerdicts, "price" | "replay"> {
  return withoutUndefined({
    price: verdict({
      claim: `Ours: a team within ${
        marginsOf(evidence.prices)
      } of all honest agents together costs less than two thirds of them`,
      effect: evidence.prices.map(({ tokens, fullTokens }) => 100 * tokens / fullTokens),
      threshold: 200 / 3,
      direction: "less than",
      unit: "% of the tokens",
      per: "types",
    }),
    replay: evidence.chats.length === 0 ? undefined : verdict({
      claim:
        "Ours: a recording gives a language model's answers again, bit for bit (ways to ask that differ)",
      effect: evidence.chats.filter(({ replayed }) => !replayed).length,
      direction: "at most",
    }),
  });
}

/** Conclusions from the verdicts, a sentence for each way that each could have gone. */
export function meaning({ paper, ours }: ReturnType<typeof claims>): Finding[] {
  return [
    [paper.adaptive, {
      "holds": "Choosing the team by the question is worth more than the best choice made once.",
      "does not hold": "Choosing the team by the question is not worth it here: one good team does as well.",
      "not decided with so few seeds":
        "Whether choosing by the question beats one good team these seeds do not decide.",
    }],
    [ours.repeats, {
      "holds":
        "A team that was right once is not a good team: whoever looks for the best of many must run each often, or " +
        "picks the luckiest.",
      "does not hold": "Here more teams are worth more than more runs of each.",
      "not decided with so few seeds": "Between more teams and more runs of each these seeds do not decide.",
    }],
    ...paper.pruning
      ? [
        [paper.pruning, {
          "holds": "The released networks do prune.",
          "does not hold":
            "The weights that were released prune nobody: what the paper calls hard pruning cannot have come from them.",
          "not decided with so few seeds": "Whether the released weights prune is open.",
        }] as Finding,
      ]
      : [],
    [ours.blind, {
      "holds": "The gain comes from looking at the question: who cannot see it is left with one team.",
      "does not hold":
        "A network that cannot see the question does as well as one that can: look for a leak before you believe any gain.",
      "not decided with so few seeds": "Whether the question is needed these seeds do not decide.",
    }],
    [ours.alone, {
      "holds":
        "A team of specialists is right more often than one agent that is asked as often as the team's tokens allow.",
      "does not hold":
        "One agent that is asked as often as the team's tokens allow is right as often: the team is not worth its trouble.",
      "not decided with so few seeds":
        "Between the team and one agent asked again these seeds do not decide.",
    }],
  ];
}

const seedOf = ({ seed }: { readonly seed: number }): number => seed;

/** Utility of one second stage over another's, seed by seed. */
function gain(rows: readonly StageTwoRow[], one: Which, other: Which): number[] {
  return pairedBy(rowsWhere(rows, one), rowsWhere(rows, other), seedOf).map(([own, rival]) =>
    own.utility - rival.utility
  );
}

/** Regret of one first stage over another's, seed by seed; the paper's search unless said otherwise. */
function paired(
  rows: readonly StageOneRow[],
  one: Partial<StageOneRow>,
  other: Partial<StageOneRow>,
): number[] {
  const of = (wanted: Partial<StageOneRow>) =>
    rows.filter((row) =>
      Object.entries({ strategy: "paper", ...wanted }).every(([name, value]) =>
        row[name as keyof StageOneRow] === value
      )
    );
  return pairedBy(of(one), of(other), seedOf).map(([own, better]) => own.regret - better.regret);
}

/** Controls: what was taken away from the network must show. */
function control(where: string, rows: readonly StageTwoRow[], bestFixed: number, which: Which): Verdict {
  return verdict({
    claim: `Control: ${where}, the network is no better than the best team for all`,
    effect: rowsWhere(rows, which).map(({ utility }) => utility - bestFixed),
    direction: "at most",
    unit: "of utility",
  });
}

function fewerTokens({ second, baselines }: Evidence): Verdict {
  const all = baselines.filter(({ name }) => name === "all five, complete");
  return verdict({
    claim: "Paper: learned teams take fewer tokens than all agents in a complete graph",
    effect: all.flatMap((whole) =>
      rowsWhere(second, {}).map(({ tokens }) => 100 * (1 - tokens / whole.tokens))
    ),
    direction: "more than",
    unit: "% fewer",
  });
}

/**
 * With the pool in other orders, the same questions and seeds: by how much results are off, whichever way, in
 * the mean over the orders.
 */
function orderIsIndifferent(rows: readonly StageTwoRow[]): Verdict {
  const moved = rows.filter(({ network, order, execution }) =>
    network === "directed" && order && execution === "decoded"
  );
  const both = pairedBy(moved, rowsWhere(rows, { labels: "exact" }), seedOf);
  return verdict({
    claim: "Ours: the order of the pool does not matter to the directed network",
    effect: [
      ...meansBy(both, ([{ seed }]) => seed, ([other, own]) => Math.abs(other.utility - own.utility))
        .values(),
    ],
    threshold: 0.005,
    direction: "at most",
    unit: "of utility",
  });
}

/** Accuracy that the cheapest teams may lose, in the words of a claim: `"2 points"`. */
function marginsOf(prices: readonly PriceRow[]): string {
  const margins = [...new Set(prices.map(({ margin }) => writeSignificant(100 * margin)))];
  return margins.length > 0 ? `${margins.join(" or ")} point${margins[0] === "1" ? "" : "s"}` : "the margin";
}

/** Counts pairs of types or prices that are ordered otherwise; of a type that is missing, none. */
function teamsFitTheQuestion({ best }: Evidence): Verdict {
  const size = (task: string, price: number) =>
    best.find((row) => row.task === task && row.tokenPrice === price)?.described.size ?? NaN;
  const prices = [...new Set(best.map(({ tokenPrice }) => tokenPrice))].sort((a, b) => a - b);
  const skills = (task: (typeof MAIN_TASKS)[number]) => SIMULATED_TASKS[task].steps.length;
  let wrong = 0;
  for (const one of MAIN_TASKS) {
    for (const other of MAIN_TASKS) {
      const price = SIMULATED_WORLD.tokenPrice;
      if (skills(one) < skills(other) && size(one, price) >= size(other, price)) wrong++;
    }
    for (let i = 1; i < prices.length; i++) if (size(one, prices[i]!) > size(one, prices[i - 1]!)) wrong++;
  }
  return verdict({
    claim: "Ours: the best team grows with the skills needed and shrinks as tokens get dearer (exceptions)",
    effect: best.length > 0 ? wrong : [],
    direction: "at most",
  });
}

/**
 * Against the Generalist, asked as often as the best team's tokens allow, which decides by majority: it takes
 * fewer, because it is asked in whole numbers.
 */
function beatsOneAgent({ second, baselines }: Evidence): Verdict {
  const rivals = baselines.filter(({ name }) => name.startsWith("self-consistency"));
  const teams = rowsWhere(second, { labels: "exact" });
  const tokens = (rows: readonly { readonly tokens: number }[]) =>
    rows.length > 0 ? ` (${writeRounded(mean(rows.map(({ tokens }) => tokens)), 0)} tokens)` : "";
  return verdict({
    claim: `Ours: the learned team of exact labels${
      tokens(teams)
    } beats the Generalist asked as often as its tokens allow${tokens(rivals)}`,
    effect: rivals.flatMap((rival) => teams.map(({ accuracy }) => 100 * (accuracy - rival.accuracy))),
    direction: "more than",
    unit: "points",
  });
}
