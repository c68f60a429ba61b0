import type { Chat } from "../../chat/chat.ts";
import { ChatFailure, endedBy } from "../../chat/failure.ts";
import { addUsage, NO_USAGE, type Usage } from "../../chat/reply.ts";
import type { ChatMessage } from "../../chat/request.ts";
import { levels, type Link, type Team } from "../team.ts";
import { alone, costOf } from "./cost.ts";
import { type DecisionName, DECISIONS } from "./decisions.ts";
import { type Heard, promptOf, type Situation, type TeamQuestion } from "./prompt.ts";
import { type Tool, TOOLS } from "./tools.ts";
import type { Turn, TurnFailure } from "./turn.ts";

/** Who answers for the agents, and within what bounds. */
export interface AskTeamOptions {
  /** Who answers: servers, a recording, or a function of one's own. */
  readonly chat: Chat;
  /** Model of the agents that name none, and of the decision. */
  readonly model: string;
  /** Sampling temperature. Default: 0. */
  readonly temperature?: number | undefined;
  /** Seed of the sampling. Default: 0. */
  readonly seed?: number | undefined;
  /** The most tokens of one answer. Default: 512. */
  readonly maxTokens?: number | undefined;
  /** Number of the sample: the same question asked again. Default: 0. */
  readonly sample?: number | undefined;
  /** How often the team goes through its graph. Default: 1. */
  readonly rounds?: number | undefined;
  /** From the second round on, who reads whose answer of the round before. Default: everybody their own. */
  readonly temporal?: readonly Link[] | undefined;
  /** How the answer comes from what the agents said in the last round. Default: `refer`. */
  readonly decision?: DecisionName | undefined;
  /** Tools beside the known ones, by the names that agents have them under. */
  readonly tools?: Readonly<Record<string, Tool>> | undefined;
  /** Seconds for the whole question. Default: no bound. */
  readonly seconds?: number | undefined;
  /** Seconds for one agent. Default: no bound. */
  readonly agentSeconds?: number | undefined;
  /** The most tokens for the question: it is not begun where it could take more. Default: no bound. */
  readonly budgetTokens?: number | undefined;
  /** Tokens that fit into the model's context. Default: unknown. */
  readonly contextTokens?: number | undefined;
  /** Ends it all. */
  readonly signal?: AbortSignal | undefined;
  /** Name of the run, for recordings. */
  readonly run?: string | undefined;
}

/** A team's answer, with the agents that were asked and its cost. */
export interface TeamAnswer {
  /** The answer; absent where there is none. */
  readonly answer?: string | undefined;
  /** Reason why there is no answer. */
  readonly failure?: TurnFailure | undefined;
  /** Roles of the agents for whom a model was asked, in the order of the team. */
  readonly asked: readonly string[];
  /** Everything that was asked and said: round by round, level by level, the decision last. */
  readonly transcript: readonly Turn[];
  /** Tokens of all calls together. */
  readonly usage: Usage;
  /** Milliseconds along the longest way of who waits for whom. */
  readonly latencyMs: number;
}

/**
 * Asks a team a question. Agents answer as soon as all whom they read have answered, at the same time where
 * nobody waits for the other; whoever is not in the team is never called. An agent that fails is noted and
 * not read; with one agent left there is nothing to decide, and no decision is asked for.
 *
 * @throws RangeError where nobody is in the team, a link or a tool is none, or the question could take more
 * tokens than it may; CyclicTeamError where nobody could begin; what the chat throws beside `ChatFailure`
 * @example
 * ```ts ignore
 * const team = teamOf(MATHS_POOL, ["Math Solver", "Inspector"], [["Math Solver", "Inspector"]]);
 * const chat = endpointChat({ baseURL: "http://127.0.0.1:8080/v1" });
 * const { answer, asked, usage } = await askTeam(team, "What is 17 times 3?", { chat, model: "any" });
 * ```
 */
