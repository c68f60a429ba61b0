import assert from "node:assert/strict";
import { loadTokenizer, type TextTokenizer } from "../../lib/text/tokenizer.ts";
import { hasCapitals } from "../../lib/text/tokenizer_files.ts";
import { fixture, of } from "./fixture_tokenizer.ts";

/** A folder with files, until it is disposed of. */
async function folderOf(files: Record<string, string>): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${path}/${name}`, text);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

const byId = (vocab: Readonly<Record<string, number>>) =>
  Object.entries(vocab).sort(([, a], [, b]) => a - b).map(([piece]) => piece);

function assertSame(one: TextTokenizer, other: TextTokenizer): void {
  for (const text of fixture.texts) assert.deepEqual(one.encode(text), other.encode(text));
  for (const [first, second] of fixture.pairs) {
    assert.deepEqual(one.encode(first, second), other.encode(first, second));
  }
  assert.equal(one.vocabulary, other.vocabulary);
}

Deno.test("the older files, vocab.txt or vocab.json with merges.txt, give the same tokenizer", async () => {
  for (const name of ["WordPiece, uncased", "WordPiece, cased"]) {
    const { file } = fixture.tokenizers[name]!;
    await using folder = await folderOf({
      "vocab.txt": byId(file.model.vocab as Record<string, number>).join("\n") + "\n",
    });
    assertSame(await loadTokenizer(folder.path), await of(fixture.tokenizers[name]!));
  }
  const { file } = fixture.tokenizers["byte-level BPE of RoBERTa"]!;
  const merges = ["#version: 0.2", ...file.model.merges!.map((pair) => pair.join(" "))].join("\n");
  await using folder = await folderOf({
    "vocab.json": JSON.stringify(file.model.vocab),
    "merges.txt": merges,
    "tokenizer_config.json": `{"add_prefix_space": true}`,
  });
  assertSame(await loadTokenizer(folder.path), await of(fixture.tokenizers["byte-level BPE of RoBERTa"]!));
});

Deno.test("files that are no tokenizer are errors that say what was looked for", async () => {
  await using empty = await folderOf({ "config.json": "{}" });
  await assert.rejects(loadTokenizer(empty.path), /expected tokenizer.json, vocab.txt, .* found config.json/);
  await using damaged = await folderOf({ "tokenizer.json": `{"model": ` });
  await assert.rejects(loadTokenizer(damaged.path), SyntaxError);
  await using other = await folderOf({ "tokenizer.json": `{"version": "1.0"}` });
  await assert.rejects(loadTokenizer(other.path), /tokenizer\.json .*: model is missing/);
  await using list = await folderOf({ "vocab.txt": "the\ncat\n" });
  await assert.rejects(loadTokenizer(list.path), /\[CLS\] and \[SEP\]/);
  await assert.rejects(loadTokenizer("no/such/folder"), /Cannot load a tokenizer from no\/such\/folder/);
});

Deno.test("a vocabulary knows capitals where a word has one: signs without a small letter and names in brackets are none", () => {
  assert.equal(hasCapitals(["[CLS]", "<S>", "the", "ℝ"]), false);
  assert.equal(hasCapitals(["[CLS]", "the", "The"]), true);
});

Deno.test("a vocabulary in another encoding is named", async () => {
  await using folder = await folderOf({});
  const path = `${folder.path}/vocab.txt`;
  await Deno.writeFile(path, Uint8Array.of(0x67, 0xf6, 0x0a));
  await assert.rejects(loadTokenizer(folder.path), {
    name: "SyntaxError",
    message: `Cannot read ${path}: expected text in UTF-8; take the file as it was published`,
  });
});
