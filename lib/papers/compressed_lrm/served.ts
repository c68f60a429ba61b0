import { Error, SyntaxError } from "../../errors.ts";
import { budgetedChat } from "../../chat/budget.ts";
import { allowedTokens, isThisMachine, NO_CONSENT, THIS_MACHINE } from "../../chat/consent.ts";
import { endpointChat } from "../../chat/endpoint_chat.ts";
import { askModels } from "../../evaluation/ask_models.ts";
import { chatAnswerer } from "../../evaluation/chat_answerer.ts";
import { gradeRecords, type Unclosed } from "../../evaluation/grade_records.ts";
import { spentTokens } from "../../evaluation/record.ts";
import { accuracyByItem, summarizeGrades } from "../../evaluation/summarize_grades.ts";
import { canonicalJson } from "../../files/canonical_json.ts";
import { textDigest } from "../../files/digest.ts";
import { cacheFolder } from "../../files/cache_folder.ts";
import { filesIn } from "../../data/folders.ts";
import type { Progress } from "../../progress.ts";
import { loadQuestions } from "../../questions/load_questions.ts";
import type { BenchmarkName } from "../../questions/question.ts";
import { duration } from "../../progress.ts";

/** What is asked of served models. (An alias, not an interface: it is part of a preset.) */
export type ServedPreset = {
  /** Benchmarks, in the order in which they are asked. */
  benchmarks: readonly BenchmarkName[];
  /** The most questions of each. */
  items: number;
  /** Times that each question is asked. */
  runs: number;
  /** The most tokens of an answer, thoughts included. */
  maxTokens: number;
};

/** A served model, asked one benchmark. */
export interface ServedSpec extends Omit<ServedPreset, "benchmarks"> {
  /** Address of the OpenAI-compatible server. */
  baseURL: string;
  /** Name of the model at its server. */
  model: string;
  /** How it was compressed: `dense` for not at all. */
  method: string;
  /** The benchmark. */
  benchmark: BenchmarkName;
  /** Seed of the answers. */
  seed: number;
}

/** How a served model did, by one policy for thinking that was not ended. */
export interface ServedRow extends ServedSpec {
  /** What counted where thinking was not ended. */
  unclosed: Unclosed;
  /** Right answers of each question, the mean over runs. */
  right: number[];
  /** Wilson's 95 % interval of their mean. */
  interval: readonly [low: number, high: number];
  /** Part of the answers that ended thinking. */
  closed: number;
  /** Part that answered without thinking. */
  skipped: number;
  /** Part that ran in loops. */
  looped: number;
  /** Mean tokens of an answer, thoughts included. */
  tokens: number;
  /** Accuracy of the shortest 30 %, the middle and the longest 30 % of the answers. */
  byLength: readonly [shortest: number, middle: number, longest: number];
}

/**
 * The served models: at `ESPALIER_CHAT_URL`, those that `ESPALIER_CHAT_MODELS` names, each with how it was
 * compressed: `dense=R1-8B; AWQ 4 bits=R1-8B-AWQ`; or the one of `ESPALIER_CHAT_MODEL`, taken for dense.
 *
 * @throws {SyntaxError} where an entry has no name, or more than one is dense: with it the others are
 * compared
 */
export function servedModels(): Pick<ServedSpec, "baseURL" | "model" | "method">[] {
  const baseURL = Deno.env.get("ESPALIER_CHAT_URL")?.replace(/\/+$/, "");
  if (!baseURL) return [];
  const listed = Deno.env.get("ESPALIER_CHAT_MODELS");
  const single = Deno.env.get("ESPALIER_CHAT_MODEL");
  const entries = (listed ?? (single ? `dense=${single}` : "")).split(";").filter((entry) => entry.trim());
  const models = entries.map((entry) => {
    const at = entry.indexOf("=");
    const [method, model] = [entry.slice(0, at).trim(), entry.slice(at + 1).trim()];
    if (at > 0 && method && model) return { baseURL, model, method };
    throw new SyntaxError(
      `Cannot read ESPALIER_CHAT_MODELS: expected how a model was compressed, "=" and its name at the server, ` +
        `such as "dense=R1-8B; AWQ 4 bits=R1-8B-AWQ", found "${entry.trim()}"`,
    );
  });
  const dense = models.filter(({ method }) => method === "dense").map(({ model }) => model);
  if (dense.length > 1) {
    throw new SyntaxError(
      `Cannot read ESPALIER_CHAT_MODELS: expected one dense model, with which the others are compared, found ${
        dense.join(", ")
      }; run once for each family of models`,
    );
  }
  return models;
}

/** What asking takes, before anybody is asked: in words, and whether it may begin. */
export interface ServedPlan {
  /** Each model with each benchmark. */
  specs: ServedSpec[];
  /** What will be asked and what it may cost, or what is missing. */
  words: string;
}

/**
 * Words of a usual answer of a reasoning model, as tokens: FOLIO's 863 words are the shortest, AIME's 7,519
 * the longest.
 */
const USUAL = 4000;