export async function askTeam(
  team: Team,
  question: TeamQuestion,
  options: AskTeamOptions,
): Promise<TeamAnswer> {
  const { rounds = 1, temporal = alone(team), decision = "refer" } = options;
  const order = checkedOrder(team, question, options);
  const signals = [
    ...options.signal ? [options.signal] : [],
    ...options.seconds === undefined ? [] : [AbortSignal.timeout(1000 * options.seconds)],
  ];
  const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined;
  const place = { run: options.run, task: typeof question === "string" ? question : question.id };
  const asking = { ...options, signal, place };

  const turns: Promise<Turn>[] = [];
  let before: ReadonlyMap<number, Promise<Turn>> = new Map();
  for (let round = 0; round < rounds; round++) {
    const now = new Map<number, Promise<Turn>>();
    for (const agent of order) {
      const heard = readBy(agent, team.links).map((from) => now.get(from)!);
      const earlier = round === 0 ? [] : readBy(agent, temporal).map((from) => before.get(from)!);
      const turn = takeTurn(team, agent, round, question, heard, earlier, asking);
      now.set(agent, turn);
      turns.push(turn);
    }
    before = now;
  }
  // Nothing that was begun goes on behind the caller's back, whatever happened to one of them.
  await Promise.allSettled(turns);
  const transcript = await Promise.all(turns);
  const last = transcript.slice(-order.length).toSorted((a, b) => a.agent! - b.agent!);
  const final = await decide(last, question, decision, asking);
  if (final.turn) transcript.push(final.turn);
  const asked = team.agents.flatMap(({ role }, i) =>
    transcript.some(({ agent, messages }) => agent === i && messages.length > 0) ? [role] : []
  );
  return {
    ...final.answer === undefined ? { failure: final.failure } : { answer: final.answer },
    asked,
    transcript,
    usage: addUsage(...transcript.map(({ usage }) => usage)),
    latencyMs: Math.max(...transcript.map(({ doneMs }) => doneMs)),
  };
}

type Asking = AskTeamOptions & { readonly place: { run?: string | undefined; task: string } };

/** The order in which turns are begun, level by level, once everything that can be checked before is. */
function checkedOrder(team: Team, question: TeamQuestion, options: AskTeamOptions): number[] {
  const { rounds = 1, budgetTokens = Infinity, contextTokens = Infinity, maxTokens = 512, temporal } =
    options;
  if (team.agents.length === 0) {
    throw new RangeError("Cannot ask the team: expected at least one agent, found none; keep one");
  }
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new RangeError(`Cannot ask the team: expected 1 or more rounds, found ${rounds}`);
  }
  const unknown = team.agents.flatMap(({ tools = [] }) => tools).find((name) => !toolOf(name, options));
  if (unknown !== undefined) {
    const known = [...Object.keys(TOOLS), ...Object.keys(options.tools ?? {})].join(", ");
    throw new RangeError(`Cannot ask the team: expected tools that are known (${known}), found "${unknown}"`);
  }
  if (temporal) {
    const wrong = temporal.flat().find((place) => !team.agents[place]);
    if (wrong !== undefined) {
      throw new RangeError(`Cannot ask the team: a temporal link names agent ${wrong}, who is not in it`);
    }
  }
  const order = levels(team).flat();
  const { tokens, largestCall } = costOf(team, question, { ...options, answerTokens: maxTokens });
  if (tokens > budgetTokens) {
    throw new RangeError(
      `Cannot ask the team: the question may take ${tokens} tokens, of a budget of ${budgetTokens}; keep fewer ` +
        "agents or links, lower maxTokens, or raise the budget",
    );
  }
  if (largestCall > contextTokens) {
    throw new RangeError(
      `Cannot ask the team: a call may have ${largestCall} tokens, and the model's context holds ${contextTokens}; ` +
        "keep fewer links, lower maxTokens, or take a model with a larger context",
    );
  }
  return order;
}

const toolOf = (name: string, { tools = {} }: AskTeamOptions): Tool | undefined =>
  [tools, TOOLS].find((known) => Object.hasOwn(known, name))?.[name];

