import { COUNT, requireNumbers } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { ChatFailure, isBudgetFailure } from "../chat/failure.ts";
import { totalTokens } from "../chat/reply.ts";
import { appendJsonLine, requireAppendable } from "../files/json_lines.ts";
import { holdAlone } from "../files/lock.ts";
import { checkSampling } from "../lm/sampling.ts";
import { textDigest } from "../files/digest.ts";
import { type OptionNames, requireOptions, withoutUndefined } from "../options.ts";
import { type Progress, silent } from "../progress.ts";
import { questionPrompt } from "../questions/question_prompt.ts";
import type { Question } from "../questions/question.ts";
import { seededRandom } from "../random.ts";
import { sideBySide } from "../side_by_side.ts";
import { stopSignal } from "../stop.ts";
import type { Answerer, Decoding } from "./answerer.ts";
import { questionsById } from "./questions_by_id.ts";
import { type AnswerRecord, readRecords, recordKey, type RecordPlace } from "./record.ts";

/** A model to evaluate. */
export interface EvaluatedModel {
  /** Name of the model. */
  model: string;
  /** How it was compressed; `dense` for not at all. */
  method: string;
  /**
   * Who answers; or a function that opens it when its turn comes, so that of many models one is in memory.
   * What it opens is disposed of where it can be.
   */
  answerer: Answerer | (() => Promise<Answerer & Partial<AsyncDisposable>>);
  /** The prompt of a question. Default: `questionPrompt(question)`, as chats want it. */
  prompt?: (question: Question) => string;
}

/** Settings of {@linkcode askModels}. */
export interface AskModelsOptions {
  /** File of the answers, one JSON value a line, for one run at a time. What it has is not asked again. */
  log: string;
  /** Times that each question is asked. Default 1. */
  runs?: number | undefined;
  /** How answers are drawn. */
  decoding?: Decoding | undefined;
  /** Questions asked at a time. Default 1. */
  concurrency?: number | undefined;
  /** Who is told how it goes. Default: nobody. */
  progress?: Progress | undefined;
  /** Ends the run: what is answered stays in the log, and the call throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Names of {@linkcode AskModelsOptions}. */
const ASK_MODELS_OPTIONS: OptionNames<AskModelsOptions> = {
  log: true,
  runs: true,
  decoding: true,
  concurrency: true,
  progress: true,
  signal: true,
};

/** Names of {@linkcode Decoding}. */
const DECODING: OptionNames<Decoding> = {
  temperature: true,
  topP: true,
  maxTokens: true,
  seed: true,
  stop: true,
};

/** What came of a run. */
export interface AskedModels {
  /** Records of all that was asked, from this run and those before it; failures included. */
  records: AnswerRecord[];
  /** Number of answers that were never asked for, because a budget ended. */
  left: number;
}

interface Task {
  place: RecordPlace;
  key: string;
  prompt: string;
}

/**
 * Asks models questions, each in some runs. Every answer is on the disk before the next one is asked for, so
 * that a run that is killed loses what was being answered and nothing else, and one that begins again asks
 * for what is missing. An item that fails is noted with its cost and asked again by the next run; the run
 * goes on. The
 * seed of an answer follows from the seed, the item and the run alone, so that order does not matter.
 *
 * @throws {RangeError} where a setting is out of its range, or two questions that differ have one name
 * @throws {Error} where the log cannot be read or written, or another run is at it, before anything is asked;
 * where a model cannot be opened
 * @throws the signal's reason where it is aborted
 */
export async function askModels(
  models: readonly EvaluatedModel[],
  questions: readonly Question[],
  options: AskModelsOptions,
): Promise<AskedModels> {
  requireOptions(
    "askModels",
    options,
    ASK_MODELS_OPTIONS,
    '{ log: "answers.jsonl" }, where answers are kept',
  );
  const { log, runs = 1, decoding = {}, concurrency = 1, progress = silent, signal: own } = options;
  requireOptions("askModels", decoding, DECODING);
  requireNumbers("ask models", { runs, concurrency }, COUNT);
  checkDecoding(decoding);
  questionsById(questions, "ask models"); // nobody could grade what is paid for
  const names = models.map(({ model, method }) => `${model}, ${method}`);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new RangeError(`Cannot ask "${twice}" twice: give each a model and a method of its own`);
  }
  const signal = stopSignal(own);
  await using _held = await holdAlone(log, `ask models with the log ${log}`);
  await requireAppendable(log, "ask models");
  const known = new Map((await readRecords(log)).map((record) => [record.key, record]));
  const records: AnswerRecord[] = [];
  let [done, left] = [0, 0];
  await progress.start("Asking models", models.length * runs * questions.length);
  try {
    for (const one of models) {
      await using opened = await open(one);
      const { answerer } = opened;
      const tasks = tasksOf(one, answerer.identity, { questions, runs }, decoding);
      const missing = tasks.filter(({ key }) => !known.get(key)?.answer);
      await progress.step(done += tasks.length - missing.length, `${one.model}, ${one.method}`);
      await sideBySide(missing.length, concurrency, async (at) => {
        const { key, place, prompt } = missing[at]!;
        const record = await ask(answerer, prompt, { ...place, key }, signal);
        if (!record) return false;
        await appendJsonLine(log, record);
        if (record.failure) signal?.throwIfAborted();
        known.set(key, record);
        await progress.step(++done, `${one.model}, ${one.method}`);
        return true;
      });
      const found = tasks.flatMap(({ key }) => known.get(key) ?? []);
      records.push(...found);
      left += tasks.length - found.length;
    }
  } finally {
    await progress.close();
  }
  return { records, left };
}

