import assert from "node:assert/strict";
import { openGguf } from "../../lib/formats/gguf/open_gguf.ts";
import type { GgufValue } from "../../lib/formats/gguf/values.ts";
import { encodeGguf } from "../../lib/formats/gguf/write_gguf.ts";
import { vocabularyFromGguf } from "../../lib/text/vocabulary/from_gguf.ts";
import { vocabularyFromLlama2c } from "../../lib/text/vocabulary/from_llama2c.ts";
import { dataFile } from "../data.ts";

const SEPARATOR = "\n__ggml_vocab_test__\n";

for (const kind of ["llama-spm", "gpt-2", "deepseek-llm"]) {
  const path = dataFile(`lm/vocab/ggml-vocab-${kind}.gguf`);
  Deno.test({
    name: `vocabulary of GGUF: the ids of llama.cpp's own test pairs, and back, ${kind}`,
    ignore: !path,
    async fn() {
      const vocabulary = vocabularyFromGguf(await openGguf(path!));
      const texts = (await Deno.readTextFile(`${path}.inp`)).replace(/\n__ggml_vocab_test__\n?$/, "").split(
        SEPARATOR,
      );
      const ids = (await Deno.readTextFile(`${path}.out`)).replace(/\n$/, "").split("\n")
        .map((line) => line.trim().split(/\s+/).filter(Boolean).map(Number));
      assert.equal(texts.length, ids.length);
      texts.forEach((text, i) => {
        const own = vocabulary.encode(text, { begin: false });
        assert.deepEqual(own, ids[i], JSON.stringify(text));
        assert.equal(vocabulary.decode(own), text);
      });
    },
  });
}

Deno.test("tokens that begin and end texts are among the tokens, or there are none", async () => {
  const words = (value: string[]): GgufValue => ({ type: "array", of: "string", value });
  const bytes = await encodeGguf({
    metadata: new Map<string, GgufValue>([
      ["tokenizer.ggml.model", { type: "string", value: "gpt2" }],
      ["tokenizer.ggml.tokens", words(["a", "b", "ab"])],
      ["tokenizer.ggml.merges", words(["a b"])],
      ["tokenizer.ggml.bos_token_id", { type: "uint32", value: 2 ** 32 - 1 }],
      ["tokenizer.ggml.eos_token_id", { type: "uint32", value: 3 }],
      ["tokenizer.ggml.add_bos_token", { type: "bool", value: true }],
    ]),
    tensors: [],
  });
  const { begin, end, encode, decode } = vocabularyFromGguf(await openGguf(bytes));
  assert.deepEqual([begin, end.size, encode("ab"), decode([2])], [undefined, 0, [2], "ab"]);
});

Deno.test("a vocabulary of llama2.c without a begin and an end is refused", async () => {
  const bytes = Uint8Array.of(1, 0, 0, 0, ...[0, 0, 0, 0, 1, 0, 0, 0, 97]);
  await assert.rejects(vocabularyFromLlama2c(bytes), /^SyntaxError: .*begin and end texts, found 1 in all/);
});

const [bin, gguf] = ["tok512.bin", "stories260K-f32.gguf"].map((path) => dataFile(`lm/${path}`));

Deno.test({
  name: "vocabulary of llama2.c: the same ids as that of the GGUF file",
  ignore: !bin || !gguf,
  async fn() {
    const [own, other] = [await vocabularyFromLlama2c(bin!), vocabularyFromGguf(await openGguf(gguf!))];
    for (const text of ["", "Once upon a time, Lily", "  two\n\nlines ", "ünïcode 🦙", "</s> is text"]) {
      assert.deepEqual(own.encode(text), other.encode(text), text);
      assert.equal(own.encode(text)[0], 1);
      assert.equal(own.decode(own.encode(text)), text);
    }
    assert.deepEqual(own.encode("a</s>b", { special: true }).filter((id) => id < 3), [1, 2]);
  },
});
