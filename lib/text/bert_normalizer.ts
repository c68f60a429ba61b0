/** Steps of BERT's tokenizers before they cut text: settings of `BertNormalizer` in a tokenizer's file. */
export interface BertNormalizerSettings {
  /** Whether control characters go, and all white space becomes spaces. */
  clean_text?: boolean | undefined;
  /** Whether spaces are put around Chinese characters. */
  handle_chinese_chars?: boolean | undefined;
  /** Whether accents are taken off; null or left out: where letters are made small. */
  strip_accents?: boolean | null | undefined;
  /** Whether letters are made small. */
  lowercase?: boolean | undefined;
}

/** A character of a text as BERT's tokenizers read it, and where it stands in the text. */
export interface NormalizedCharacter {
  /** Replacement of the character: nothing, one character, or several. */
  text: string;
  /** Beginning of the character in the text, in UTF-16 units. */
  start: number;
  /** End of the character in the text, in UTF-16 units. */
  end: number;
}

/** Ranges of Chinese characters as BERT has them: without kana and hangul, with those beyond 16 bits. */
const CHINESE = new RegExp(
  "[\\u{4e00}-\\u{9fff}\\u{3400}-\\u{4dbf}\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2b73f}\\u{2b740}-\\u{2b81f}" +
    "\\u{2b820}-\\u{2ceaf}\\u{f900}-\\u{faff}\\u{2f800}-\\u{2fa1f}]",
  "u",
);

/** Control characters, those of formatting, and places that stand for no character. */
const CONTROL = /[\0\ufffd\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u;

/**
 * A text, character by character, as BERT's tokenizers read it. One at a time, so that a small sigma does not
 * turn on what stands behind it, and characters beyond 16 bits stay whole.
 */
export function normalizedCharacters(
  text: string,
  { clean_text, handle_chinese_chars, strip_accents, lowercase }: BertNormalizerSettings,
): NormalizedCharacter[] {
  const strip = strip_accents ?? lowercase;
  let end = 0;
  return Array.from(text, (character) => {
    const start = end;
    end += character.length;
    let read = character;
    if (clean_text) {
      if (/[\t\n\r]/.test(read) || /\s/u.test(read) && !CONTROL.test(read)) read = " ";
      else if (CONTROL.test(read)) read = "";
    }
    if (handle_chinese_chars && CHINESE.test(read)) read = ` ${read} `;
    if (lowercase) read = read.toLowerCase();
    if (strip) read = read.normalize("NFD").replace(/\p{Mn}/gu, "");
    return { text: read, start, end };
  });
}
