import { withoutUndefined } from "../../../options.ts";
import { Error } from "../../../errors.ts";
import type { AskQuestionsOptions } from "../../../agents/asking/ask_questions.ts";
import { findTeams, type TeamSearch } from "../../../agents/asking/find_teams.ts";
import { ngramEmbedder, sentenceEmbedder, type TextEmbedder } from "../../../agents/embedders.ts";
import type { Team } from "../../../agents/team.ts";
import { chooseTeams, type TeamChooser, trainTeamChooser } from "../../../agents/team_chooser.ts";
import { teamOfTopology, type Topology, topologyKey } from "../../../agents/topology.ts";
import type { Turn } from "../../../agents/asking/turn.ts";
import { ChatFailure } from "../../../chat/failure.ts";
import { addUsage, totalTokens } from "../../../chat/reply.ts";
import { packagedModel } from "../../../data/packaged_models.ts";
import { NotFoundError } from "../../../files/not_found.ts";
import type { Progress } from "../../../progress.ts";
import type { Question } from "../../../questions/question.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import { mean } from "../../../statistics/describe.ts";
import { type Bench, BENCHES, questionsOf } from "./benches.ts";
import { type OpenChat, openChat, sourceInWords } from "./source.ts";
import type { ChatBenchmark, ChatSpec } from "./spec.ts";
import { askInWay, fixedWays, madeFair, type Way, type WayAnswer } from "./ways.ts";

/** How questions of a benchmark were answered in one way. */
export interface ChatRow {
  /** Who answered, in words. */
  readonly source: string;
  /** Whose questions. */
  readonly benchmark: ChatBenchmark;
  /** The way. */
  readonly way: string;
  /** Questions. */
  readonly questions: number;
  /** How many were answered rightly. */
  readonly right: number;
  /** Questions without an answer. */
  readonly unanswered: number;
  /** Calls of a question, on average. */
  readonly calls: number;
  /** Share of the calls that failed. */
  readonly failed: number;
  /** Tokens of the prompts of a question, on average. */
  readonly promptTokens: number;
  /** Tokens of the answers of a question, on average. */
  readonly completionTokens: number;
  /** Whether some of the tokens are estimates, because the server did not tell. */
  readonly estimated: boolean;
  /**
   * Seconds of all calls of a question together, on average: what it takes where they are answered one after
   * another. Absent of the recording that comes with Espalier, which has no times.
   */
  readonly callSeconds?: number;
  /** Seconds along the longest way of who waits for whom, on average; absent where `callSeconds` is. */
  readonly latency?: number;
  /** When and on what the times were taken; absent where they are. */
  readonly measured?: string;
  /** Whether the recording gives the same answers, bit for bit, without asking anybody. */
  readonly replayed: boolean;
  /** Name of the embedder of texts, where teams were learned. */
  readonly embedder?: string;
  /** Tokens of the search for teams to learn from, where teams were learned. */
  readonly searchTokens?: number;
}

/** One answer, with all that was said. */
export interface Transcript {
  /** Whose question. */
  readonly benchmark: ChatBenchmark;
  /** The way. */
  readonly way: string;
  /** The question. */
  readonly question: string;
  /** The answer; absent where there is none. */
  readonly answer?: string | undefined;
  /** Everything that was asked and said. */
  readonly transcript: readonly Turn[];
}

/** As many ways have teams that are learned. */
const LEARNED_WAYS = 3;

/** Questions of which it is checked that they are replayed alike. */
const REPLAYED = 2;

/**
 * Has a language model answer questions in all ways: one agent, graphs that are the same for all questions,
 * a debate, and teams that are learned where there are questions to learn from.
 *
 * @throws Error where what may be spent is spent: all that was asked is recorded, and a run with more goes on
 */
export async function askInAllWays(
  ...asked: Parameters<typeof askAll>
): ReturnType<typeof askAll> {
  try {
    return await askAll(...asked);
  } catch (error) {
    if (!(error instanceof ChatFailure) || error.kind !== "budget") throw error;
    const more = `${error.message}: set ESPALIER_CHAT_TOKENS higher, and it goes on from its recording`;
    throw new Error(more, { cause: error });
  }
}

