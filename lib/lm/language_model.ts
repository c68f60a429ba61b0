import { Error, RangeError, TypeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { tensorsDigest } from "../files/digest.ts";
import { type Gguf, openGguf } from "../formats/gguf/open_gguf.ts";
import type { Source } from "../formats/read_source.ts";
import type { DecoderOptions } from "../nn/decoder.ts";
import type { Model } from "../onnx/model.ts";
import { textAt } from "../formats/gguf/values.ts";
import { openRuntime } from "../runtime/engines.ts";
import type { Runtime, Session, Tensors } from "../runtime/runtime.ts";
import { vocabularyFromGguf } from "../text/vocabulary/from_gguf.ts";
import { vocabularyFromLlama2c } from "../text/vocabulary/from_llama2c.ts";
import type { Vocabulary } from "../text/vocabulary/vocabulary.ts";
import { vocabularyFromFolder } from "../text/vocabulary/from_folder.ts";
import { int64, Tensor } from "../tensor/tensor.ts";
import { type ChatTemplate, chatTemplate } from "./chat_template.ts";
import { readDecoder, stepGraph, wholeGraph } from "./read/load_decoder.ts";
import type { DecoderWeights } from "./read/weights.ts";

/** Settings of {@linkcode openLanguageModel}. */
export interface LanguageModelOptions {
  /**
   * Where the vocabulary is read, where the model's file has none: a GGUF file, a folder with
   * `tokenizer.json`, or a tokenizer file of llama2.c (`.bin`).
   */
  tokenizer?: string;
  /** How chats are written, in Jinja. Default: as the file with the vocabulary says. */
  template?: string;
  /**
   * Whether matrices of GGUF files in Q4_0, Q4_1, Q4_K and Q8_0 stay in their codes, which the engine
   * multiplies
   * with: a fraction of the memory, the same products. Default false.
   */
  packed?: boolean;
  /** The most tokens of a text, prompt and answer. Default: the model's own number, up to 8,192. */
  context?: number;
  /** Where graphs run. Default: one of its own, which closes with the model. */
  runtime?: Runtime;
}

/** Names of {@linkcode LanguageModelOptions}. */
const LANGUAGE_MODEL_OPTIONS: OptionNames<LanguageModelOptions> = {
  tokenizer: true,
  template: true,
  packed: true,
  context: true,
  runtime: true,
};

/** A text's state in a model: what it computed for the tokens so far. */
export interface Steps {
  /** Tokens so far. */
  readonly length: number;
  /** Takes in more tokens, and gives the logits of what comes after the last of them: [vocabulary]. */
  feed(ids: readonly number[]): Promise<Float32Array>;
}

/** A language model that can be asked: weights, vocabulary, and sessions that are opened when needed. */
export interface LanguageModel extends AsyncDisposable {
  /** Where it was read. */
  readonly name: string;
  /** Sizes of the decoder. */
  readonly options: DecoderOptions;
  /** Sizes and weights, as they are written by `writeLanguageModel`. */
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

const MOST_CONTEXT = 8192;

/**
 * Opens a language model of the Llama or Qwen2 family: a GGUF file with its vocabulary and chat template, a
 * folder of Hugging Face's (`config.json`, safetensors, `tokenizer.json`), or a file of llama2.c with
 * `tokenizer`. Weights are computed with in float32.
 *
 * @throws {SyntaxError} where a file is damaged or of another architecture
 * @throws {TypeError} where the vocabulary is not the model's
 */
export async function openLanguageModel(
  source: Source,
  options: LanguageModelOptions = {},
): Promise<LanguageModel> {
  requireOptions("openLanguageModel", options, LANGUAGE_MODEL_OPTIONS);
  const weights = await readDecoder(source, { packed: options.packed });
  const { vocabulary, chatTemplate } = await vocabularyOf(weights, options.tokenizer);
  const template = await templateOf(options.template ?? chatTemplate, vocabulary);
  const { tokenizer: _, packed: __, ...rest } = options;
  return languageModel(weights, { ...rest, vocabulary, template });
}

/**
 * A language model of weights in memory: read, pruned, or drawn.
 *
 * @throws {TypeError} where the vocabulary has more tokens than the model
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
  const { vocabulary, template, context, runtime } = settings;
  const { name } = weights;
  const most = Math.min(context ?? MOST_CONTEXT, weights.options.context);
  if (
    context !== undefined && (!Number.isInteger(context) || context < 1 || context > weights.options.context)
  ) {
    throw new RangeError(
      `Cannot open ${name} for ${context} tokens: expected a whole number from 1 to ${weights.options.context}`,
    );
  }
  const options = { ...weights.options, context: most };
  if (vocabulary.size > options.vocabulary) {
    throw new TypeError(
      `Cannot use the vocabulary of ${vocabulary.name} with ${name}: it has ${vocabulary.size} tokens, the model ` +
        `${options.vocabulary}; take the model's own`,
    );
  }
  const own = { ...weights, options };
  let whole: Model | undefined;
  let digest: string | undefined;
  let opened: Promise<Runtime> | undefined;
  let isClosed = false;
  const sessions = new Map<"whole" | "step", Promise<Session>>();
  const graph = () => whole ??= wholeGraph(own);
  const checkOpen = (): void => {
    if (isClosed) throw new Error(`Cannot run ${name}: it was closed; open it again, or close it later`);
  };
  const session = (kind: "whole" | "step"): Promise<Session> => {
    checkOpen();
    let found = sessions.get(kind);
    if (!found) {
      opened ??= runtime ? Promise.resolve(runtime) : openRuntime();
      found = opened.then((engine) => engine.session(kind === "whole" ? graph() : stepGraph(own)));
      sessions.set(kind, found);
      found.catch(() => sessions.delete(kind));
    }
    return found;
  };
  const check = (ids: readonly number[], before: number): void => {
    if (ids.length === 0) throw new RangeError(`Cannot run ${name} on no tokens: give at least one`);
    if (before + ids.length > most) {
      throw new RangeError(
        `Cannot run ${name} on ${before + ids.length} tokens: its context is ${most}; shorten the text` +
          (most < weights.options.context ? ", or open it with a larger context" : ""),
      );
    }
    const odd = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= options.vocabulary);
    if (odd === undefined) return;
    throw new RangeError(`Cannot run ${name} on token ${odd}: expected 0 to ${options.vocabulary - 1}`);
  };
  const close = async (): Promise<void> => {
    isClosed = true;
    for (const open of sessions.values()) await (await open).release();
    sessions.clear();
    if (!runtime) await (await opened)?.close();
    opened = undefined;
  };
  return {
    name,
    options,
    weights,
    context: most,
    vocabulary,
    template,
    get graph() {
      return graph();
    },
    digest: () => digest ??= weightsDigest(own),
    async logits(ids) {
      check(ids, 0);
      const { logits } = await (await session("whole")).run({ input_ids: int64(ids, [1, ids.length]) });
      return logits!.data as Float32Array;
    },
    async steps() {
      const running = await session("step");
      let state = emptyState(options);
      let length = 0;
      return {
        get length() {
          return length;
        },
        async feed(ids) {
          checkOpen();
          check(ids, length);
          const { logits, ...present } = await running.run({
            input_ids: int64(ids, [1, ids.length]),
            ...state,
          });
          length += ids.length;
          state = Object.fromEntries(
            Object.entries(present).map(([key, tensor]) => [key.replace("present", "past"), tensor]),
          );
          return logits!.data as Float32Array;
        },
      };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function emptyState(
  { layers, heads, keyValueHeads = heads, hidden, headSize = hidden / heads }: DecoderOptions,
): Tensors {
  return Object.fromEntries(
    Array.from({ length: layers }, (_, i) =>
      ["key", "value"].map((part) => [
        `past.${i}.${part}`,
        new Tensor("float32", new Float32Array(0), [1, keyValueHeads, 0, headSize]),
      ])).flat(),
  );
}

async function vocabularyOf(
  { name, metadata }: DecoderWeights,
  tokenizer: string | undefined,
): Promise<{ vocabulary: Vocabulary; chatTemplate: string | undefined }> {
  if (tokenizer === undefined && metadata) return ofGguf({ metadata, name });
  const place = tokenizer ?? name;
  if ((await Deno.stat(place).catch(() => undefined))?.isDirectory) return await vocabularyFromFolder(place);
  if (tokenizer === undefined) {
    throw new TypeError(
      `Cannot open ${name} without a vocabulary, which its file lacks: give the option tokenizer`,
    );
  }
  if (tokenizer.endsWith(".gguf")) return ofGguf(await openGguf(tokenizer));
  return { vocabulary: await vocabularyFromLlama2c(tokenizer), chatTemplate: undefined };
}

function ofGguf(
  file: Pick<Gguf, "metadata" | "name">,
): { vocabulary: Vocabulary; chatTemplate: string | undefined } {
  return {
    vocabulary: vocabularyFromGguf(file),
    chatTemplate: textAt(file.metadata, "tokenizer.chat_template"),
  };
}

/** The template with the spellings of the vocabulary's begin and end. */
async function templateOf(
  source: string | undefined,
  vocabulary: Vocabulary,
): Promise<ChatTemplate | undefined> {
  if (source === undefined) return undefined;
  const spelt = (id: number | undefined) => id === undefined ? undefined : vocabulary.spelling(id);
  return await chatTemplate(source, { begin: spelt(vocabulary.begin), end: spelt([...vocabulary.end][0]) });
}

/** A name for sizes and weights: SHA-256, in hex. */
function weightsDigest({ options, tensors, packed = {} }: DecoderWeights): string {
  const whole = Object.keys(tensors).sort().map((name) =>
    [name, tensors[name]!.data as Float32Array] as const
  );
  const codes = Object.keys(packed).sort().flatMap((name) => {
    const { passes, offsets = new Float32Array() } = packed[name]!;
    return [...passes.flatMap(({ codes, scales }) => [codes, scales]), offsets].map((array) =>
      [name, array] as const
    );
  });
  return tensorsDigest(canonicalJson({ ...options }, "model"), [...whole, ...codes]);
}
