import assert from "node:assert/strict";
import { loadTokenizer } from "../../lib/text/tokenizer.ts";
import type { TokenizerJson } from "../../lib/text/tokenizer_files.ts";
import { vocabularyOfFiles } from "../../lib/text/vocabulary/from_folder.ts";
import { fixture, of } from "./fixture_tokenizer.ts";

/** Places in UTF-16 units, from places in code points. */
function toUnits(text: string, places: [number, number][]): number[][] {
  const units = [0];
  for (const character of text) units.push(units.at(-1)! + character.length);
  return places.map((place) => place.map((point) => units[point]!));
}

for (const [name, reference] of Object.entries(fixture.tokenizers)) {
  Deno.test(`${name}: ids, segments and places are those of the reference library`, async () => {
    const tokenizer = await of(reference);
    fixture.texts.forEach((text, i) => {
      const { ids, types, offsets } = reference.texts[i]!;
      assert.deepEqual(tokenizer.encode(text), { ids, types }, JSON.stringify(text));
      const pieces = tokenizer.pieces(text);
      assert.deepEqual(pieces.map(({ id }) => id), tokenizer.ids(text), JSON.stringify(text));
      assert.deepEqual(
        pieces.map(({ start, end }) => [start, end]),
        toUnits(text, offsets),
        JSON.stringify(text),
      );
    });
    fixture.pairs.forEach(([first, second], i) => {
      assert.deepEqual(tokenizer.encode(first, second), reference.pairs[i]);
    });
  });

  Deno.test(`${name}: what is too long is cut as the reference library cuts it`, async () => {
    const tokenizer = await of(reference);
    fixture.lengths.forEach((length, i) => {
      const cut = [
        ...fixture.pairs.map(([first, second]) => tokenizer.encode(first, second, length)),
        tokenizer.encode(fixture.texts[0]!, undefined, length),
      ];
      assert.deepEqual(cut.map(({ ids, types }) => ({ ids, types })), reference.cut[i], `${length} tokens`);
      const whole = [
        ...fixture.pairs.map(([first, second]) => tokenizer.encode(first, second)),
        tokenizer.encode(fixture.texts[0]!),
      ];
      assert.deepEqual(
        cut.map(({ ids, cut = 0 }) => ids.length + cut),
        whole.map(({ ids }) => ids.length),
      );
    });
  });
}

Deno.test("byte-level tokens give every text back, byte for byte", async () => {
  const tokenizer = await of(fixture.tokenizers["byte-level BPE"]!);
  for (const text of fixture.texts) {
    assert.equal(tokenizer.decode(tokenizer.ids(text)), text);
  }
});

Deno.test("a cased vocabulary is not used with letters made small, whoever asks for it", async () => {
  const { file } = fixture.tokenizers["WordPiece, cased"]!;
  const refused = /vocabulary is cased, and words that it knows in capitals would be lost/;
  const given = { tokenizer: file, config: {}, name: "cased" };
  await assert.rejects(loadTokenizer(given, { lowerCase: true }), refused);
  await assert.rejects(loadTokenizer({ ...given, config: { do_lower_case: true } }), refused);
  const uncased = { ...given, tokenizer: fixture.tokenizers["WordPiece, uncased"]!.file };
  assert.equal((await loadTokenizer(uncased)).lowerCase, true);
  // BERT's own uncased vocabulary has the sign of the real numbers, a capital that no small letter stands for.
  const { model } = uncased.tokenizer;
  const vocab = { ...model.vocab, "ℝ": Object.keys(model.vocab).length };
  await loadTokenizer({ ...uncased, tokenizer: { ...uncased.tokenizer, model: { ...model, vocab } } });
  // Of an uncased one the setting is the file's own, unless the caller says otherwise.
  const kept = await loadTokenizer(uncased, { lowerCase: false });
  assert.notDeepEqual(kept.ids("The"), (await loadTokenizer(uncased)).ids("The"));
});

Deno.test("numbers of tokens that no table has rows for are refused, and the limit can be raised", async () => {
  const { file } = fixture.tokenizers["WordPiece, uncased"]!;
  const far = { ...file, added_tokens: [...file.added_tokens ?? [], { id: 4e9, content: "[FAR]" }] };
  await assert.rejects(
    loadTokenizer({ tokenizer: far, config: {}, name: "far.json" }),
    /^SyntaxError: Cannot read far\.json: expected tokens with numbers below 4194304, found 4000000000; .*tokens/,
  );
});

Deno.test("Unigram's tokens are numbered by their places", async () => {
  const tokenizer: TokenizerJson = {
    model: {
      type: "Unigram",
      unk_id: 0,
      vocab: [["<unk>", 0], ["\u2581", -2], ["a", -3], ["\u2581ab", -4]],
    } as TokenizerJson["model"],
    pre_tokenizer: { type: "Metaspace", replacement: "\u2581", prepend_scheme: "always" } as { type: string },
    decoder: { type: "Metaspace", replacement: "\u2581", prepend_scheme: "always" },
  } as TokenizerJson;
  const files = { tokenizer, config: {}, name: "unigram" };
  const own = await loadTokenizer(files);
  assert.equal(own.vocabulary, 4);
  assert.deepEqual(own.ids("ab a"), [3, 1, 2]);
  // Its spaces become other signs, which have no place in the text.
  assert.throws(() => own.pieces("ab a"), {
    name: "TypeError",
    message:
      "Cannot tell where tokens of unigram stand in a text: expected BERT's normaliser or a byte-level tokenizer",
  });
  const vocabulary = await vocabularyOfFiles(files);
  assert.equal(vocabulary.spelling(3), "\u2581ab");
  assert.equal(vocabulary.decode([3, 1, 2]), "ab a");
});

Deno.test("what the library cannot work with is told as the file's fault, by its name", async () => {
  const { file } = fixture.tokenizers["byte-level BPE"]!;
  const broken = { ...file, pre_tokenizer: { type: "Split", pattern: { Regex: "(" } } };
  await assert.rejects(
    async () =>
      (await loadTokenizer({ tokenizer: broken as TokenizerJson, config: {}, name: "a.json" })).ids("a"),
    /^SyntaxError: Cannot read a\.json: .*; expected a file that Hugging Face's tokenizers wrote/,
  );
});

Deno.test("no room for a token is an error", async () => {
  const tokenizer = await of(fixture.tokenizers["WordPiece, uncased"]!);
  assert.throws(
    () => tokenizer.encode("the movie", undefined, 2),
    /in 2 tokens: expected more than the 2 around/,
  );
});
