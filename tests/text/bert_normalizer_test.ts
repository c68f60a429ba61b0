import assert from "node:assert/strict";
import { type BertNormalizerSettings, normalizedCharacters } from "../../lib/text/bert_normalizer.ts";

const UNCASED: BertNormalizerSettings = {
  clean_text: true,
  handle_chinese_chars: true,
  strip_accents: null,
  lowercase: true,
};

const read = (text: string, settings: BertNormalizerSettings) =>
  normalizedCharacters(text, settings).map((character) => character.text).join("");

Deno.test("letters are made small without their accents, Chinese stands alone, and control characters go", () => {
  assert.equal(read("Ünïcode\tÅ\u00ad\0\r\n\u200e中a", UNCASED), "unicode a   中 a");
  // One character at a time: a sigma at a word's end is as any other.
  assert.equal(read("ΟΔΟΣ", UNCASED), "οδοσ");
  // Kana and hangul are no Chinese characters.
  assert.equal(read("かな한", { handle_chinese_chars: true }), "かな한");
});

Deno.test("accents go where letters are made small, unless that is said", () => {
  const settings = (strip_accents: boolean | null, lowercase: boolean) => ({ strip_accents, lowercase });
  assert.deepEqual(
    [settings(null, true), settings(null, false), settings(false, true), settings(true, false)]
      .map((each) => read("É", each)),
    ["e", "É", "é", "E"],
  );
});

Deno.test("every character knows where it stands, those beyond 16 bits too", () => {
  const text = "a\u{20000}É\0🗼";
  const characters = normalizedCharacters(text, UNCASED);
  assert.deepEqual(characters.map(({ start, end }) => text.slice(start, end)), Array.from(text));
  assert.deepEqual(characters.map(({ text }) => text), ["a", " \u{20000} ", "e", "", "🗼"]);
});
