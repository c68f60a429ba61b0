import { unreadable } from "../../formats/archives/cursor.ts";
import {
  boolAt,
  type GgufMetadata,
  numberAt,
  numbersAt,
  textAt,
  textsAt,
} from "../../formats/gguf/values.ts";
import { byteLevelPieces } from "./byte_level.ts";
import { sentencePieces } from "./sentence_piece.ts";
import { KINDS, type Vocabulary, vocabularyOf } from "./vocabulary.ts";

/** Tokens that end an answer in chats, by their spelling, where a file names another one as its end. */
const ENDS = new Set([
  "<|im_end|>",
  "<|eot_id|>",
  "<|end_of_text|>",
  "<|endoftext|>",
  "<|end|>",
  "<|eom_id|>",
]);

/**
 * The vocabulary that a GGUF file brings along: SentencePiece's BPE (`llama`) or byte-level BPE (`gpt2`).
 *
 * @param file the metadata, and a name for messages
 * @throws {SyntaxError} where there is none, or its lists do not fit together
 * @throws {TypeError} where texts are cut by a pattern that is not known
 */
export function vocabularyFromGguf(file: { metadata: GgufMetadata; name: string }): Vocabulary {
  const { metadata, name } = file;
  const key = (part: string) => `tokenizer.ggml.${part}`;
  const kind = textAt(metadata, key("model"));
  const tokens = textsAt(metadata, key("tokens"));
  if (tokens === undefined || (kind !== "llama" && kind !== "gpt2")) {
    throw unreadable(
      name,
      0,
      `expected a vocabulary (tokenizer.ggml.tokens) of the kind llama or gpt2, found ${
        kind ?? "none"
      }; give the ` +
        "folder of a tokenizer.json as well",
    );
  }
  const kinds = numbersAt(metadata, key("token_type")) ?? new Array(tokens.length).fill(KINDS.normal);
  const listed = <T extends ArrayLike<unknown>>(part: string, found: T | undefined): T => {
    if (found && (part === "merges" || found.length === tokens.length)) return found;
    const what = found ? `${found.length}` : "none";
    throw unreadable(name, 0, `expected ${tokens.length} of ${key(part)}, as many as tokens, found ${what}`);
  };
  listed("token_type", kinds);
  // Files are about that name a token that there is not: as for llama.cpp, they name none.
  const id = (part: string) => {
    const found = numberAt(metadata, key(`${part}_token_id`));
    return found !== undefined && Object.hasOwn(tokens, found) ? found : undefined;
  };
  const pieces = kind === "llama"
    ? sentencePieces({
      name,
      tokens,
      scores: listed("scores", numbersAt(metadata, key("scores"))),
      kinds,
      spaceFirst: boolAt(metadata, key("add_space_prefix")) ?? true,
      unknown: id("unknown"),
    })
    : byteLevelPieces({
      name,
      tokens,
      merges: listed("merges", textsAt(metadata, key("merges"))),
      pre: textAt(metadata, key("pre")) ?? "default",
    });
  const begin = id("bos");
  const chatEnds: number[] = [];
  tokens.forEach((token, i) => {
    if (kinds[i] === KINDS.control && ENDS.has(token)) chatEnds.push(i);
  });
  const end = [
    id("eos"),
    id("eot"),
    ...chatEnds,
  ].filter((id) => id !== undefined);
  return vocabularyOf(pieces, {
    name,
    tokens,
    kinds,
    begin,
    addBegin: begin !== undefined && (boolAt(metadata, key("add_bos_token")) ?? kind === "llama"),
    end,
  });
}
