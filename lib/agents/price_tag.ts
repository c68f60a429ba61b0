import { requireNumbers, SHARE } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import { mean } from "../statistics/describe.ts";
import { meanInterval, pairedProportionInterval } from "../statistics/intervals.ts";
import { linksOf, positionsOf, type Topology } from "./topology.ts";

/** A team that was run on the same questions as others. */
export interface PricedTeam<T = Topology> {
  /** The team. */
  readonly team: T;
  /** Tokens of a question. */
  readonly tokens: number;
  /** Outcome of each question: 1 where it was right and 0 where not, or the chance of that. */
  readonly outcomes: ArrayLike<number>;
}

/** Settings of {@linkcode cheapestWithin}. */
export interface PriceTagOptions {
  /** Accuracy that may be lost against the full team: 0.02 are two points. */
  margin: number;
  /** Confidence with which no more must be lost: above 0.5, which is none. Default 0.95. */
  confidence?: number | undefined;
}

/** The cheapest team that is good enough. */
export interface PriceTag<T = Topology> {
  /** The chosen team, with its outcomes and tokens. */
  readonly chosen: PricedTeam<T>;
  /** Accuracy of the chosen team less that of the full team. */
  readonly difference: number;
  /** Lower bound of that difference, at the confidence asked for. */
  readonly atLeast: number;
  /** Tokens of the chosen team over those of the full team. */
  readonly tokenShare: number;
}

/**
 * The team of fewest tokens of which it is sure that its accuracy is within a margin of the full team's, by
 * the differences question by question: where outcomes are right or wrong, by the questions on which one team
 * alone was right (`pairedProportionInterval`), so that three questions on which both agree make nobody sure;
 * where they are chances, by Student's interval. The confidence holds for all candidates together
 * (Bonferroni). Where no candidate is sure, the full team itself.
 *
 * @throws RangeError where teams were not run on the same number of questions, or margin or confidence cannot
 * be
 */
export function cheapestWithin<T>(
  full: PricedTeam<T>,
  candidates: readonly PricedTeam<T>[],
  options: PriceTagOptions,
): PriceTag<T> {
  requireOptions("cheapestWithin", options, { margin: true, confidence: true });
  const { margin, confidence = 0.95 } = options;
  requireNumbers("price a team", { margin }, SHARE);
  requireNumbers("price a team", { confidence }, { above: 0.5, below: 1 });
  const questions = full.outcomes.length;
  const level = 1 - 2 * (1 - confidence) / Math.max(1, candidates.length);
  for (const chosen of candidates.toSorted((a, b) => a.tokens - b.tokens)) {
    if (chosen.outcomes.length !== questions) {
      throw new RangeError(
        `Cannot compare teams: expected outcomes of ${questions} questions, found ${chosen.outcomes.length}; run ` +
          `all teams on the same ones`,
      );
    }
    const differences = Array.from(chosen.outcomes, (outcome, q) => outcome - full.outcomes[q]!);
    const isEach = isRightOrWrong(chosen) && isRightOrWrong(full);
    const count = (difference: number) => differences.filter((one) => one === difference).length;
    const { low: atLeast } = isEach
      ? pairedProportionInterval(count(1), count(-1), questions, { level })
      : meanInterval(differences, { level });
    if (atLeast >= -margin) {
      return { chosen, difference: mean(differences), atLeast, tokenShare: chosen.tokens / full.tokens };
    }
  }
  return { chosen: full, difference: 0, atLeast: 0, tokenShare: 1 };
}

/** Whether a team was right or wrong on each question, and none is a chance. */
function isRightOrWrong({ outcomes }: PricedTeam<unknown>): boolean {
  return Array.from(outcomes).every((outcome) => outcome === 0 || outcome === 1);
}

/** Loss of a team without one of its parts. */
export interface Removal {
  /** The agent that is taken away, by position in the pool. */
  readonly agent?: number;
  /** The link that is taken away. */
  readonly link?: readonly [from: number, to: number];
  /** The team without it. */
  readonly team: Topology;
  /** Utility of the whole team less that of the team without it. */
  readonly loss: number;
}

/**
 * The utility lost by each agent and each link of a team: what it is worth, beside all others. The last agent
 * is not taken away.
 *
 * @param utility of a team: exact in a simulator, by replay of a recording otherwise
 */
export async function removalLosses(
  topology: Topology,
  utility: (team: Topology) => number | Promise<number>,
): Promise<Removal[]> {
  const whole = await utility(topology);
  const agents = positionsOf(topology.kept);
  const without = [
    ...agents.length < 2 ? [] : agents.map((agent) => ({ agent, team: withoutAgent(topology, agent) })),
    ...linksOf(topology).map((link) => ({ link, team: withoutLink(topology, link) })),
  ];
  return await Promise.all(
    without.map(async (one): Promise<Removal> => ({ ...one, loss: whole - await utility(one.team) })),
  );
}

function withoutAgent({ kept, parents }: Topology, agent: number): Topology {
  const gone = ~(1 << agent);
  return { kept: kept & gone, parents: parents.map((bits, i) => i === agent ? 0 : bits & gone) };
}

function withoutLink({ kept, parents }: Topology, [from, to]: readonly [number, number]): Topology {
  return { kept, parents: parents.map((bits, i) => i === to ? bits & ~(1 << from) : bits) };
}
