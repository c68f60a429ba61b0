import { RangeError, TypeError } from "../../errors.ts";
import { mergePairs } from "./merge_pairs.ts";
import { textIndex } from "./text_index.ts";
import type { Pieces } from "./vocabulary.ts";

const GPT2 = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** As GPT-2's, with contractions in capitals, and at most `digits` digits together. */
const llama3 = (digits: string) =>
  new RegExp(
    "'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}" + digits +
      "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    "gu",
  );

/**
 * How texts are cut into words before merging, by the name that GGUF files have for it: patterns one after
 * the other, each on what those before it left in one piece; what it does not match stays together.
 */
const CUTS: Readonly<Record<string, readonly RegExp[]>> = {
  "default": [GPT2],
  "gpt-2": [GPT2],
  "smollm": [/\p{N}/gu, GPT2],
  "llama-bpe": [llama3("{1,3}")],
  "qwen2": [llama3("")],
  "deepseek-llm": [
    /[\r\n]/gu,
    /\s?\p{LC}+/gu,
    /\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+/gu,
    /\s+$/gu,
    /[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+/gu,
    /\p{N}+/gu,
  ],
};

/** Names of pre-tokenizers that whole words are looked up for before merging. */
const WHOLE_WORDS = new Set(["llama-bpe"]);

function cut(words: string[], pattern: RegExp): string[] {
  return words.flatMap((word) => {
    const parts: string[] = [];
    let at = 0;
    for (const { 0: match, index } of word.matchAll(pattern)) {
      if (index > at) parts.push(word.slice(at, index));
      parts.push(match);
      at = index + match.length;
    }
    if (at < word.length) parts.push(word.slice(at));
    return parts;
  });
}

/** Printable characters that stand for bytes in tokens: those that are printable as they are, then others. */
const CHARACTERS = (() => {
  const plain = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(plain(byte) ? byte : next++));
})();
const BYTES = new Map(CHARACTERS.map((character, byte) => [character, byte]));

/** The bytes that a token's characters stand for. */
export function byteLevelBytes(token: string): Uint8Array {
  return Uint8Array.from([...token].flatMap((character) => {
    const byte = BYTES.get(character);
    return byte === undefined ? [...new TextEncoder().encode(character)] : [byte];
  }));
}

/**
 * Byte-level BPE (A. Radford et al., GPT-2, 2019): words by a pattern, their bytes as printable characters,
 * and of neighbours always the pair that comes first in the list of merges.
 *
 * @param pre name of the pattern in GGUF files
 * @throws {TypeError} where there is no such pattern
 */
export function byteLevelPieces(
  { name, tokens, merges, pre }: {
    name: string;
    tokens: readonly string[];
    merges: readonly string[];
    pre: string;
  },
): Pieces {
  const cuts = Object.hasOwn(CUTS, pre) ? CUTS[pre]! : undefined;
  if (!cuts) {
    throw new TypeError(
      `Cannot read the vocabulary of ${name}: its pre-tokenizer is ${JSON.stringify(pre)}, expected one of ` +
        `${Object.keys(CUTS).join(", ")}; take the model's tokenizer.json instead`,
    );
  }
  const [idFor, rankOf] = [textIndex(tokens), textIndex(merges)];
  const known = new Map<string, number[]>();
  const idsOf = (word: string): number[] => {
    const spelt = Array.from(new TextEncoder().encode(word), (byte) => CHARACTERS[byte]!);
    const whole = WHOLE_WORDS.has(pre) ? idFor(spelt.join("")) : undefined;
    if (whole !== undefined) return [whole];
    const parts = mergePairs(spelt, (left, right) => rankOf(`${left} ${right}`));
    return parts.flatMap((part) => idFor(part) ?? [...part].map((byte) => idOfByte(byte, word)));
  };
  function idOfByte(character: string, word: string): number {
    const id = idFor(character);
    if (id === undefined) {
      throw new RangeError(
        `Cannot encode ${JSON.stringify(word)}: the vocabulary of ${name} lacks bytes of it`,
      );
    }
    return id;
  }
  return {
    spaceFirst: false,
    ids: (text) =>
      cuts.reduce(cut, [text]).flatMap((word) => {
        let found = known.get(word);
        if (!found) {
          if (known.size > 50_000) known.clear();
          known.set(word, found = idsOf(word));
        }
        return found;
      }),
    bytes: (id) => byteLevelBytes(tokens[id]!),
  };
}
