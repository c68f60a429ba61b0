import assert from "node:assert/strict";
import { annotate } from "../../lib/interpretation/annotated_answer.ts";
import type { Vocabulary } from "../../lib/text/vocabulary/vocabulary.ts";

/** A vocabulary of single words, whose tokens are their places. */
const words = ["Wait", ",", " let", " me", " think", " ag", "ain", ".", " Ü", "ber"];
const vocabulary = {
  bytesOf: (id: number) => new TextEncoder().encode(words[id]),
} as unknown as Vocabulary;

Deno.test("annotated words are found among tokens, but for their last one, where nine tenths of them are there", () => {
  const ids = [7, 7, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const found = (text: string) => {
    const { spans, leftOut } = annotate({ vocabulary }, ids, 2, [{ behaviour: "a", words: text }]);
    return leftOut ? undefined : [spans[0]!.start, spans[0]!.end];
  };
  assert.deepEqual(found("let me think again"), [4, 8]);
  assert.deepEqual(found("Wait, let me think again. Xxxx"), undefined); // 26 of 30 characters
  assert.deepEqual(found("Wait, let me think again. X"), [2, 10]); // 26 of 27
  assert.deepEqual(found(" think again. Über"), [6, 11]);
  assert.deepEqual(found("me thunk again"), undefined);
  assert.deepEqual(found("Wait"), undefined); // one token, which is left out
  assert.deepEqual(found(""), undefined);
});
