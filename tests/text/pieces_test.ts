import assert from "node:assert/strict";
import { fixture, tokenizerOf } from "./fixture_tokenizer.ts";

Deno.test("the parts of a text that tokens stand for are in order, and hold all of it but white space", async () => {
  for (const name of ["byte-level BPE", "WordPiece, cased"]) {
    const tokenizer = await tokenizerOf(name);
    // Words and punctuation: a word piece of what is no character of the vocabulary is the whole word.
    for (
      const text of [...fixture.texts, "a [MASK] b, the movie's"].filter((text) => /^[ -~]+$/.test(text))
    ) {
      const pieces = tokenizer.pieces(text);
      let [end, covered] = [0, ""];
      for (const piece of pieces) {
        assert.ok(piece.start >= end && piece.end > piece.start, `${name}: ${JSON.stringify(text)}`);
        covered += text.slice(piece.start, piece.end);
        end = piece.end;
      }
      assert.equal(covered.replaceAll(/\s/g, ""), text.replaceAll(/\s/g, ""), name);
    }
  }
});

Deno.test("a token beside the words stands for itself alone", async () => {
  const tokenizer = await tokenizerOf("WordPiece, uncased");
  const text = "the [MASK] was good";
  const [, mask] = tokenizer.pieces(text);
  assert.equal(text.slice(mask!.start, mask!.end), "[MASK]");
  assert.deepEqual(tokenizer.ids("[MASK]"), [mask!.id]);
});
