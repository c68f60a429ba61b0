import { RangeError, SyntaxError, TypeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import type { Tokenizer } from "./deps.ts";
import { importTokenizers } from "./deps.ts";
import { type BertNormalizerSettings, normalizedCharacters } from "./bert_normalizer.ts";
import { piecesOf } from "./pieces.ts";
import {
  hasCapitals,
  numberedTokens,
  readTokenizerFiles,
  rowsOf,
  type TokenizerFiles,
} from "./tokenizer_files.ts";

/** Tokens of a text or a pair of texts, as a model is fed them. */
export interface EncodedText {
  /** Token by token its number in the vocabulary. */
  ids: number[];
  /** Token by token the segment it belongs to: 0, or 1 for the second text of a pair. */
  types: number[];
  /** Tokens that were left out at the end because they did not fit; not there where all did. */
  cut?: number;
}

/** A token of a text, and the part of the text that it stands for, in UTF-16 units as `slice` takes them. */
export interface Piece {
  /** Number of the token in the vocabulary. */
  id: number;
  /** Beginning of the token in the text. */
  start: number;
  /** End of the token in the text. */
  end: number;
}

/** The text on one side and numbers on the other: what {@linkcode loadTokenizer} gives. */
export interface TextTokenizer {
  /** Place that the vocabulary was read from. */
  readonly name: string;
  /** Rows that a model's table of tokens needs: the highest number and one. */
  readonly vocabulary: number;
  /** The number that fills up a batch, behind shorter texts. */
  readonly padding: number;
  /** Whether letters are made small. */
  readonly lowerCase: boolean;
  /** Tokens that `join` puts around one text, and around a pair. */
  readonly special: readonly [single: number, pair: number];
  /** The tokens of a text, by their numbers, without those that models want around it. */
  ids(text: string): number[];
  /** The tokens of a text and where each stands in it. */
  pieces(text: string): Piece[];
  /** Tokens of one text, or of two, with those that the model wants around and between them. */
  join(first: readonly number[], second?: readonly number[]): EncodedText;
  /**
   * A text, or a pair, as a model is fed it. With `maxLength`, the longer of two texts is cut first, at its
   * end, until all fits; `cut` says how many tokens went.
   */
  encode(text: string, pair?: string, maxLength?: number): EncodedText;
  /** The text of tokens, as well as it can be put together. */
  decode(ids: readonly number[]): string;
}

/** Settings of {@linkcode loadTokenizer}. */
export interface TokenizerOptions {
  /**
   * Whether letters are made small. Default: as the tokenizer's files say; where they do not, whether the
   * vocabulary has no capitals.
   */
  lowerCase?: boolean | undefined;
}

/**
 * A model's tokenizer: WordPiece or byte-level BPE, and whatever else `tokenizer.json` describes, with the
 * settings of its own files. Ids are those of Hugging Face's tokenizers; padding and truncation that the file
 * asks for are not done here.
 *
 * @param source the folder with the tokenizer's files, or the files, parsed
 * @throws {TypeError} where letters are to be made small that the vocabulary has in capitals
 * @throws {SyntaxError} where a file is damaged, {Error} where there is none
 */
export async function loadTokenizer(
  source: string | TokenizerFiles,
  options: TokenizerOptions = {},
): Promise<TextTokenizer> {
  requireOptions("loadTokenizer", options, { lowerCase: true });
  const { lowerCase } = options;
  const { tokenizer: file, config, name } = typeof source === "string"
    ? await readTokenizerFiles(source)
    : source;
  if (typeof file?.model?.vocab !== "object" || file.model.vocab === null) {
    throw new SyntaxError(`Cannot read ${name}: expected a tokenizer with model.vocab, found none`);
  }
  const normalizer = file.normalizer?.type === "BertNormalizer" ? file.normalizer : undefined;
  const small = lowerCase ?? config.do_lower_case as boolean | undefined ?? normalizer?.lowercase ?? false;
  if (lowerCase !== undefined && normalizer === undefined) {
    throw new TypeError(
      `Cannot set lowerCase for ${name}: only tokenizers with BERT's normaliser have it; leave the option out`,
    );
  }
  if (normalizer && small && hasCapitals(numberedTokens(file).map(([token]) => token))) {
    throw new TypeError(
      `Cannot use ${name} with letters made small: its vocabulary is cased, and words that it knows in capitals would ` +
        `be lost; leave lowerCase out or set it to false`,
    );
  }
  const settings = normalizer && { ...normalizer, lowercase: small };
  const vocabulary = rowsOf(file, name);
  const library = await createLibraryTokenizer(file, config, settings, name);
  return tokenizerFrom(library, { tokenizer: file, config, name }, vocabulary, settings);
}

async function createLibraryTokenizer(
  file: TokenizerFiles["tokenizer"],
  config: TokenizerFiles["config"],
  settings: BertNormalizerSettings | undefined,
  name: string,
): Promise<Tokenizer> {
  const { Tokenizer } = await importTokenizers();
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(
      {
        decoder: null,
        post_processor: null,
        pre_tokenizer: null,
        normalizer: null,
        added_tokens: [],
        ...file,
      },
      config,
    );
  } catch (error) {
    throw notTheirs(name, error);
  }
  // The library looks at 16 bits at a time: Chinese characters beyond them and a final sigma come out wrong.
  const normalize = settings &&
    ((text: string) => normalizedCharacters(text, settings).map((character) => character.text).join(""));
  return normalize ? Object.assign(tokenizer, { normalizer: normalize }) : tokenizer;
}

