import { COUNT, requireNumbers } from "../bounds.ts";
import { RangeError, TypeError } from "../errors.ts";
import { givenInWords } from "../given.ts";
import { isThinkingTag } from "../chat/thinking.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { type Random, seededRandom } from "../random.ts";
import type { ChatTurn } from "./chat_template.ts";
import type { LanguageModel } from "./language_model.ts";
import { loopPeriod, type LoopRule, loopRule } from "./loop.ts";
import { candidates, checkSampling, draw, SAMPLING_OPTIONS, type SamplingOptions } from "./sampling.ts";
import { stopSignal } from "../stop.ts";

/** Settings of {@linkcode generate} and {@linkcode generateText}. */
export interface GenerateOptions extends SamplingOptions {
  /** The most tokens of the answer. Default 256. */
  maxTokens?: number | undefined;
  /** Seed of the sampling. Default 0. */
  seed?: number | undefined;
  /** Which item of a set is asked, and which run over the set it is: each has random numbers of its own. */
  item?: { item: number | string; run?: number | undefined } | undefined;
  /** Texts that end the answer, and are no part of it. Default: none. */
  stop?: readonly string[] | undefined;
  /** When an answer that repeats itself is ended; `false` for never. */
  loop?: LoopRule | false | undefined;
  /** Ends the answer where it is. */
  signal?: AbortSignal | undefined;
}

/** Names of {@linkcode GenerateOptions}. */
const GENERATE_OPTIONS: OptionNames<GenerateOptions> = {
  ...SAMPLING_OPTIONS,
  maxTokens: true,
  seed: true,
  item: true,
  stop: true,
  loop: true,
  signal: true,
};

/** Why an answer ended: the model's end token, a text of `stop`, its most tokens, a loop, the signal. */
export type StopReason = "end" | "stop" | "length" | "loop" | "aborted";

/** A whole answer. */
export interface Generation {
  /** The text, with the tags around thoughts. */
  text: string;
  /** Tokens of the text, without the one that ended it. */
  ids: number[];
  /** Why it ended. */
  stopReason: StopReason;
  /** Tokens of the prompt. */
  promptTokens: number;
}

/** What a model is asked: a text, its tokens, or a chat, which the model's template turns into a text. */
export type Prompt = string | readonly number[] | readonly ChatTurn[];

/**
 * The tokens of a prompt; of a chat, by the model's template, with control tokens.
 *
 * @throws {TypeError} where a chat is given to a model without a template, or the template fails
 */
export function promptTokens(model: LanguageModel, prompt: Prompt): number[] {
  if (typeof prompt === "string") return model.vocabulary.encode(prompt);
  if (prompt.every((item) => typeof item === "number")) return [...prompt as readonly number[]];
  if (!model.template) {
    throw new TypeError(
      `Cannot chat with ${model.name}: its file has no chat template; open it with the option template, or ` +
        "give the prompt as text",
    );
  }
  return model.vocabulary.encode(model.template(prompt as readonly ChatTurn[]), { special: true });
}

/**
 * Bytes of a token in an answer: those of its text, and of a tag around thoughts that is a control token, and
 * so has none, its spelling: without it nobody could tell thoughts and answer apart.
 */
export function answerBytes({ vocabulary }: Pick<LanguageModel, "vocabulary">, id: number): Uint8Array {
  const bytes = vocabulary.bytesOf(id);
  if (bytes.length > 0) return bytes;
  const spelling = vocabulary.spelling(id);
  return isThinkingTag(spelling) ? new TextEncoder().encode(spelling) : bytes;
}

/**
 * Generates text token by token, and yields it as it comes, in whole characters. With `for await`, or by hand
 * where the end is needed: the last `next()` has the whole {@linkcode Generation}.
 *
 * The same model, prompt, seed and item give the same text, in whatever order items are asked.
 *
 * @throws {RangeError} where the prompt leaves no room in the context, or a setting is out of its range
 * @throws {TypeError} where a chat cannot be turned into a text, or `stop` is no list of texts
 * @throws {Error} where the model was closed
 */
