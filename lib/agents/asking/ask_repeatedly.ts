import { COUNT, MOST, requireNumbers } from "../../bounds.ts";
import { RangeError } from "../../errors.ts";
import { omitNames, type OptionNames, requireOptions, withoutUndefined } from "../../options.ts";
import { addUsage } from "../../chat/reply.ts";
import type { Agent, Team } from "../team.ts";
import { ASK_TEAM_OPTIONS, askTeam, type AskTeamOptions, type TeamAnswer } from "./ask_team.ts";
import { costOf } from "./cost.ts";
import { decide } from "./decisions.ts";
import type { TeamQuestion } from "./prompt.ts";
import { together } from "./together.ts";
import { lastDone } from "./turn.ts";

/** Settings of {@linkcode askRepeatedly}: those of a team, but that the most frequent answer decides. */
export type AskRepeatedlyOptions = Omit<AskTeamOptions, "decision">;

/** Names of {@linkcode AskRepeatedlyOptions}. */
export const ASK_REPEATEDLY_OPTIONS: OptionNames<AskRepeatedlyOptions> = omitNames(
  ASK_TEAM_OPTIONS,
  "decision",
);

/**
 * One agent asked a question several times at the same time, of whose answers the most frequent counts:
 * self-consistency (Wang and others, 2023). Each answer is a sample of its own, so a temperature above 0 is
 * needed for them to differ.
 *
 * @param times how often; all calls are in the transcript, in the order of the samples
 * @throws RangeError for fewer than one time, or where all of them could take more than `budgetTokens`; as
 * `askTeam` does
 */
export async function askRepeatedly(
  agent: Agent,
  question: TeamQuestion,
  times: number,
  options: AskRepeatedlyOptions,
): Promise<TeamAnswer> {
  requireOptions("askRepeatedly", options, ASK_REPEATEDLY_OPTIONS);
  requireNumbers("ask again and again", { times }, COUNT);
  const { temperature = 0.7, sample = 0, maxTokens = 512, budgetTokens = Infinity } = options;
  requireNumbers("ask again and again", { budgetTokens }, MOST);
  const team: Team = { agents: [agent], links: [] };
  const tokens = times * costOf(team, question, { ...options, answerTokens: maxTokens }).tokens;
  if (tokens > budgetTokens) {
    throw new RangeError(
      `Cannot ask again and again: ${times} times may take ${tokens} tokens, of a budget of ${budgetTokens}; ask ` +
        "fewer times, lower maxTokens, or raise the budget",
    );
  }
  const all = await together(
    Array.from({ length: times }, (_, i) =>
      askTeam(team, question, {
        ...options,
        temperature,
        budgetTokens: undefined,
        sample: sample * times + i,
      })),
  );
  const transcript = all.flatMap(({ transcript }) => transcript);
  const place = { task: typeof question === "string" ? question : question.id };
  const last = all.map(({ transcript }) => transcript.at(-1)!);
  const { answer, failure } = await decide(last, question, { ...options, decision: "majority-vote", place });
  return withoutUndefined({
    answer,
    failure: answer === undefined ? failure : undefined,
    asked: [agent.role],
    transcript,
    usage: addUsage(...all.map(({ usage }) => usage)),
    latencyMs: lastDone(transcript),
  });
}
