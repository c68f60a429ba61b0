import { Error, SyntaxError } from "../errors.ts";
import {
  anything,
  count,
  dictionary,
  either,
  fields,
  list,
  nullable,
  number,
  parseShape,
  type Schema,
  text,
} from "../files/schema.ts";
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
  model: { type?: string; vocab: Readonly<Record<string, number>>; continuing_subword_prefix?: string };
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
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
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
    return { tokenizer: parse<TokenizerJson>(await textOf("tokenizer.json"), TOKENIZER, name), config, name };
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

const NAMED = nullable(fields({ type: text }));

const TOKENIZER = fields({
  model: fields({ vocab: either(list(anything), dictionary(number)) }, { type: text }),
}, {
  normalizer: NAMED,
  pre_tokenizer: nullable(fields({ type: text }, { pretokenizers: list(fields({ type: text })) })),
  post_processor: NAMED,
  added_tokens: list(fields({ id: count, content: text })),
  padding: nullable(fields({}, { pad_id: count })),
});

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
      lowercase: config.do_lower_case as boolean | undefined ?? !hasCapitals(vocab),
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
export function hasCapitals(vocab: Readonly<Record<string, number>>): boolean {
  return Object.keys(vocab).some((piece) => piece !== piece.toLowerCase() && !/^[[<].*[\]>]$/.test(piece));
}