/** Refuses settings with which every question would fail. */
function checkDecoding({ temperature, topP, maxTokens = 1, seed = 0, stop = [] }: Decoding): void {
  checkSampling({ temperature, topP });
  requireNumbers("ask models", { maxTokens }, COUNT);
  requireNumbers("ask models", { seed }, { whole: true });
  if (Array.isArray(stop) && stop.every((text) => typeof text === "string" && text !== "")) return;
  throw new RangeError(
    `Cannot ask models with stop ${JSON.stringify(stop)}: expected a list of texts, none of them empty`,
  );
}

/** The answerer, and how it is disposed of where it was opened for this. */
async function open({ answerer }: EvaluatedModel): Promise<{ answerer: Answerer } & AsyncDisposable> {
  if (typeof answerer !== "function") return { answerer, async [Symbol.asyncDispose]() {} };
  const opened = await answerer();
  return { answerer: opened, [Symbol.asyncDispose]: async () => await opened[Symbol.asyncDispose]?.() };
}

/** Everything that a model is asked, once each. */
function tasksOf(
  { model, method, prompt: promptOf = (question) => questionPrompt(question) }: EvaluatedModel,
  identity: string,
  { questions, runs }: { questions: readonly Question[]; runs: number },
  { temperature = 0.6, topP = 0.95, maxTokens = 32_768, seed = 0, stop }: Decoding,
): Task[] {
  const tasks = new Map<string, Task>();
  for (let run = 0; run < runs; run++) {
    for (const question of questions) {
      const prompt = promptOf(question);
      const own = seededRandom(seed, "evaluation", question.id, run).integer(2 ** 31);
      const place: RecordPlace = {
        model,
        method,
        identity,
        dataset: question.benchmark,
        item: question.id,
        run,
        promptHash: textDigest(prompt),
        decoding: withoutUndefined({ temperature, topP, maxTokens, seed: own, stop }),
      };
      const key = recordKey(place);
      tasks.set(key, { place, key, prompt });
    }
  }
  return [...tasks.values()];
}

/**
 * The record of an answer or a failure; none where nothing was asked since a budget ended. What was aborted
 * has one only where it cost something.
 */
async function ask(
  answerer: Answerer,
  prompt: string,
  place: RecordPlace & { key: string },
  signal: AbortSignal | undefined,
): Promise<AnswerRecord | undefined> {
  signal?.throwIfAborted();
  const started = performance.now();
  const ms = () => Math.round(performance.now() - started);
  try {
    const answer = await answerer.answer({ prompt, ...place.decoding, signal });
    return { ...place, answer, ms: ms() };
  } catch (error) {
    const usage = error instanceof ChatFailure && totalTokens(error.usage) > 0 ? error.usage : undefined;
    if (!usage) signal?.throwIfAborted();
    if (isBudgetFailure(error)) return undefined;
    const kind = error instanceof ChatFailure ? error.kind : (error as Error)?.name ?? "error";
    const message = error instanceof Error ? error.message : String(error);
    return { ...place, failure: withoutUndefined({ kind, message, usage }), ms: ms() };
  }
}
