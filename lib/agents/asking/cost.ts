import { RangeError } from "../../errors.ts";
import { estimatePrompt } from "../../chat/reply.ts";
import { type CallGraphOptions, callsOfTeam } from "../call_graph.ts";
import type { Team } from "../team.ts";
import { DECIDING, type DecisionName } from "./decisions.ts";
import { type Heard, promptOf, type TeamQuestion } from "./prompt.ts";

/** How a team is run, as far as its cost depends on it. */
export interface CostOptions extends CallGraphOptions {
  /** Tokens of each answer. */
  readonly answerTokens: number;
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
 *
 * @throws RangeError where it is not said how many tokens an answer has
 */
export function costOf(team: Team, question: TeamQuestion, options: CostOptions): Cost {
  const { answerTokens, decision = "refer" } = options;
  if (!(answerTokens >= 0 && answerTokens < Infinity)) {
    throw new RangeError(
      `Cannot say what a team costs: expected answerTokens, the tokens of each answer, from 0, found ` +
        `${answerTokens}; give the most that an answer may have (maxTokens) for the most it can cost`,
    );
  }
  // As many tokens as the estimate counts in so many letters.
  const content = "x".repeat(3 * answerTokens);
  const { calls, answers } = callsOfTeam(team, options);
  const say = (places: readonly number[]): Heard[] =>
    places.map((place) => ({ role: team.agents[calls[place]!.agent]!.role, content }));
  const costs = (persona: string, heard: Heard[], before: Heard[]) =>
    estimatePrompt(promptOf(persona, { question, heard, before })) + answerTokens;
  const tokens = calls.map(({ agent, round, reads }) => {
    const isNow = (place: number) => calls[place]!.round === round;
    const [heard, before] = [reads.filter(isNow), reads.filter((place) => !isNow(place))];
    return costs(team.agents[agent]!.persona, say(heard), say(before));
  });
  if (team.agents.length > 1 && Object.hasOwn(DECIDING, decision)) {
    tokens.push(costs(DECIDING[decision as keyof typeof DECIDING], say(answers), []));
  }
  return {
    calls: tokens.length,
    tokens: tokens.reduce((sum, one) => sum + one, 0),
    largestCall: Math.max(...tokens),
  };
}
