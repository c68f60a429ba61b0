import { mean } from "../../statistics/describe.ts";
import { pairedBy } from "../../statistics/pairs.ts";
import { type Verdict, verdict } from "../../statistics/verdict.ts";
import type { AskedRow, CalibrationText } from "./asked.ts";
import type { Evidence } from "./evidence.ts";
import { accuracyOf, CHAINS, equalBytes, type Examined, examined, KNOWLEDGE, survival } from "./examined.ts";
import {
  type InterpretationClaims,
  interpretationClaims,
  type InterventionClaims,
  interventionClaims,
} from "./matrices/attribution_claims.ts";
import { type Question, QUESTIONS } from "./language.ts";
import { shorterAtOneLength, shorterIsRight, wrongIsLonger } from "./lengths/length_claims.ts";
import { overNetworks, rowsOfNetworks } from "./over_networks.ts";
import { protectionClaims, type ProtectionVerdicts } from "./matrices/protection_claims.ts";
import { labelOf, type Setting } from "./setting.ts";
import { allocated, better, isPlain, lastKept, mostSensitive, noOther } from "./text_claims.ts";

/** Verdicts on the paper's claims. */
export interface PaperVerdicts extends InterpretationClaims {
  /** Pruning costs knowledge before it costs reasoning. */
  knowledge: Verdict;
  /** At equal bytes, rounding keeps knowledge that pruning loses. */
  keeps: Verdict;
  /** A smaller student loses more knowledge than reasoning. */
  student: Verdict;
  /** Four bits are nearly lossless. */
  lossless: Verdict;
  /** Three bits collapse. */
  collapse: Verdict;
  /** Harder tasks collapse earlier. */
  order: Verdict;
  /** Shorter answers are more often right. */
  shorter: Verdict;
  /** The last layer's `up_proj` matters most. */
  lastUp: Verdict;
  /** To keep the last MLP at 16 bits helps. */
  protect: Verdict;
  /** And no other layer's MLP helps more. */
  last: Verdict;
}

/** Verdicts on what this notebook asks beside it. */
export interface OwnVerdicts extends InterventionClaims, ProtectionVerdicts {
  /** SparseGPT is no worse than Wanda. */
  sparsegpt: Verdict;
  /** Wanda is no worse than magnitude. */
  wanda: Verdict;
  /** GPTQ is no worse than rounding to the nearest. */
  gptq: Verdict;
  /** Magnitude pruning, too, costs knowledge before reasoning. */
  magnitude: Verdict;
  /** Pruning costs one fact alone before chains. */
  fact: Verdict;
  /** One step of a chain outlasts one fact. */
  step: Verdict;
  /** Two facts in a row go before one. */
  hops: Verdict;
  /** Among answers to chains of one length the shorter ones are not more often right. */
  sameLength: Verdict;
  /** Wrong answers are longer than right ones. */
  longer: Verdict;
  /** Calibrated on chains, more chains stay right than calibrated on facts. */
  calibrated: Verdict;
  /** Calibrated allocation beats the same bits for all. */
  allocation: Verdict;
  /** Also where GPTQ rounds. */
  withGptq: Verdict;
  /** And bits by lot. */
  lot: Verdict;
  /** Four bits everywhere are better than three and one MLP at 16. */
  fewerBytes: Verdict;
}

/** All verdicts. */
export function claims(evidence: Evidence): { paper: PaperVerdicts; ours: OwnVerdicts } {
  const everybody = examined(evidence.asked);
  const networks = everybody.filter(isAble);
  const asked = evidence.asked.filter(({ hidden, seed }) =>
    networks.some((network) => network.hidden === hidden && network.seed === seed)
  );
  const probes = { everybody, networks, asked };
  return {
    paper: paperClaims(evidence, probes),
    ours: {
      ...claimsOnMethods(evidence),
      ...claimsOnProbes(probes),
      ...claimsOnBits(evidence),
      ...protectionClaims(evidence.protection),
      ...interventionClaims(evidence, denseOfFirst(evidence)),
    },
  };
}

/** What the probe that the interventions are made on answers when it is dense. */
const denseOfFirst = ({ asked, alone }: Evidence): AskedRow[] =>
  asked.filter(({ setting, text, hidden, seed }) =>
    setting.method === "dense" && text === "lessons" && hidden === alone[0]?.hidden && seed === alone[0].seed
  );

/** What was asked of probes: all networks, those that can do enough to lose something, and their rows. */
interface Probes {
  everybody: readonly Examined[];
  networks: readonly Examined[];
  asked: Evidence["asked"];
}

