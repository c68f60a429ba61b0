import { withoutUndefined } from "../../options.ts";
import { ChatFailure, endedBy } from "../../chat/failure.ts";
import { addUsage, NO_USAGE } from "../../chat/reply.ts";
import type { ChatMessage } from "../../chat/request.ts";
import type { Team } from "../team.ts";
import type { AskTeamOptions } from "./ask_team.ts";
import { type Heard, promptOf, type Situation, type TeamQuestion } from "./prompt.ts";
import { toolNamed } from "./tools.ts";
import { lastDone, type Turn } from "./turn.ts";

/** How a team is asked, and where its calls belong. */
export type Asking = AskTeamOptions & { readonly place: { run?: string | undefined; task: string } };

/** A turn that is to come. */
interface Beginning {
  /** Position of the agent in the team. */
  readonly agent: number;
  /** Round, from 0. */
  readonly round: number;
  /** The question that is asked. */
  readonly question: TeamQuestion;
  /** Turns of this round that it waits for and reads. */
  readonly heard: readonly Promise<Turn>[];
  /** Turns of the round before that it reads. */
  readonly before: readonly Promise<Turn>[];
}

/** One agent's turn: it waits for those it reads, hears them through its tools, and is asked. */
export async function takeTurn(
  team: Team,
  { agent, round, question, heard: heardFrom, before: earlierFrom }: Beginning,
  asking: Asking,
): Promise<Turn> {
  const { role, persona, tools: names = [], model = asking.model } = team.agents[agent]!;
  const tools = names.map((name) => toolNamed(name, asking)!);
  const [heard, earlier] = await Promise.all([Promise.all(heardFrom), Promise.all(earlierFrom)]);
  const start = lastDone([...heard, ...earlier]);
  const listen = (turns: readonly Turn[]): Heard[] =>
    turns.flatMap(({ role, content }) => {
      const reached = tools.reduce<string | undefined>(
        (text, { hear }) => text === undefined || !hear ? text : hear({ role, content: text }, question),
        content,
      );
      return reached === undefined ? [] : [{ role, content: reached }];
    });
  const situation: Situation = { question, heard: listen(heard), before: listen(earlier) };
  const notes: string[] = [];
  for (const { prepare } of tools) {
    if (!prepare) continue;
    const { note, answer } = await prepare(situation);
    if (answer !== undefined) {
      return timed({ role, agent, round, messages: [], content: answer, usage: NO_USAGE }, start, 0);
    }
    if (note) notes.push(note);
  }
  const turn = await callModel(
    { role, agent, round },
    promptOf(persona, situation, notes),
    { model, start },
    asking,
  );
  let content = turn.content;
  for (const { complete } of tools) if (complete && content !== undefined) content = await complete(content);
  return content === undefined ? turn : { ...turn, content };
}

/** Asks the model once; a failure is part of the transcript. */
export async function callModel(
  who: Pick<Turn, "role" | "agent" | "round">,
  messages: readonly ChatMessage[],
  { model, start }: { model: string; start: number | undefined },
  asking: Asking,
): Promise<Turn> {
  const { chat, temperature = 0, seed = 0, maxTokens = 512, sample = 0, agentSeconds, place } = asking;
  const signals = [
    ...asking.signal ? [asking.signal] : [],
    ...agentSeconds === undefined ? [] : [AbortSignal.timeout(1000 * agentSeconds)],
  ];
  const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined;
  try {
    if (signal?.aborted) throw endedBy(signal, { latencyMs: 0 });
    const request = { model, messages, temperature, seed, maxTokens };
    const { content, usage, lost, latencyMs } = await chat(request, {
      sample,
      signal,
      place: withoutUndefined({ ...place, role: who.role, round: who.round, agent: who.agent }),
    });
    return timed({ ...who, messages, content, usage: addUsage(usage, lost) }, start, latencyMs);
  } catch (error) {
    // An agent whom nobody may pay for has not failed: without it the answer would be another team's.
    if (!(error instanceof ChatFailure) || error.kind === "budget") throw error;
    const failure = { kind: error.kind, message: error.message };
    return timed({ ...who, messages, failure, usage: error.usage }, start, error.latencyMs);
  }
}

/** A turn with its times, as far as they are known. */
function timed(turn: Turn, start: number | undefined, latencyMs: number | undefined): Turn {
  const doneMs = start === undefined || latencyMs === undefined ? undefined : start + latencyMs;
  return withoutUndefined({ ...turn, latencyMs, doneMs });
}
