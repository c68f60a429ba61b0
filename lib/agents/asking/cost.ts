import { estimatePrompt } from "../../chat/reply.ts";
import type { Link, Team } from "../team.ts";
import { DECIDING, type DecisionName } from "./decisions.ts";
import { type Heard, promptOf, type TeamQuestion } from "./prompt.ts";

/** How a team is run, as far as its cost depends on it. */
export interface CostOptions {
  /** Tokens of each answer. */
  readonly answerTokens: number;
  /** Rounds. Default: 1. */
  readonly rounds?: number | undefined;
  /** Who reads whose answer of the round before. Default: everybody their own. */
  readonly temporal?: readonly Link[] | undefined;
  /** How the team decides. Default: `refer`. */
  readonly decision?: DecisionName | undefined;
}

/** Expected cost of one question. */
export interface Cost {
  /** Calls of a model. */
  readonly calls: number;
  /** Tokens of all prompts and answers. */
  readonly tokens: number;
  /** Tokens of the largest single call, prompt and answer. */
  readonly largestCall: number;
}

/**
 * About what it costs to ask a team, from the length of its texts: with the most tokens of an answer the most
 * it can cost, with the mean of other answers what it would have cost. What tools add is not counted, nor
 * what they save.
 */
export function costOf(team: Team, question: TeamQuestion, options: CostOptions): Cost {
  const { answerTokens, rounds = 1, temporal = alone(team), decision = "refer" } = options;
  // As many tokens as the estimate counts in so many letters.
  const content = "x".repeat(3 * answerTokens);
  const say = (places: Iterable<number>): Heard[] =>
    [...new Set(places)].map((place) => ({ role: team.agents[place]!.role, content }));
  const readBy = (reader: number, links: readonly Link[]) =>
    say(links.filter(([, to]) => to === reader).map(([from]) => from));
  const costs = (persona: string, heard: Heard[], before: Heard[]) =>
    estimatePrompt(promptOf(persona, { question, heard, before })) + answerTokens;
  const calls: number[] = [];
  for (let round = 0; round < rounds; round++) {
    team.agents.forEach(({ persona }, i) => {
      calls.push(costs(persona, readBy(i, team.links), round > 0 ? readBy(i, temporal) : []));
    });
  }
  if (team.agents.length > 1 && Object.hasOwn(DECIDING, decision)) {
    calls.push(costs(DECIDING[decision as keyof typeof DECIDING], say(team.agents.keys()), []));
  }
  return {
    calls: calls.length,
    tokens: calls.reduce((sum, tokens) => sum + tokens, 0),
    largestCall: Math.max(...calls),
  };
}

/** Everybody reads what they themselves said in the round before. */
export function alone({ agents }: Team): Link[] {
  return agents.map((_, i): Link => [i, i]);
}
