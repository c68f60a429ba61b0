import type { Tokenizer } from "./deps.ts";
import { type BertNormalizerSettings, normalizedCharacters } from "./bert_normalizer.ts";

/** A token and its place in a text, in UTF-16 units. */
interface PlacedToken {
  token: string;
  start: number;
  end: number;
}

/** A character that was made of a part of the text: what the tokenizer reads, unit by unit. */
type Places = readonly { start: number; end: number }[];

/**
 * The tokens of a text and their places, which the library does not give: words are looked up in what the
 * tokenizer reads, whose every character knows where it came from.
 *
 * @param rule how BERT's tokenizers change the text, or that the text is read as bytes
 */
export function piecesOf(
  library: Tokenizer,
  text: string,
  rule: BertNormalizerSettings | "bytes",
): PlacedToken[] {
  const placed = rule === "bytes"
    ? (part: string, at: number, index: number) => bytePieces(library, part, at, index)
    : (part: string, at: number) => wordPieces(library, part, at, rule);
  return sectionsOf(library, text).flatMap(({ part, at, added }, index) =>
    added ? [{ token: part, start: at, end: at + part.length }] : placed(part, at, index)
  );
}

/** The text cut at the tokens that the vocabulary has beside words, such as `[MASK]`. */
function sectionsOf(library: Tokenizer, text: string): { part: string; at: number; added: boolean }[] {
  const added = [...library.get_added_tokens_decoder().values()].map(({ content }) => content)
    .sort((a, b) => b.length - a.length);
  if (added.length === 0) return [{ part: text, at: 0, added: false }];
  const pattern = new RegExp(`(${added.map((token) => RegExp.escape(token)).join("|")})`, "u");
  let at = 0;
  return text.split(pattern).flatMap((part, i) => {
    const section = { part, at, added: i % 2 === 1 };
    at += part.length;
    return part === "" ? [] : [section];
  });
}

function wordPieces(
  library: Tokenizer,
  part: string,
  at: number,
  settings: BertNormalizerSettings,
): PlacedToken[] {
  const characters = normalizedCharacters(part, settings);
  const read = characters.map(({ text }) => text).join("");
  const places: Places = characters.flatMap(({ text, start, end }) =>
    Array.from({ length: text.length }, () => ({ start: at + start, end: at + end }))
  );
  const prefix =
    (library.model!.config as { continuing_subword_prefix?: string }).continuing_subword_prefix ?? "##";
  let from = 0;
  return (library.pre_tokenizer!(read) as string[]).flatMap((word) => {
    from = read.indexOf(word, from);
    const tokens = library.model!([word]);
    const whole = tokens.length === 1; // an unknown word too stands for all of it
    return tokens.map((token, i) => {
      const length = whole ? word.length : token.length - (i > 0 ? prefix.length : 0);
      const place = { token, start: places[from]!.start, end: places[from + length - 1]!.end };
      from += length;
      return place;
    });
  });
}

function bytePieces(library: Tokenizer, part: string, at: number, index: number): PlacedToken[] {
  const words = library.pre_tokenizer!(part, { section_index: index }) as string[];
  let start = at;
  const places = Array.from(part, (character) => {
    const place = { start, end: start + character.length };
    start = place.end;
    return Array.from({ length: new TextEncoder().encode(character).length }, () => place);
  }).flat();
  // A space that was put in front comes from nowhere: it has the place of what follows.
  const front = words.reduce((sum, word) => sum + word.length, 0) - places.length;
  let byte = -front;
  return library.model!(words).map((token) => {
    const [first, last] = [byte, byte + token.length - 1].map((at) => Math.max(0, at)) as [number, number];
    byte += token.length;
    return { token, start: places[first]!.start, end: places[last]!.end };
  });
}