function paperClaims(
  { texts, sensitivity, attributed }: Evidence,
  { everybody, networks, asked }: Probes,
): PaperVerdicts {
  return {
    knowledge: outlasts(
      networks,
      "sparsegpt",
      { first: CHAINS, second: KNOWLEDGE },
      "Paper: pruning (SparseGPT) costs knowledge, one fact and two, before chains",
    ),
    keeps: keepsFacts(networks),
    student: loseMore(everybody),
    lossless: costs(
      networks,
      { bits: 4, threshold: 2, direction: "at most" },
      "Paper: 4 bits (GPTQ) are nearly lossless",
    ),
    collapse: costs(
      networks,
      { bits: 3, threshold: 15, direction: "at least" },
      "Paper: 3 bits (GPTQ) cost at least 15 points",
    ),
    order: outlasts(
      networks,
      "sparsegpt",
      { first: ["R2"], second: ["R6"] },
      "Paper: the harder, the earlier: chains of two steps outlast chains of six (SparseGPT)",
    ),
    shorter: shorterIsRight(asked),
    lastUp: mostSensitive(sensitivity),
    protect: better(
      texts,
      ({ keep }) => keep === lastKept(texts),
      isPlain({ method: "gptq", bits: 3 }),
      "Paper: the last layer's MLP at 16 bits helps a model of 3 bits",
    ),
    last: noOther(texts),
    ...interpretationClaims(attributed),
  };
}

function claimsOnMethods({ texts }: Evidence): Pick<OwnVerdicts, "sparsegpt" | "wanda" | "gptq"> {
  return {
    sparsegpt: better(
      texts,
      isPlain({ method: "sparsegpt", sparsity: 0.5 }),
      isPlain({ method: "wanda", sparsity: 0.5 }),
      "Ours: at 50 % SparseGPT predicts better than Wanda",
    ),
    wanda: better(
      texts,
      isPlain({ method: "wanda", sparsity: 0.5 }),
      isPlain({ method: "magnitude", sparsity: 0.5 }),
      "Ours: at 50 % Wanda predicts better than magnitude",
    ),
    gptq: better(
      texts,
      isPlain({ method: "gptq", bits: 3 }),
      isPlain({ method: "rtn", bits: 3 }),
      "Ours: at 3 bits GPTQ predicts better than rounding to the nearest",
    ),
  };
}

function claimsOnProbes(
  { networks, asked }: Probes,
): Pick<OwnVerdicts, "magnitude" | "fact" | "step" | "hops" | "sameLength" | "longer" | "calibrated"> {
  return {
    magnitude: outlasts(
      networks,
      "magnitude",
      { first: CHAINS, second: KNOWLEDGE },
      "Ours: pruning by magnitude, too, costs knowledge before chains",
    ),
    fact: outlasts(
      networks,
      "sparsegpt",
      { first: CHAINS, second: ["K1"] },
      "Ours: pruning (SparseGPT) costs one fact alone before chains",
    ),
    step: outlasts(
      networks,
      "sparsegpt",
      { first: ["R2"], second: ["K1"] },
      "Ours: one step of reasoning outlasts one fact (SparseGPT)",
    ),
    hops: outlasts(
      networks,
      "sparsegpt",
      { first: ["K1"], second: ["K2"] },
      "Ours: one fact outlasts two in a row (SparseGPT)",
    ),
    sameLength: shorterAtOneLength(asked),
    longer: wrongIsLonger(asked),
    calibrated: calibrationHelps(asked),
  };
}

function claimsOnBits(
  { texts, allocations }: Evidence,
): Pick<OwnVerdicts, "allocation" | "lot" | "withGptq" | "fewerBytes"> {
  return {
    allocation: allocated(
      allocations,
      "uniform",
      "Ours: at 3 bits, allocation by what matrices cost beats 3 bits for all",
    ),
    lot: allocated(allocations, "random", "Ours: and it beats the same widths given by lot"),
    withGptq: allocated(
      allocations,
      "uniform",
      "Ours: also where GPTQ rounds, whose errors the allocation does not know",
      "gptq",
    ),
    fewerBytes: better(
      texts,
      isPlain({ method: "gptq", bits: 4 }),
      ({ keep }) => keep === lastKept(texts),
      "Ours: 4 bits everywhere predict better than 3 bits and one MLP at 16, which take more bytes",
    ),
  };
}