async function askAll(
  spec: ChatSpec,
  { runtime, progress }: { runtime: () => Promise<Runtime>; progress: Progress },
): Promise<{ rows: ChatRow[]; transcripts: Transcript[] }> {
  await using opened = new AsyncDisposableStack();
  const open = opened.use(await openChat(spec.source));
  opened.defer(async () => await progress.close());
  const rows: ChatRow[] = [];
  const transcripts: Transcript[] = [];
  const { model } = spec.source;
  const given = await Promise.all(
    spec.benchmarks.map(async (benchmark) => ({ benchmark, ...await questionsOf(benchmark, spec) })),
  );
  const fixed = given.map(({ benchmark, test }) => fixedWays(BENCHES[benchmark], test[0]!, spec.seed));
  const learnedWays = given.filter(({ train }) => train.length > 0).length * LEARNED_WAYS;
  let done = 0;
  await progress.start("Ways to ask", fixed.flat().length + learnedWays);
  for (const [i, { benchmark, train, test }] of given.entries()) {
    const bench = BENCHES[benchmark];
    const options = (chat: OpenChat["chat"]): AskQuestionsOptions => ({
      chat,
      model: model.toLowerCase(),
      decision: bench.decision,
      maxTokens: spec.maxTokens,
      seed: spec.seed,
      run: benchmark,
      // A server that answers one call at a time would have questions wait for one another.
      concurrency: spec.source.from === "llama.cpp" ? 1 : undefined,
    });
    const learned = train.length === 0
      ? undefined
      : await learn(bench, { train, test }, spec, { options: options(open.chat), runtime: await runtime() });
    const spent = new Map<string, number>();
    for (const one of [...fixed[i]!, ...learned?.ways ?? []]) {
      const way = madeFair(one, spent);
      const answers = await askInWay(way, test, options(open.chat));
      const again = await askInWay(way, test.slice(0, REPLAYED), options(await open.replay()));
      spent.set(way.name, totalTokens(addUsage(...answers.map(({ usage }) => usage))));
      const isLearned = learned && "teams" in way && learned.ways.includes(way);
      rows.push(withoutUndefined({
        source: sourceInWords(spec.source),
        benchmark,
        way: way.name,
        ...inNumbers(answers),
        ...inSeconds(answers),
        replayed: JSON.stringify(again) === JSON.stringify(answers.slice(0, REPLAYED)),
        embedder: isLearned ? learned.embedder.name : undefined,
        searchTokens: isLearned ? totalTokens(learned.search.usage) : undefined,
      }));
      answers.forEach(({ answer, transcript }, q) => {
        transcripts.push({ benchmark, way: way.name, question: test[q]!.text, answer, transcript });
      });
      await progress.step(++done, `${benchmark}, ${way.name}`);
    }
  }
  const measured = await open.measured();
  return {
    rows: rows.map((row) => row.latency === undefined || !measured ? row : { ...row, measured }),
    transcripts,
  };
}

/** Ways whose teams were learned: as chosen, as the release runs them, and blind to the question. */
async function learn(
  { pool, decision }: Bench,
  { train, test }: { train: readonly Question[]; test: readonly Question[] },
  { candidates, repeats, seed }: ChatSpec,
  { options, runtime }: { options: AskQuestionsOptions; runtime: Runtime },
): Promise<{ ways: Way[]; search: TeamSearch; embedder: TextEmbedder }> {
  const { everybody: _, ...asked } = options;
  const search = await findTeams(pool, train, { ...asked, decision, candidates, repeats, seed });
  if (search.failure) throw new ChatFailure("budget", search.failure.message);
  const embedder = await bestEmbedder(runtime);
  const teams = search.found.flatMap((one) => one.teams);
  if (teams.length === 0) return { ways: [], search, embedder };
  const chooser = await trainTeamChooser(pool, search.found, embedder, { seed, runtime });
  return {
    search,
    embedder,
    ways: [
      { name: "learned by the question", teams: chooser },
      {
        name: "learned, pruned agents run all the same",
        teams: await withPrunedAgents(chooser, test, runtime),
      },
      { name: "learned once for all questions", teams: teamOfTopology(pool, mostFrequent(teams)) },
    ],
  };
}

async function bestEmbedder(runtime: Runtime): Promise<TextEmbedder> {
  try {
    return await sentenceEmbedder(packagedModel("all-minilm-l6-v2"), { runtime });
  } catch (error) {
    if (error instanceof NotFoundError) return ngramEmbedder();
    throw error;
  }
}

/** The chosen links, but everybody is asked, as in AGP's release. */
async function withPrunedAgents(
  chooser: TeamChooser,
  questions: readonly Question[],
  runtime: Runtime,
): Promise<(question: unknown) => Team> {
  const { pool } = chooser;
  const chosen = await chooseTeams(chooser, questions.map(({ text }) => text), { runtime });
  const place = (team: Team, at: number) => pool.indexOf(team.agents[at]!);
  const teams = new Map(
    chosen.map((team, q): [unknown, Team] => [questions[q]!, {
      agents: pool,
      links: team.links.map(([from, to]) => [place(team, from), place(team, to)] as const),
    }]),
  );
  return (question) => teams.get(question)!;
}

function mostFrequent(teams: readonly Topology[]): Topology {
  const groups = [...Map.groupBy(teams, topologyKey).values()];
  return groups.reduce((most, group) => group.length > most.length ? group : most)[0]!;
}

type Numbers = Omit<
  ChatRow,
  | "source"
  | "benchmark"
  | "way"
  | "callSeconds"
  | "latency"
  | "measured"
  | "replayed"
  | "embedder"
  | "searchTokens"
>;

function inNumbers(answers: readonly WayAnswer[]): Numbers {
  const turns = answers.flatMap(({ transcript }) => transcript);
  const usage = addUsage(...answers.map(({ usage }) => usage));
  const calls = turns.filter(({ messages }) => messages.length > 0).length;
  return {
    questions: answers.length,
    right: answers.filter(({ correct }) => correct).length,
    unanswered: answers.filter(({ answer }) => answer === undefined).length,
    calls: calls / answers.length,
    failed: turns.filter(({ failure }) => failure).length / Math.max(1, calls),
    promptTokens: usage.promptTokens / answers.length,
    completionTokens: usage.completionTokens / answers.length,
    estimated: usage.estimated,
  };
}

/** Mean times of answers; absent where a call has none. */
function inSeconds(answers: readonly WayAnswer[]): Pick<ChatRow, "callSeconds" | "latency"> {
  const calls = answers.flatMap(({ transcript }) => transcript.map(({ latencyMs }) => latencyMs ?? NaN));
  const longest = mean(answers.map(({ latencyMs }) => latencyMs ?? NaN)) / 1000;
  if (Number.isNaN(longest)) return {};
  const sum = calls.reduce((total, ms) => total + ms, 0);
  return { callSeconds: sum / 1000 / answers.length, latency: longest };
}
