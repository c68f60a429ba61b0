import { Error, SyntaxError } from "../errors.ts";
import {
  count,
  dictionary,
  either,
  fields,
  list,
  nullable,
  parseShape,
  type Schema,
  text,
} from "../files/schema.ts";
import { utf8Text } from "../files/utf8_text.ts";
import { limits, raised } from "../limits.ts";
import { readSource } from "../formats/read_source.ts";
import type { BertNormalizerSettings } from "./bert_normalizer.ts";

/** A tokenizer's two files, parsed: `tokenizer.json`, and `tokenizer_config.json` or what there is of it. */
export interface TokenizerFiles {
  /** Contents of `tokenizer.json`. */
  tokenizer: TokenizerJson;
  /** Contents of `tokenizer_config.json`; empty where there is none. */
  config: Readonly<Record<string, unknown>>;
  /** Where the vocabulary was read, for messages. */
  name: string;
}

/** The parts of `tokenizer.json` that are looked at here; the rest goes to the tokenizer as it is. */
export interface TokenizerJson {
  /** Which rules make tokens of words, with the vocabulary. */
  model: {
    type?: string;
    /** Numbers by token, or, of Unigram, tokens with their scores. */
    vocab: Readonly<Record<string, number>> | readonly (readonly [token: string, score: number])[];
    continuing_subword_prefix?: string;
  };
  /** Normalisation of the text before it is cut. */
  normalizer?: ({ type: string } & BertNormalizerSettings) | null;
  /** How the text is cut into words: one rule, or a row of them. */
  pre_tokenizer?: { type: string; pretokenizers?: readonly { type: string }[] } | null;
  /** Tokens around texts. */
  post_processor?: { type: string; [setting: string]: unknown } | null;
  /** Tokens beside the words. */
  added_tokens?: readonly { id: number; content: string }[];
  /** How batches are padded. */
  padding?: { pad_id?: number } | null;
}

/**
 * The files of a tokenizer in a folder: `tokenizer.json`; or the older `vocab.txt` of WordPiece, or
 * `vocab.json` with `merges.txt` of byte-level BPE. `tokenizer_config.json` is read where it is there.
 *
 * @throws {Error} where there is none of them, {SyntaxError} where one is damaged
 */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const textOf = async (file: string) => {
    const path = `${folder}/${file}`;
    const { bytes } = await readSource(path);
    return utf8Text(bytes, path);
  };
  const names = await namesIn(folder);
  const config = names.has("tokenizer_config.json")
    ? parse<Record<string, unknown>>(
      await textOf("tokenizer_config.json"),
      fields({}),
      `${folder}/tokenizer_config.json`,
    )
    : {};
  if (names.has("tokenizer.json")) {
    const name = `${folder}/tokenizer.json`;
    return { tokenizer: parseTokenizer(await textOf("tokenizer.json"), name), config, name };
  }
  if (names.has("vocab.txt")) {
    const name = `${folder}/vocab.txt`;
    return { tokenizer: wordPiece(await textOf("vocab.txt"), config), config, name };
  }
  if (names.has("vocab.json") && names.has("merges.txt")) {
    const name = `${folder}/vocab.json`;
    const vocabulary = parse<Record<string, number>>(await textOf("vocab.json"), dictionary(count), name);
    return { tokenizer: byteLevel(vocabulary, await textOf("merges.txt"), config), config, name };
  }
  throw new Error(
    `Cannot load a tokenizer from ${folder}: expected tokenizer.json, vocab.txt, or vocab.json with merges.txt, found ` +
      `${[...names].slice(0, 8).join(", ") || "nothing"}`,
  );
}