/** Whom an agent reads, by position, each once. */
const readBy = (agent: number, links: readonly Link[]): number[] =>
  [...new Set(links.filter(([, to]) => to === agent).map(([from]) => from))].sort((a, b) => a - b);

/** One agent's turn: it waits for those it reads, hears them through its tools, and is asked. */
async function takeTurn(
  team: Team,
  agent: number,
  round: number,
  question: TeamQuestion,
  heardFrom: readonly Promise<Turn>[],
  earlierFrom: readonly Promise<Turn>[],
  asking: Asking,
): Promise<Turn> {
  const { role, persona, tools: names = [], model = asking.model } = team.agents[agent]!;
  const tools = names.map((name) => toolOf(name, asking)!);
  const [heard, earlier] = await Promise.all([Promise.all(heardFrom), Promise.all(earlierFrom)]);
  const start = Math.max(0, ...[...heard, ...earlier].map(({ doneMs }) => doneMs));
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
      return {
        role,
        agent,
        round,
        messages: [],
        content: answer,
        usage: NO_USAGE,
        latencyMs: 0,
        doneMs: start,
      };
    }
    if (note) notes.push(note);
  }
  const turn = await call({ role, agent, round }, promptOf(persona, situation, notes), model, start, asking);
  let content = turn.content;
  for (const { complete } of tools) if (complete && content !== undefined) content = await complete(content);
  return content === undefined ? turn : { ...turn, content };
}

/** Asks the model once; a failure is part of the transcript. */
async function call(
  who: Pick<Turn, "role" | "agent" | "round">,
  messages: readonly ChatMessage[],
  model: string,
  start: number,
  asking: Asking,
): Promise<Turn> {
  const { chat, temperature = 0, seed = 0, maxTokens = 512, sample = 0, agentSeconds, place } = asking;
  const signals = [
    ...asking.signal ? [asking.signal] : [],
    ...agentSeconds === undefined ? [] : [AbortSignal.timeout(1000 * agentSeconds)],
  ];
  const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined;
  try {
    if (signal?.aborted) throw endedBy(signal);
    const request = { model, messages, temperature, seed, maxTokens };
    const { content, usage, lost, latencyMs } = await chat(request, {
      sample,
      signal,
      place: {
        ...place,
        role: who.role,
        round: who.round,
        ...who.agent === undefined ? {} : { agent: who.agent },
      },
    });
    return { ...who, messages, content, usage: addUsage(usage, lost), latencyMs, doneMs: start + latencyMs };
  } catch (error) {
    if (!(error instanceof ChatFailure)) throw error;
    const failure = { kind: error.kind, message: error.message };
    return { ...who, messages, failure, usage: error.usage, latencyMs: 0, doneMs: start };
  }
}

/** The answer of the team, and the turn of the decision where a model was asked for it. */
async function decide(
  last: readonly Turn[],
  question: TeamQuestion,
  decision: DecisionName,
  asking: Asking,
): Promise<{ answer?: string | undefined; failure?: TurnFailure | undefined; turn?: Turn }> {
  const said = last.flatMap(({ role, content }) => content === undefined ? [] : [{ role, content }]);
  if (said.length === 0) {
    const [first] = last.flatMap(({ failure }) => failure ? [failure] : []);
    const alike = last.every(({ failure }) => failure?.kind === first!.kind);
    return {
      failure: alike ? first : {
        kind: "nobody",
        message: `Nobody of the team has an answer: ${
          last.map(({ role, failure }) => `${role}: ${failure!.kind}`).join(", ")
        }`,
      },
    };
  }
  // One agent has nothing to agree on. Where only one of several has not failed, a decision is still made.
  if (last.length === 1) return { answer: said[0]!.content };
  const decided = await DECISIONS[decision](question, said);
  if ("answer" in decided) return decided;
  const start = Math.max(...last.map(({ doneMs }) => doneMs));
  const turn = await call(
    { role: "decision", round: last[0]!.round },
    decided.messages,
    asking.model,
    start,
    asking,
  );
  return turn.content === undefined ? { failure: turn.failure, turn } : { answer: turn.content, turn };
}
