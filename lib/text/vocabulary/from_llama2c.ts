import { cursor, utf8 } from "../../formats/archives/cursor.ts";
import { readSource, type Source } from "../../formats/read_source.ts";
import { sentencePieces } from "./sentence_piece.ts";
import { KINDS, type Vocabulary, vocabularyOf } from "./vocabulary.ts";

/**
 * The vocabulary of a tokenizer file of llama2.c: SentencePiece's tokens with their scores, of which 0 is
 * unknown, 1 begins a text and 2 ends it, and then come the bytes.
 *
 * @throws {SyntaxError} where the file is damaged
 */
export async function vocabularyFromLlama2c(source: Source): Promise<Vocabulary> {
  const { bytes, name } = await readSource(source);
  const place = cursor(bytes, name);
  place.uint32("the longest token");
  const [tokens, scores]: [string[], number[]] = [[], []];
  while (place.left() > 0) {
    scores.push(new Float32Array(place.take(4, "a score").slice().buffer)[0]!);
    const length = place.int32("a token's length");
    tokens.push(utf8(place.take(length, "a token"), place, "a token").replaceAll(" ", "\u2581"));
  }
  if (tokens.length < 3) {
    throw place.fail(`expected tokens that are unknown, begin and end texts, found ${tokens.length} in all`);
  }
  const kinds = tokens.map((token, id) =>
    id === 0
      ? KINDS.unknown
      : id < 3
      ? KINDS.control
      : /^<0x[0-9A-F]{2}>$/.test(token)
      ? KINDS.byte
      : KINDS.normal
  );
  // The file has them with line breaks around, of which a text may have some.
  [1, 2].forEach((id) => tokens[id] = tokens[id]?.trim() ?? "");
  const pieces = sentencePieces({ name, tokens, scores, kinds, spaceFirst: true, unknown: 0 });
  return vocabularyOf(pieces, { name, tokens, kinds, begin: 1, addBegin: true, end: [1, 2] });
}