/** Whether a dense network has half of each question right: what is at the floor already cannot fall. */
const isAble = ({ dense }: Examined): boolean =>
  QUESTIONS.every((question) => accuracyOf(dense.get(question) ?? { right: [0] }) >= 50);

/**
 * Whether some questions stay right at more levels than others: items of one network are compared, and where
 * there are several networks, the networks' means.
 */
function outlasts(
  networks: readonly Examined[],
  method: Setting["method"],
  { first, second }: { first: readonly Question[]; second: readonly Question[] },
  claim: string,
): Verdict {
  const both = networks.map((network) =>
    [survival(network, method, first), survival(network, method, second)] as const
  ).filter(([one, other]) => one.length > 0 && other.length > 0);
  const alone = both.length === 1 ? both[0] : undefined;
  return verdict({
    claim,
    effect: alone
      ? { first: alone[0], second: alone[1] }
      : both.map(([one, other]) => mean(one) - mean(other)),
    direction: "more than",
    per: alone ? "items" : "networks",
    unit: "% of levels",
  });
}

/** Facts right with GPTQ less those with SparseGPT, at the same bytes, mean over the levels. */
function keepsFacts(networks: readonly Examined[]): Verdict {
  return verdict({
    claim: "Paper: at equal bytes rounding (GPTQ) keeps facts that pruning (SparseGPT) loses",
    ...overNetworks(networks.map((network) => {
      const pairs = equalBytes(network, "gptq", "sparsegpt", "K1");
      return (pairs[0]?.[0].right ?? []).map((_, i) =>
        100 * mean(pairs.map(([rounded, pruned]) => rounded.right[i]! - pruned.right[i]!))
      );
    })),
    direction: "more than",
    unit: "points",
  });
}

/** Points of accuracy over all questions that rounding to so many bits costs. */
function costs(
  networks: readonly Examined[],
  { bits, threshold, direction }: { bits: number; threshold: number; direction: "at most" | "at least" },
  claim: string,
): Verdict {
  const effects = networks.map(({ dense, curves }) =>
    [...curves.get("gptq") ?? []].flatMap(([question, rows]) => {
      const rounded = rows.find(({ setting }) => setting.method !== "dense" && setting.bits === bits);
      const before = dense.get(question);
      return rounded && before ? rounded.right.map((right, i) => 100 * (before.right[i]! - right)) : [];
    })
  );
  return verdict({ claim, ...overNetworks(effects), threshold, direction, unit: "points" });
}

/**
 * From the widest network to the narrowest, seed by seed: points of facts lost less points of chains lost.
 */
function loseMore(networks: readonly Examined[]): Verdict {
  const widths = [...new Set(networks.map(({ hidden }) => hidden))].toSorted((a, b) => a - b);
  const [least, most] = [widths[0], widths.at(-1)];
  const accuracy = ({ dense }: Examined, questions: readonly Question[]) =>
    100 * mean(questions.flatMap((question) => dense.get(question)!.right));
  const asked = networks.filter(({ dense }) =>
    ["K1" as const, ...CHAINS].every((question) => dense.has(question))
  );
  const wide = (width: number | undefined) => asked.filter(({ hidden }) => hidden === width);
  const both = least === most ? [] : pairedBy(wide(least), wide(most), ({ seed }) => seed);
  const effect = both.map(([small, large]) => {
    const lost = (questions: readonly Question[]) => accuracy(large, questions) - accuracy(small, questions);
    return lost(["K1"]) - lost(CHAINS);
  });
  return verdict({
    claim: "Paper: a smaller network loses more facts than chains",
    effect,
    direction: "more than",
    unit: "points",
  });
}

/** Chains right after calibration on chains, less those after calibration on facts, item by item. */
function calibrationHelps(rows: readonly AskedRow[]): Verdict {
  const after = (own: readonly AskedRow[], text: CalibrationText) =>
    own.filter((row) => row.text === text && row.question.startsWith("R"));
  return verdict({
    claim: "Ours: SparseGPT calibrated on chains keeps more of them than calibrated on facts",
    ...overNetworks(
      rowsOfNetworks(rows).map((own) => {
        const pairs = pairedBy(
          after(own, "chains"),
          after(own, "facts"),
          ({ question, setting }) => `${question} ${labelOf(setting)}`,
        );
        return [...Map.groupBy(pairs, ([{ question }]) => question).values()].flatMap((levels) =>
          levels[0]![0].right.map((_, i) =>
            100 * mean(levels.map(([chains, facts]) => chains.right[i]! - facts.right[i]!))
          )
        );
      }),
    ),
    direction: "more than",
    unit: "points",
  });
}