export async function* generate(
  model: LanguageModel,
  prompt: Prompt,
  options: GenerateOptions = {},
): AsyncGenerator<string, Generation> {
  requireOptions("generate", options, GENERATE_OPTIONS);
  checkSampling(options);
  const { maxTokens = 256, seed = 0, item, stop = [], loop = {} } = options;
  const signal = stopSignal(options.signal);
  requireNumbers("generate", { maxTokens }, COUNT);
  requireTexts(stop);
  const rule = loop && loopRule(loop);
  const prompted = promptTokens(model, prompt);
  if (prompted.length >= model.context) {
    throw new RangeError(
      `Cannot answer a prompt of ${prompted.length} tokens: the context of ${model.name} is ${model.context}, ` +
        "answer included; shorten the prompt",
    );
  }
  const random = seededRandom(seed, "generate", item?.item ?? 0, item?.run ?? 0);
  const text = heldBack(stop);
  const ids: number[] = [];
  const done = (stopReason: StopReason): Generation => ({
    text: text.all(),
    ids,
    stopReason,
    promptTokens: prompted.length,
  });
  using steps = await model.steps();
  let next = prompted;
  while (!signal?.aborted) {
    const logits = await steps.feed(next);
    if (signal?.aborted) break;
    const id = draw(
      candidates(known(model, logits), options, [...prompted, ...ids]),
      place(random, ids.length),
    );
    logits.buffer.transfer(0); // the collector would wait for many
    if (model.vocabulary.end.has(id)) {
      const rest = text.end();
      if (rest) yield rest;
      return done("end");
    }
    ids.push(id);
    const { piece, stopped } = text.add(answerBytes(model, id));
    if (piece) yield piece;
    if (stopped) return done("stop");
    const reason = ids.length >= maxTokens || steps.length + 1 >= model.context
      ? "length"
      : rule && loopPeriod(ids, rule) !== undefined
      ? "loop"
      : undefined;
    if (reason) {
      const rest = text.end();
      if (rest) yield rest;
      return done(reason);
    }
    next = [id];
  }
  const rest = text.end();
  if (rest) yield rest;
  return done("aborted");
}

/** @throws TypeError where `stop` is no list of texts */
function requireTexts(stop: unknown): void {
  if (Array.isArray(stop) && stop.every((text) => typeof text === "string")) return;
  throw new TypeError(
    `Cannot generate with stop ${givenInWords(stop)}: expected an array of texts, as in stop: ["\\n"]`,
  );
}

/** {@linkcode generate}, and the whole answer at once. */
export async function generateText(
  model: LanguageModel,
  prompt: Prompt,
  options: GenerateOptions = {},
): Promise<Generation> {
  requireOptions("generateText", options, GENERATE_OPTIONS);
  const pieces = generate(model, prompt, options);
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) return value;
  }
}

/** Logits of the tokens that the vocabulary has: tables of tokens may be longer. */
function known(model: LanguageModel, logits: Float32Array): Float32Array {
  return logits.subarray(0, model.vocabulary.size);
}

/** A random number for each place of a text, whatever was drawn before. */
const place = (random: Random, index: number): number => random.split(index).uniform();

/** Text of bytes that come piece by piece: characters are whole, and what may begin a stop text waits. */
function heldBack(stop: readonly string[]) {
  const decoder = new TextDecoder();
  let [text, given] = ["", 0];
  const take = (more: string): { piece: string; stopped: boolean } => {
    const from = Math.max(0, text.length - Math.max(0, ...stop.map(({ length }) => length - 1)));
    text += more;
    const found = stop.map((end) => end === "" ? -1 : text.indexOf(end, from)).filter((at) => at >= 0);
    if (found.length > 0) text = text.slice(0, Math.min(...found));
    const until = found.length > 0 ? text.length : text.length - waiting(text, stop);
    const piece = text.slice(given, Math.max(given, until));
    given += piece.length;
    return { piece, stopped: found.length > 0 };
  };
  return {
    all: () => text,
    add: (bytes: Uint8Array) => take(decoder.decode(bytes, { stream: true })),
    /** Text that was held back. */
    end: () => {
      text += decoder.decode();
      return text.slice(given);
    },
  };
}

/** Characters at the end of a text that are the begin of a stop text. */
function waiting(text: string, stop: readonly string[]): number {
  let most = 0;
  for (const end of stop) {
    for (let length = Math.min(end.length - 1, text.length); length > most; length--) {
      if (text.endsWith(end.slice(0, length))) most = length;
    }
  }
  return most;
}