async function namesIn(folder: string): Promise<Set<string>> {
  try {
    return new Set((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort());
  } catch (error) {
    throw new Error(`Cannot load a tokenizer from ${folder}: ${(error as Error).message}`, { cause: error });
  }
}

const parse = <T>(text: string, schema: Schema, name: string): T =>
  parseShape<T>(text, schema, `read ${name} (download it again where it is damaged)`);

/** A token with its score. */
const SCORED: Schema = (value, at = "") =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && Number.isFinite(value[1])
    ? undefined
    : `${at} should be a token and its score`;

const VOCABULARY: Schema = (value, at) =>
  Array.isArray(value) ? list(SCORED)(value, at) : dictionary(count)(value, at);

const PATTERN = either(fields({ Regex: text }), fields({ String: text }));

/** A rule with its name, in which all patterns are some: the library prints those that are none. */
const rule: Schema = (value, at) => nullable(fields({ type: text }))(value, at) ?? patterns(value, at);

const patterns: Schema = (value, at = "") => {
  if (typeof value !== "object" || value === null) return undefined;
  const { type } = value as { type?: unknown };
  if ((type === "Replace" || type === "Split") && !Object.hasOwn(value, "pattern")) {
    return `${at}.pattern is missing`;
  }
  for (const [key, part] of Object.entries(value)) {
    const place = `${at}.${key}`;
    const problem = key === "pattern" ? PATTERN(part, place) : patterns(part, place);
    if (problem !== undefined) return problem;
  }
};

const ROW = fields({}, { pretokenizers: list(fields({ type: text })) });

const TOKENIZER = fields({
  model: fields({ vocab: VOCABULARY }, {
    type: text,
    merges: list(either(list(text), text)),
  }),
}, {
  normalizer: rule,
  pre_tokenizer: (value, at) => rule(value, at) ?? nullable(ROW)(value, at),
  post_processor: rule,
  decoder: rule,
  added_tokens: list(fields({ id: count, content: text })),
  padding: nullable(fields({}, { pad_id: count })),
});

/**
 * The contents of a `tokenizer.json`; `name` is what messages call it.
 *
 * @throws {SyntaxError} where it is none
 */
export function parseTokenizer(json: string, name: string): TokenizerJson {
  return parse<TokenizerJson>(json, TOKENIZER, name);
}

/** The tokens of a tokenizer's model with their numbers. */
export function numberedTokens(
  { model: { vocab } }: TokenizerJson,
): (readonly [token: string, id: number])[] {
  return Array.isArray(vocab)
    ? vocab.map(([token], id) => [token, id] as const)
    : Object.entries(vocab as Readonly<Record<string, number>>);
}

/**
 * Rows that a table of a tokenizer's tokens needs: the highest number and one.
 *
 * @throws {SyntaxError} where they are more than the limit `tokens`
 */
export function rowsOf(tokenizer: TokenizerJson, name: string): number {
  const added = (tokenizer.added_tokens ?? []).map(({ content, id }) => [content, id] as const);
  const rows = [...numberedTokens(tokenizer), ...added].reduce((most, [, id]) => Math.max(most, id + 1), 0);
  if (rows <= limits().tokens) return rows;
  throw new SyntaxError(
    `Cannot read ${name}: expected tokens with numbers below ${limits().tokens}, found ${rows - 1}; ` +
      raised("tokens"),
  );
}

/** BERT's tokenizer from its list of pieces, one a line. */
function wordPiece(text: string, config: Readonly<Record<string, unknown>>): TokenizerJson {
  const pieces = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const [classId, separatorId] = [vocab["[CLS]"], vocab["[SEP]"]];
  if (classId === undefined || separatorId === undefined) {
    throw new SyntaxError(
      `Cannot read a WordPiece vocabulary of ${pieces.length} lines: expected [CLS] and [SEP] among its pieces`,
    );
  }
  const special = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
  const sequence = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  const single = [special("[CLS]", 0), sequence("A", 0), special("[SEP]", 0)];
  return {
    added_tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].filter((piece) => piece in vocab).map((
      content,
    ) => ({ id: vocab[content]!, content, special: true })),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: config.tokenize_chinese_chars !== false,
      strip_accents: config.strip_accents as boolean | null | undefined ?? null,
      lowercase: config.do_lower_case as boolean | undefined ?? !hasCapitals(pieces),
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single,
      pair: [...single, sequence("B", 1), special("[SEP]", 1)],
      special_tokens: {},
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab,
    },
  } as TokenizerJson;
}

/** GPT-2's tokenizer, or RoBERTa's, from its vocabulary and its list of merges. */
function byteLevel(
  vocab: Readonly<Record<string, number>>,
  merges: string,
  config: Readonly<Record<string, unknown>>,
): TokenizerJson {
  const add_prefix_space = config.add_prefix_space === true;
  const roberta = "<s>" in vocab && "</s>" in vocab;
  return {
    added_tokens: ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>"]
      .filter((piece) => piece in vocab)
      .map((content) => ({ id: vocab[content]!, content, special: true })),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space, trim_offsets: false },
    post_processor: roberta
      ? {
        type: "RobertaProcessing",
        sep: ["</s>", vocab["</s>"]],
        cls: ["<s>", vocab["<s>"]],
        trim_offsets: false,
        add_prefix_space,
      }
      : { type: "ByteLevel", add_prefix_space, trim_offsets: false },
    decoder: { type: "ByteLevel" },
    model: {
      type: "BPE",
      vocab,
      merges: merges.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#version")),
    },
  } as TokenizerJson;
}

/**
 * Whether a vocabulary knows capitals: pieces that would be lost were letters made small, unlike ℝ, which
 * stays.
 */
export function hasCapitals(tokens: readonly string[]): boolean {
  return tokens.some((piece) => piece !== piece.toLowerCase() && !/^[[<].*[\]>]$/.test(piece));
}
