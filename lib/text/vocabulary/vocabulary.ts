import { RangeError } from "../../errors.ts";

/** The tokens of a language model, as its file lists them. */
export interface Vocabulary {
  /** Where it was read, for messages. */
  readonly name: string;
  /** Number of tokens. */
  readonly size: number;
  /** The token that begins a text; `undefined` where there is none. */
  readonly begin: number | undefined;
  /** Whether `encode` puts it first. */
  readonly addBegin: boolean;
  /** Tokens that end a text. */
  readonly end: ReadonlySet<number>;
  /**
   * The tokens of a text. With `special`, what reads like a control token (`<|im_start|>`) becomes that
   * token, as chat templates need; else it is text. `begin` says whether the begin token comes first; default
   * `addBegin`.
   */
  encode(text: string, options?: EncodeTextOptions): number[];
  /** The text of tokens; control tokens are left out, broken UTF-8 is replaced. */
  decode(ids: readonly number[]): string;
  /** The bytes that a token stands for; none for control tokens. */
  bytesOf(id: number): Uint8Array;
  /** A token as the file spells it. */
  spelling(id: number): string;
}

/** Settings of {@linkcode Vocabulary.encode}. */
export interface EncodeTextOptions {
  /** Whether control tokens are read in the text. Default false. */
  special?: boolean | undefined;
  /** Whether the begin token comes first, unless the text spells it out. Default: as the file says. */
  begin?: boolean | undefined;
}

/** Kinds of tokens, by their number in files. */
export const KINDS = { normal: 1, unknown: 2, control: 3, own: 4, unused: 5, byte: 6 } as const;

/** What a way of making tokens gives; {@linkcode vocabularyOf} makes a vocabulary of it. */
export interface Pieces {
  /** Tokens of a text without control tokens in it; `first` says whether it begins the text. */
  ids(text: string, first: boolean): number[];
  /** The bytes that a token stands for. */
  bytes(id: number): Uint8Array;
  /** Whether a text begins with a space that was added to it. */
  spaceFirst: boolean;
}

/** A vocabulary of tokens of all kinds around a way of making them. */
export function vocabularyOf(
  pieces: Pieces,
  { name, tokens, kinds, begin, addBegin, end }: {
    name: string;
    tokens: readonly string[];
    kinds: ArrayLike<number>;
    begin: number | undefined;
    addBegin: boolean;
    end: Iterable<number>;
  },
): Vocabulary {
  const of = (...wanted: number[]) => {
    const found: (readonly [token: string, id: number])[] = [];
    tokens.forEach((token, id) => {
      if (token !== "" && wanted.includes(kinds[id]!)) found.push([token, id]);
    });
    return found;
  };
  const own = finder(of(KINDS.own));
  const all = finder(of(KINDS.own, KINDS.control));
  const silent = (id: number) => kinds[id] === KINDS.control || kinds[id] === KINDS.unknown;
  const bytesOf = (id: number): Uint8Array => {
    requireId(id);
    if (silent(id)) return new Uint8Array();
    return kinds[id] === KINDS.own ? new TextEncoder().encode(tokens[id]!) : pieces.bytes(id);
  };
  function requireId(id: number): void {
    if (!(Number.isInteger(id) && id >= 0 && id < tokens.length)) {
      throw new RangeError(
        `Cannot read token ${id} of ${name}: expected a number from 0 to ${tokens.length - 1}`,
      );
    }
  }
  return {
    name,
    size: tokens.length,
    begin,
    addBegin,
    end: new Set(end),
    encode(text, { special = false, begin: wanted = addBegin } = {}) {
      const ids: number[] = [];
      let first = true;
      for (const part of (special ? all : own)(text)) {
        if (typeof part === "number") ids.push(part);
        else for (const id of pieces.ids(part, first)) ids.push(id);
        first = typeof part === "number";
      }
      return wanted && begin !== undefined && ids[0] !== begin ? [begin, ...ids] : ids;
    },
    decode(ids) {
      const bytes = ids.map(bytesOf);
      const joined = new Uint8Array(bytes.reduce((sum, { length }) => sum + length, 0));
      bytes.reduce((at, part) => (joined.set(part, at), at + part.length), 0);
      const text = new TextDecoder().decode(joined);
      return pieces.spaceFirst && text.startsWith(" ") ? text.slice(1) : text;
    },
    bytesOf,
    spelling: (id) => (requireId(id), tokens[id]!),
  };
}

/** Cuts tokens that are spelt out from a text, the longest first. */
function finder(found: (readonly [token: string, id: number])[]): (text: string) => (string | number)[] {
  if (found.length === 0) return (text) => text === "" ? [] : [text];
  const ids = new Map(found);
  const spelt = [...ids.keys()].sort((a, b) => b.length - a.length)
    .map((token) => token.replaceAll(/[.*+?^${}()|[\]\\/-]/g, "\\$&"));
  const pattern = new RegExp(`(${spelt.join("|")})`);
  return (text) => text.split(pattern).filter((part) => part !== "").map((part) => ids.get(part) ?? part);
}
