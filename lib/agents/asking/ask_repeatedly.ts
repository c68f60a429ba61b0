import { COUNT, requireNumbers } from "../../bounds.ts";
import { requireOptions, withoutUndefined } from "../../options.ts";
import { addUsage } from "../../chat/reply.ts";
import type { Agent } from "../team.ts";
import { ASK_TEAM_OPTIONS, askTeam, type AskTeamOptions, type TeamAnswer } from "./ask_team.ts";
import { decide } from "./decisions.ts";
import type { TeamQuestion } from "./prompt.ts";
import { lastDone } from "./turn.ts";

/**
 * One agent asked a question several times at the same time, of whose answers the most frequent counts:
 * self-consistency (Wang and others, 2023). Each answer is a sample of its own, so a temperature above 0 is
 * needed for them to differ.
 *
 * @param times how often; all calls are in the transcript, in the order of the samples
 * @throws RangeError for fewer than one time; as `askTeam` does
 */
export async function askRepeatedly(
  agent: Agent,
  question: TeamQuestion,
  times: number,
  options: AskTeamOptions,
): Promise<TeamAnswer> {
  requireOptions("askRepeatedly", options, ASK_TEAM_OPTIONS);
  requireNumbers("ask again and again", { times }, COUNT);
  const { temperature = 0.7, sample = 0 } = options;
  const all = await Promise.all(
    Array.from({ length: times }, (_, i) =>
      askTeam({ agents: [agent], links: [] }, question, {
        ...options,
        temperature,
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