/**
 * What a preset asks of the models that are served; nothing where none is, or nobody has said yes to the
 * cost.
 */
export function planServed(preset: ServedPreset | undefined, seed: number): ServedPlan {
  if (!preset) return { specs: [], words: "this preset asks no served model" };
  const models = servedModels();
  if (models.length === 0) {
    return {
      specs: [],
      words:
        "no served model was asked: set ESPALIER_CHAT_URL to the address of an OpenAI-compatible server, and " +
        "ESPALIER_CHAT_MODELS to its models, such as dense=R1-8B; AWQ 4 bits=R1-8B-AWQ",
    };
  }
  const { benchmarks, ...amount } = preset;
  const specs = models.flatMap((model) =>
    benchmarks.map((benchmark) => ({ ...amount, ...model, benchmark, seed }))
  );
  const calls = specs.length * amount.items * amount.runs;
  const usual = Math.min(USUAL, amount.maxTokens);
  const words = `${models.length} served models, up to ${calls.toLocaleString("en")} answers: at most ${
    millions(calls * amount.maxTokens)
  } million tokens, about ${millions(calls * usual)} if one has ${usual.toLocaleString("en")}, and ${
    duration(calls * usual / 100)
  } at 100 tokens a second`;
  const free = models.every(({ baseURL }) => isThisMachine(baseURL));
  if (!free && allowedTokens() === undefined) return { specs: [], words: `${words}. ${NO_CONSENT}` };
  return { specs, words };
}

const millions = (tokens: number) => (tokens / 1e6).toPrecision(3);

const logs = () => `${cacheFolder()}/answers`;

/**
 * The file that keeps what a model answered to a benchmark, in all runs: one for each, so that benchmarks can
 * be asked side by side. Names that read alike as names of files are told apart by a digest.
 */
export function answersPath(
  { baseURL, model, method, benchmark }: Pick<ServedSpec, "baseURL" | "model" | "method" | "benchmark">,
): string {
  const own = textDigest(canonicalJson([baseURL, model, method, benchmark], "served model")).slice(0, 8);
  return `${logs()}/${inFileName(`${new URL(baseURL).host}-${model}-${benchmark}-${own}`)}.jsonl`;
}

const inFileName = (text: string) => text.replaceAll(/[^\w.-]+/g, "-");

/**
 * Asks a served model a benchmark. What was answered before is not asked again; no more tokens are bought,
 * from all servers together, than `ESPALIER_CHAT_TOKENS` allows.
 *
 * @throws {Error} where an answer is missing: the next run asks for it
 */
export async function askServed(spec: ServedSpec, progress: Progress): Promise<ServedRow[]> {
  const { baseURL, model, method, benchmark, items, runs, maxTokens, seed } = spec;
  const questions = (await loadQuestions(benchmark)).slice(0, items);
  const endpoint = endpointChat({ baseURL, apiKey: Deno.env.get("ESPALIER_CHAT_KEY") || undefined });
  const allowed = isThisMachine(baseURL) ? undefined : allowedTokens();
  if (allowed === undefined && !isThisMachine(baseURL)) throw new Error(NO_CONSENT);
  const chat = allowed === undefined
    ? endpoint
    : budgetedChat(endpoint, Math.max(0, allowed - await paidTokens()));
  await Deno.mkdir(logs(), { recursive: true });
  const { records, left } = await askModels(
    [{ model, method, answerer: chatAnswerer(chat, { model }) }],
    questions,
    { log: answersPath(spec), runs, decoding: { maxTokens, seed }, concurrency: 4, progress },
  );
  const missing = left + records.filter(({ answer }) => !answer).length;
  if (missing > 0) {
    const why = records.find(({ failure }) => failure)?.failure?.message ??
      "the tokens that were allowed are spent";
    throw new Error(
      `Cannot judge ${model} (${method}) on ${benchmark}: ${missing} of ${
        runs * questions.length
      } answers are ` +
        `missing (${why}); run again, and only they are asked for`,
    );
  }
  const graded = await gradeRecords(records, questions);
  return (["count_last_answer", "fail"] as const).flatMap((unclosed) =>
    summarizeGrades(graded, { unclosed, share: 0.3 }).map((row) => ({
      ...spec,
      unclosed,
      right: [...accuracyByItem(graded, unclosed).values()],
      interval: [row.interval.low, row.interval.high] as const,
      ...{ closed: row.closed, skipped: row.skipped, looped: row.looped, tokens: row.tokens },
      byLength: [row.byLength.shortest, row.byLength.middle, row.byLength.longest].map(({ accuracy }) =>
        accuracy
      ) as unknown as ServedRow["byLength"],
    }))
  );
}

/** Tokens that were bought, in all logs, those of failures and lost tries, too; of this machine none. */
export async function paidTokens(): Promise<number> {
  let tokens = 0;
  const free = THIS_MACHINE.map((host) => inFileName(`${host}:`));
  for (const name of await filesIn(logs())) {
    if (free.some((host) => name.startsWith(host))) continue;
    tokens += await spentTokens(`${logs()}/${name}`);
  }
  return tokens;
}
