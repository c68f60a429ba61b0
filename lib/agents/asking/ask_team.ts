import { COUNT, MOST, requireNumbers } from "../../bounds.ts";
import { RangeError } from "../../errors.ts";
import { type OptionNames, requireOptions, withoutUndefined } from "../../options.ts";
import type { Chat } from "../../chat/chat.ts";
import { addUsage, type Usage } from "../../chat/reply.ts";
import { CALL_GRAPH_OPTIONS, type CallGraph, type CallGraphOptions, callsOfTeam } from "../call_graph.ts";
import type { Team } from "../team.ts";
import { costOf } from "./cost.ts";
import { decide, type DecisionName } from "./decisions.ts";
import type { TeamQuestion } from "./prompt.ts";
import { takeTurn } from "./take_turn.ts";
import { together, withSpent } from "./together.ts";
import { type Tool, toolNamed, TOOLS } from "./tools.ts";
import { lastDone, type Turn, type TurnFailure } from "./turn.ts";
import { stopSignal } from "../../stop.ts";

/** Who answers for the agents, and within what bounds. */
export interface AskTeamOptions extends CallGraphOptions {
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

/** Names of {@linkcode AskTeamOptions}. */
export const ASK_TEAM_OPTIONS: OptionNames<AskTeamOptions> = {
  ...CALL_GRAPH_OPTIONS,
  chat: true,
  model: true,
  temperature: true,
  seed: true,
  maxTokens: true,
  sample: true,
  decision: true,
  tools: true,
  seconds: true,
  agentSeconds: true,
  budgetTokens: true,
  contextTokens: true,
  signal: true,
  run: true,
};

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
  /**
   * Milliseconds along the longest way of who waits for whom, as from an endpoint that answers as many calls
   * at a time as come; absent where a call has no time. One that answers them one after another takes the sum
   * of the transcript's.
   */
  readonly latencyMs?: number | undefined;
}

/**
 * Asks a team a question. Agents answer as soon as all whom they read have answered, at the same time where
 * nobody waits for the other; whoever is not in the team is never called. An agent that fails is noted and
 * not read; with one agent left there is nothing to decide, and no decision is asked for.
 *
 * @throws RangeError where nobody is in the team, a link, a tool or a bound is none, or the question could
 * take more tokens than it may; CyclicTeamError where nobody could begin; ChatFailure of kind `budget`, whose
 * usage is what the other calls spent, and what the chat throws beside `ChatFailure`
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
  requireOptions("askTeam", options, ASK_TEAM_OPTIONS);
  const { calls, answers } = checkedCalls(team, question, options);
  const stop = stopSignal(options.signal);
  const signals = [
    ...stop ? [stop] : [],
    ...options.seconds === undefined ? [] : [AbortSignal.timeout(1000 * options.seconds)],
  ];
  const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined;
  const place = { run: options.run, task: typeof question === "string" ? question : question.id };
  const asking = { ...options, signal, place };

  const turns: Promise<Turn>[] = [];
  for (const { agent, round, reads } of calls) {
    const [heard, before] = [true, false].map((now) =>
      reads.filter((place) => (calls[place]!.round === round) === now).map((place) => turns[place]!)
    ) as [Promise<Turn>[], Promise<Turn>[]];
    turns.push(takeTurn(team, { agent, round, question, heard, before }, asking));
  }
  const transcript = await together(turns);
  const final = await decide(answers.map((place) => transcript[place]!), question, asking).catch((error) => {
    throw withSpent(error, addUsage(...transcript.map(({ usage }) => usage)));
  });
  if (final.turn) transcript.push(final.turn);
  const asked = team.agents.flatMap(({ role }, i) =>
    transcript.some(({ agent, messages }) => agent === i && messages.length > 0) ? [role] : []
  );
  return withoutUndefined({
    answer: final.answer,
    failure: final.answer === undefined ? final.failure : undefined,
    asked,
    transcript,
    usage: addUsage(...transcript.map(({ usage }) => usage)),
    latencyMs: lastDone(transcript),
  });
}

/** The calls in an order in which they can be begun, once everything that can be checked before is. */
function checkedCalls(team: Team, question: TeamQuestion, options: AskTeamOptions): CallGraph {
  const { rounds = 1, budgetTokens = Infinity, contextTokens = Infinity, maxTokens = 512 } = options;
  if (team.agents.length === 0) {
    throw new RangeError("Cannot ask the team: expected at least one agent, found none; keep one");
  }
  requireNumbers("ask the team", { rounds }, COUNT);
  requireNumbers("ask the team", { budgetTokens, contextTokens }, MOST);
  const unknown = team.agents.flatMap(({ tools = [] }) => tools).find((name) => !toolNamed(name, options));
  if (unknown !== undefined) {
    const known = [...Object.keys(TOOLS), ...Object.keys(options.tools ?? {})].join(", ");
    throw new RangeError(`Cannot ask the team: expected tools that are known (${known}), found "${unknown}"`);
  }
  const graph = callsOfTeam(team, options);
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
  return graph;
}
