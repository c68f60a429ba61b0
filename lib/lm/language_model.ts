import { Error, RangeError, TypeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import type { Source } from "../formats/read_source.ts";
import type { Model } from "../onnx/model.ts";
import { openRuntime } from "../runtime/engines.ts";
import { newQueue } from "../queue.ts";
import type { Runtime, Session } from "../runtime/runtime.ts";
import type { Vocabulary } from "../text/vocabulary/vocabulary.ts";
import { int64, type Tensor } from "../tensor/tensor.ts";
import { arrayOf } from "../tensor/arrays.ts";
import { freeTensor } from "../tensor/free_tensor.ts";
import type { ChatTemplate } from "./chat_template.ts";
import { type DecoderGraphs, type DecoderSizes, graphsOf } from "./graphs.ts";
import { emptyCache, nextCache } from "./step_cache.ts";
import { readDecoder } from "./read/load_decoder.ts";
import { graphsOfOnnx } from "./read/from_onnx.ts";
import { onnxIn } from "./read/onnx_in.ts";
import type { DecoderWeights } from "./read/weights.ts";
import { templateOf, vocabularyFor } from "./vocabulary_for.ts";

/** Settings of {@linkcode openLanguageModel}. */
export interface LanguageModelOptions {
  /**
   * Where the vocabulary is read, where the model's file has none: a GGUF file, a folder with
   * `tokenizer.json`, or a tokenizer file of llama2.c (`.bin`).
   */
  tokenizer?: string | undefined;
  /** How chats are written, in Jinja. Default: as the file with the vocabulary says. */
  template?: string | undefined;
  /**
   * Whether matrices of GGUF files in Q4_0, Q4_1, Q4_K and Q8_0 stay in their codes, which the engine
   * multiplies with, native code in whole numbers as llama.cpp does: a fraction of the memory, faster
   * answers, and inputs of layers rounded to 8 bits. Default false.
   */
  packed?: boolean | undefined;
  /** The most tokens of a text, prompt and answer. Default: the model's own number, up to 8,192. */
  context?: number | undefined;
  /** Where graphs run. Default: one of its own, which closes with the model. */
  runtime?: Runtime | undefined;
}

/** Names of {@linkcode LanguageModelOptions}. */
const LANGUAGE_MODEL_OPTIONS: OptionNames<LanguageModelOptions> = {
  tokenizer: true,
  template: true,
  packed: true,
  context: true,
  runtime: true,
};

/**
 * A text's state in a model: what it computed for the tokens so far, whose memory is given back where it is
 * disposed of; else the collector finds it late.
 */
export interface Steps extends Disposable {
  /** Tokens so far. */
  readonly length: number;
  /**
   * Takes in more tokens, and gives the logits of what comes after the last of them: [vocabulary]. They are
   * the caller's own, whatever is fed next.
   */
  feed(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>>;
}

/** A language model that can be asked: weights, vocabulary, and sessions that are opened when needed. */
export interface LanguageModel extends AsyncDisposable {
  /** Where it was read. */
  readonly name: string;
  /** Sizes of the decoder. */
  readonly options: DecoderSizes;
  /**
   * Sizes and weights, as they are written by `writeLanguageModel`.
   *
   * @throws {TypeError} where the model came as ONNX, which is kept as it is
   */
  readonly weights: DecoderWeights;
  /** The most tokens of a text. */
  readonly context: number;
  /** Tokens by number, and how text becomes tokens. */
  readonly vocabulary: Vocabulary;
  /** Writes chats as it was trained on them; `undefined` where its file does not say how. */
  readonly template: ChatTemplate | undefined;
  /** The graph for whole texts, to be pruned, quantized, trained or saved. */
  readonly graph: Model;
  /** A name for its sizes and weights, SHA-256 in hex: what was measured of one is not taken for another. */
  digest(): string;
  /** Logits at each of the tokens, [length, vocabulary]. */
  logits(ids: readonly number[]): Promise<Float32Array>;
  /** Begins a text, which is fed piece by piece. */
  steps(): Promise<Steps>;
  /** Frees what the engine holds; the model answers no more. */
  close(): Promise<void>;
}

/**
 * Opens a language model: of the Llama or Qwen2 family a GGUF file with its vocabulary and chat template, a
 * folder of Hugging Face's (`config.json`, safetensors, `tokenizer.json`), or a file of llama2.c with
 * `tokenizer`, whose weights are computed with in float32; or any decoder that came as ONNX (`.onnx`, or the
 * folder with it), whose operators are kept.
 *
 * @throws {SyntaxError} where a file is damaged or of another architecture
 * @throws {TypeError} where the vocabulary is not the model's, or a graph is no decoder's
 */
export async function openLanguageModel(
  source: Source,
  options: LanguageModelOptions = {},
): Promise<LanguageModel> {
  requireOptions("openLanguageModel", options, LANGUAGE_MODEL_OPTIONS);
  const { tokenizer, packed, template } = options;
  const onnx = onnxIn(source);
  if (onnx !== undefined && packed) {
    throw new TypeError(`Cannot pack ${onnx}: it came as ONNX and is kept as it is; open it without packed`);
  }
  const graphs = onnx === undefined
    ? graphsOf(await readDecoder(source, { packed }), options.context)
    : await graphsOfOnnx(onnx, options.context);
  const metadata = onnx === undefined ? graphs.weights().metadata : undefined;
  const { vocabulary, chatTemplate } = await vocabularyFor(graphs.name, metadata, tokenizer);
  return ofGraphs(graphs, {
    runtime: options.runtime,
    vocabulary,
    template: await templateOf(template ?? chatTemplate, vocabulary),
  });
}

/**
 * A language model of weights in memory: read, pruned, or drawn.
 *
 * @throws {TypeError} where the vocabulary is not one for the model's table of tokens
 */
export function languageModel(
  weights: DecoderWeights,
  settings:
    & Omit<LanguageModelOptions, "tokenizer" | "template" | "packed">
    & {
      /** The vocabulary. */
      vocabulary: Vocabulary;
      /** Writes chats as the model was trained on them. */
      template?: ChatTemplate | undefined;
    },
): LanguageModel {
  requireOptions("languageModel", settings, {
    runtime: true,
    context: true,
    vocabulary: true,
    template: true,
  });
  return ofGraphs(graphsOf(weights, settings.context), settings);
}

/** The most tokens of a run that has a cache: what is computed on the way grows with them, times the text. */
const CHUNK = 128;

/** A language model of graphs, whichever they are. */
function ofGraphs(
  graphs: DecoderGraphs,
  { vocabulary, template, runtime }: {
    vocabulary: Vocabulary;
    template?: ChatTemplate | undefined;
    runtime?: Runtime | undefined;
  },
): LanguageModel {
  const { name, sizes, cache } = graphs;
  requireFit(vocabulary, graphs);
  let digest: string | undefined;
  let opened: Promise<Runtime> | undefined;
  let isClosed = false;
  const sessions = new Map<"whole" | "step", Promise<Session>>();
  const checkOpen = (): void => {
    if (isClosed) throw new Error(`Cannot run ${name}: it was closed; open it again, or close it later`);
  };
  const session = (wanted: "whole" | "step"): Promise<Session> => {
    checkOpen();
    const kind = graphs.isOne ? "step" : wanted;
    let found = sessions.get(kind);
    if (!found) {
      opened ??= runtime ? Promise.resolve(runtime) : openRuntime();
      found = opened.then((engine) => graphs.open(engine, kind));
      sessions.set(kind, found);
      found.catch(() => sessions.delete(kind));
    }
    return found;
  };
  const close = async (): Promise<void> => {
    isClosed = true;
    // Each is freed whether or not another one fails.
    await using closing = new AsyncDisposableStack();
    const [engine, all] = [opened, [...sessions.values()]];
    if (!runtime) closing.defer(async () => await (await engine)?.close());
    for (const open of all) closing.defer(async () => await (await open).release());
    sessions.clear();
    opened = undefined;
  };
  return {
    name,
    options: sizes,
    get weights() {
      return graphs.weights();
    },
    context: sizes.context,
    vocabulary,
    template,
    get graph() {
      return graphs.whole();
    },
    digest: () => digest ??= graphs.digest(),
    async logits(ids) {
      requireTokens(graphs, ids, 0);
      const running = await session("whole");
      const { logits } = await running.run({
        input_ids: int64(ids, [1, ids.length]),
        ...graphs.feeds(ids.length, 0),
        ...graphs.isOne ? emptyCache(cache) : {},
      });
      return logitsIn(logits!, ids.length, graphs);
    },
    steps: async () => beginSteps(graphs, await session("step"), checkOpen),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Begins a text, whose cache goes from each run into the next; a graph without a cache is fed all that there
 * is of it each time.
 *
 * @param checkOpen throws where the model was closed
 */
function beginSteps(graphs: DecoderGraphs, session: Session, checkOpen: () => void): Steps {
  const { name, cache: slots } = graphs;
  const hasCache = slots.length > 0;
  let cache = emptyCache(slots);
  // One after the other: each run reads what those before it left.
  const queue = newQueue();
  let seen: readonly number[] = [];
  let isDone = false;
  const run = async (fresh: readonly number[]): Promise<Tensor> => {
    const fed = hasCache ? fresh : [...seen, ...fresh];
    const outputs = await session.run({
      input_ids: int64(fed, [1, fed.length]),
      ...graphs.feeds(fed.length, hasCache ? seen.length : 0),
      ...cache,
    });
    seen = [...seen, ...fresh];
    cache = nextCache(slots, cache, outputs);
    return outputs.logits!;
  };
  const take = async (ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> => {
    checkOpen();
    requireTokens(graphs, ids, seen.length);
    const most = hasCache ? CHUNK : ids.length;
    let at = 0;
    for (; at + most < ids.length; at += most) freeTensor(await run(ids.slice(at, at + most)));
    return ownLogits(await run(ids.slice(at)), graphs);
  };
  return {
    [Symbol.dispose]() {
      if (!isDone) queue(() => Promise.resolve(Object.values(cache).forEach(freeTensor)));
      isDone = true;
    },
    get length() {
      return seen.length;
    },
    async feed(ids) {
      if (isDone) {
        throw new Error(`Cannot go on with a text of ${name} that was disposed of: begin another`);
      }
      return await queue(() => take(ids));
    },
  };
}

/** Tables of tokens are padded to whole blocks of at most so many rows, or by a share of all. */
const PADDING = { rows: 256, share: 0.1 };

/** A vocabulary of another model gives tokens that mean something else: told by how many there are. */
function requireFit(vocabulary: Vocabulary, { name, sizes }: DecoderGraphs): void {
  const unused = sizes.vocabulary - vocabulary.size;
  if (unused >= 0 && unused < Math.max(PADDING.rows, PADDING.share * sizes.vocabulary)) return;
  throw new TypeError(
    `Cannot use the vocabulary of ${vocabulary.name} with ${name}: it has ${vocabulary.size} tokens, the model ` +
      `${sizes.vocabulary}; take the model's own`,
  );
}

function requireTokens({ name, sizes, limit }: DecoderGraphs, ids: readonly number[], before: number): void {
  if (ids.length === 0) throw new RangeError(`Cannot run ${name} on no tokens: give at least one`);
  if (before + ids.length > sizes.context) {
    throw new RangeError(
      `Cannot run ${name} on ${
        before + ids.length
      } tokens: its context is ${sizes.context}; shorten the text` +
        (sizes.context < limit ? ", or open it with a larger context" : ""),
    );
  }
  const odd = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= sizes.vocabulary);
  if (odd === undefined) return;
  throw new RangeError(`Cannot run ${name} on token ${odd}: expected 0 to ${sizes.vocabulary - 1}`);
}

/** Logits of the last token, and no others in their memory. */
function ownLogits(logits: Tensor, graphs: DecoderGraphs): Float32Array<ArrayBuffer> {
  const last = logitsIn(logits, 1, graphs) as Float32Array<ArrayBuffer>;
  if (last.byteLength === last.buffer.byteLength) return last;
  const own = last.slice();
  freeTensor(logits);
  return own;
}

/** Logits of the last `count` tokens, as float32. */
function logitsIn(logits: Tensor, count: number, { name, sizes }: DecoderGraphs): Float32Array {
  const { dims } = logits;
  const all = arrayOf(logits);
  const wanted = count * sizes.vocabulary;
  if (dims.at(-1) !== sizes.vocabulary || all.length < wanted) {
    throw new TypeError(
      `Cannot read the logits of ${name}: expected [.., ${count}, ${sizes.vocabulary}], found [${dims}]; export it with ` +
        "the logits of all tokens",
    );
  }
  const own = all.length === wanted ? all : all.subarray(all.length - wanted);
  return own instanceof Float32Array ? own : Float32Array.from(own as ArrayLike<number>);
}