/** The error for a file that the library cannot make or use a tokenizer of. */
function notTheirs(name: string, error: unknown): SyntaxError {
  const { message } = error as Error;
  return new SyntaxError(
    `Cannot read ${name}: ${message}; expected a file that Hugging Face's tokenizers wrote`,
    { cause: error },
  );
}

function tokenizerFrom(
  library: Tokenizer,
  { tokenizer: file, config, name }: TokenizerFiles,
  vocabulary: number,
  settings: BertNormalizerSettings | undefined,
): TextTokenizer {
  const byLibrary = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw notTheirs(name, error);
    }
  };
  const unknown = library.model?.unk_token_id;
  const idOf = (token: string): number => {
    const id = library.token_to_id(token) ?? unknown;
    if (!(Number.isInteger(id) && id! >= 0 && id! < vocabulary)) {
      throw new RangeError(
        `Cannot encode ${
          JSON.stringify(token)
        }: it is not in the vocabulary of ${name}, which has no unknown token`,
      );
    }
    return id!;
  };
  const rule = settings ?? (isByteLevel(file.pre_tokenizer) ? "bytes" : undefined);
  const template = templateOf(library, byLibrary, idOf, file.post_processor?.type !== "RobertaProcessing");
  const bare = (text: string) => byLibrary(() => library.tokenize(text, { add_special_tokens: false }));
  const join = (first: readonly number[], second?: readonly number[]): EncodedText => {
    const [ids, types]: [number[], number[]] = [[], []];
    for (const { id, type } of template[second === undefined ? 0 : 1]) {
      const part = id === FIRST ? first : id === SECOND ? second! : [id as number];
      for (const value of part) {
        ids.push(value);
        types.push(type);
      }
    }
    return { ids, types };
  };
  const special = template.map((items) => items.filter(({ id }) => typeof id === "number").length);
  const ids = (text: string) => bare(text).map(idOf);
  const padding = typeof config.pad_token === "string" ? library.token_to_id(config.pad_token) : undefined;
  return {
    name,
    vocabulary,
    padding: padding ?? file.padding?.pad_id ?? library.token_to_id("[PAD]") ??
      library.token_to_id("<pad>") ?? 0,
    lowerCase: settings?.lowercase ?? false,
    special: special as [number, number],
    ids,
    pieces(text) {
      if (rule === undefined) {
        throw new TypeError(
          `Cannot tell where tokens of ${name} stand in a text: expected BERT's normaliser or a byte-level tokenizer`,
        );
      }
      return byLibrary(() => piecesOf(library, text, rule)).map(({ token, ...place }) => ({
        id: idOf(token),
        ...place,
      }));
    },
    join,
    encode(text, pair, maxLength = Infinity) {
      const [first, second] = [ids(text), pair === undefined ? undefined : ids(pair)];
      const room = maxLength - special[second === undefined ? 0 : 1]!;
      if (!(room > 0)) {
        throw new RangeError(
          `Cannot encode a text in ${maxLength} tokens: expected more than the ${maxLength - room} around it`,
        );
      }
      const [a, b] = cut(first.length, second?.length ?? 0, room);
      const left = first.length + (second?.length ?? 0) - a - b;
      const joined = join(first.slice(0, a), second?.slice(0, b));
      return left > 0 ? { ...joined, cut: left } : joined;
    },
    decode: (tokens) => tokens.length === 0 ? "" : byLibrary(() => library.decode([...tokens])),
  };
}

/** Whether words are cut into bytes, at the end of what may be a row of rules. */
function isByteLevel(rule: TokenizerFiles["tokenizer"]["pre_tokenizer"]): boolean {
  return rule?.type === "ByteLevel" || rule?.pretokenizers?.at(-1)?.type === "ByteLevel";
}

const [FIRST, SECOND] = ["first", "second"] as const;

/** A place in what a model is fed: a token by its number, or one of the texts. */
interface TemplateItem {
  id: number | typeof FIRST | typeof SECOND;
  type: number;
}

/**
 * Tokens around one text, and around two: found by giving the file's rule two words and looking. RoBERTa has
 * no segments, whatever the library says.
 */
function templateOf(
  library: Tokenizer,
  byLibrary: <T>(work: () => T) => T,
  idOf: (token: string) => number,
  segments: boolean,
): [TemplateItem[], TemplateItem[]] {
  const words = ["\0first", "\0second"];
  const items = (count: number): TemplateItem[] => {
    const [first, second] = words as [string, string];
    const processed = byLibrary(() => library.post_processor?.([first], count === 2 ? [second] : null, true));
    const tokens = processed?.tokens ?? [first];
    const found = tokens.map((token, i): TemplateItem => ({
      id: token === first ? FIRST : token === second ? SECOND : idOf(token),
      type: segments ? processed?.token_type_ids?.[i] ?? 0 : 0,
    }));
    // Some rules have nothing to put between two texts, and hand the second one back.
    if (count === 2 && !tokens.includes(second)) found.push({ id: SECOND, type: 1 });
    return found;
  };
  return [items(1), items(2)];
}

/**
 * How many tokens of each of two texts fit: the longer one is cut to the other's length first, then both.
 * What is left over of an odd number goes to the longer, or the second, as in Hugging Face's `longest_first`.
 */
function cut(first: number, second: number, room: number): [number, number] {
  if (first + second <= room) return [first, second];
  const [short, long] = [Math.min(first, second), Math.max(first, second)];
  const most = Math.max(short, room - short);
  const kept = short + most > room
    ? [Math.floor(room / 2), room - Math.floor(room / 2)]
    : [short, Math.min(long, most)];
  return first > second ? [kept[1]!, kept[0]!] : [kept[0]!, kept[1]!];
}
