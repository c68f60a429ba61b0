import { RangeError } from "../../errors.ts";
import { mergePairs } from "./merge_pairs.ts";
import { KINDS, type Pieces } from "./vocabulary.ts";

/** Character that stands for a space in SentencePiece's tokens. */
const SPACE = "\u2581";

/**
 * SentencePiece's BPE (T. Kudo, J. Richardson, 2018), as Llama 2 has it: from single characters, always the
 * neighbours whose joint is the token of the highest score, of equal ones the leftmost. Characters that are
 * no token become the tokens of their bytes.
 *
 * @throws {RangeError} from `ids`, where a character has no token, and the vocabulary none for its bytes
 */
export function sentencePieces(
  { name, tokens, scores, kinds, spaceFirst, unknown }: {
    name: string;
    tokens: readonly string[];
    scores: ArrayLike<number>;
    kinds: ArrayLike<number>;
    /** Whether a text gets a space before it. */
    spaceFirst: boolean;
    /** The token of what has none. */
    unknown: number | undefined;
  },
): Pieces {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const bytes = new Map<number, number>(); // byte → token
  tokens.forEach((token, id) => {
    const [, hex] = kinds[id] === KINDS.byte ? token.match(/^<0x([0-9A-F]{2})>$/) ?? [] : [];
    if (hex !== undefined) bytes.set(parseInt(hex, 16), id);
  });
  const byteOf = new Map([...bytes].map(([byte, id]) => [id, byte]));
  const rank = (left: string, right: string) => {
    const id = ids.get(left + right);
    return id === undefined ? undefined : -scores[id]!;
  };
  const fallBack = (part: string): number[] =>
    [...new TextEncoder().encode(part)].map((byte) => {
      const id = bytes.get(byte) ?? unknown;
      if (id === undefined) {
        throw new RangeError(
          `Cannot encode ${JSON.stringify(part)}: the vocabulary of ${name} has neither it nor its bytes`,
        );
      }
      return id;
    });
  return {
    spaceFirst,
    ids: (text, first) => {
      const marked = ((spaceFirst && first ? " " : "") + text).replaceAll(" ", SPACE);
      return mergePairs([...marked], rank).flatMap((part) => ids.get(part) ?? fallBack(part));
    },
    bytes: (id) => {
      const byte = byteOf.get(id);
      if (byte !== undefined) return Uint8Array.of(byte);
      return new TextEncoder().encode(tokens[id]!.replaceAll(SPACE, " "));
    },
  };
}
