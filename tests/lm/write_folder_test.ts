import assert from "node:assert/strict";
import { llamaServer } from "../../lib/chat/llama_server.ts";
import { openGguf } from "../../lib/formats/gguf/open_gguf.ts";
import { numbersAt, textAt, textsAt } from "../../lib/formats/gguf/values.ts";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { generateText } from "../../lib/lm/generate.ts";
import { openLanguageModel } from "../../lib/lm/language_model.ts";
import { readDecoder } from "../../lib/lm/read/load_decoder.ts";
import { writeLanguageModel } from "../../lib/lm/write/write_language_model.ts";
import { decoder } from "../../lib/nn/decoder.ts";
import { vocabularyFromGguf } from "../../lib/text/vocabulary/from_gguf.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { dataFile } from "../data.ts";
import { inFolder } from "../in_folder.ts";

const SIZES = { context: 128, layers: 2, hidden: 32, heads: 4, neurons: 64, seed: 5 };

/** A folder of Hugging Face's with drawn weights and this tokenizer. */
async function writeFolder(
  folder: string,
  { vocabulary, tokenizer, config }: {
    vocabulary: number;
    tokenizer: unknown;
    config: Record<string, unknown>;
  },
): Promise<void> {
  const { graph } = decoder({ ...SIZES, vocabulary });
  const weights = [...graph.initializers].filter(([name]) => name.endsWith(".weight"));
  await Deno.writeFile(
    `${folder}/model.safetensors`,
    encodeSafetensors(Object.fromEntries(weights) as Record<string, Tensor>),
  );
  const json = (name: string, value: unknown) =>
    Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(value));
  await json("config.json", {
    model_type: "llama",
    vocab_size: vocabulary,
    hidden_size: SIZES.hidden,
    num_attention_heads: SIZES.heads,
    num_hidden_layers: SIZES.layers,
    intermediate_size: SIZES.neurons,
    max_position_embeddings: SIZES.context,
    rms_norm_eps: 1e-5,
  });
  await json("tokenizer.json", tokenizer);
  await json("tokenizer_config.json", config);
}

/** All 256 bytes and some merges, cut as GPT-2 or others do. */
function byteLevelTokenizer(rules: readonly unknown[]) {
  const plain = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let next = 256;
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(plain(byte) ? byte : next++));
  const merges = "Ġ t,h e,Ġt he,1 2,Ġ Ġ,' s,t h".split(",").map((merge) => merge.split(" "));
  const tokens = [...bytes, ...merges.map((pair) => pair.join("")), "<|end|>", "<|turn|>"];
  return {
    model: {
      type: "BPE",
      vocab: Object.fromEntries(tokens.slice(0, -2).map((token, id) => [token, id])),
      merges,
    },
    pre_tokenizer: { type: "Sequence", pretokenizers: rules },
    decoder: { type: "ByteLevel" },
    added_tokens: [
      { id: tokens.length - 2, content: "<|end|>", special: true },
      { id: tokens.length - 1, content: "<|turn|>", special: true },
    ],
  };
}

const byteLevel = (use_regex: boolean) => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex,
});
const split = (digits: string) => ({
  type: "Split",
  pattern: {
    Regex: "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}" + digits +
      "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  },
  behavior: "Isolated",
  invert: false,
});
const TEXTS = ["the 12123 theses' the's  THE'S", "  a\n\n b\tü 🦙 12 345", "", "x_the(1212)!\r\n<|end|>"];
const config = { eos_token: "<|end|>", chat_template: "{{ messages[0].content }}<|turn|>" };

const python = Deno.env.get("ESPALIER_PYTHON") ?? "python3";
for (
  const [pre, rules] of [
    ["gpt-2", [byteLevel(true)]],
    ["smollm", [{ type: "Digits", individual_digits: true }, byteLevel(true)]],
    ["llama-bpe", [split("{1,3}"), byteLevel(false)]],
    ["qwen2", [split(""), byteLevel(false)]],
  ] as const
) {
  Deno.test(`a folder written as GGUF has its vocabulary: the same tokens as by tokenizer.json, ${pre}`, () =>
    inFolder(async (folder) => {
      await writeFolder(folder, { vocabulary: 272, tokenizer: byteLevelTokenizer(rules), config });
      await Deno.writeTextFile(`${folder}/generation_config.json`, '{ "eos_token_id": [263, 264] }');
      const path = `${folder}/written.gguf`;
      await writeLanguageModel(path, await readDecoder(folder), { mix: "F32" });
      const file = await openGguf(path);
      assert.equal(textAt(file.metadata, "tokenizer.ggml.pre"), pre);
      assert.equal(textsAt(file.metadata, "tokenizer.ggml.tokens")!.length, 272);
      await using own = await openLanguageModel(path);
      await using other = await openLanguageModel(folder);
      for (const text of TEXTS) {
        assert.deepEqual(
          own.vocabulary.encode(text, { special: true }),
          other.vocabulary.encode(text, { special: true }),
          JSON.stringify(text),
        );
        assert.equal(own.vocabulary.decode(own.vocabulary.encode(text)), text);
      }
      assert.deepEqual(own.vocabulary.end, other.vocabulary.end);
      assert.deepEqual([own.vocabulary.addBegin, own.vocabulary.end.size], [false, 2]);
      const chat = [{ role: "user", content: "the 12" }];
      const settings = { temperature: 0, maxTokens: 6, loop: false } as const;
      const answer = await generateText(other, chat, settings);
      assert.deepEqual(await generateText(own, chat, settings), answer);

      await using server = await llamaServer(path, { python, contextTokens: 128 });
      if (!server) return; // no llama.cpp here
      const root = server.endpoint.baseURL.replace("/v1", "");
      for (const text of TEXTS) {
        const response = await fetch(`${root}/tokenize`, {
          method: "POST",
          body: JSON.stringify({ content: text, add_special: false, parse_special: true }),
        });
        const { tokens } = await response.json();
        assert.deepEqual(tokens, other.vocabulary.encode(text, { special: true }), JSON.stringify(text));
      }
    }));
}

Deno.test("a tokenizer.json that GGUF files have no words for is refused with a sentence, before a file is written", () =>
  inFolder(async (folder) => {
    const rules = [{ type: "Split", pattern: { Regex: "[a-z]+" } }, byteLevel(false)];
    await writeFolder(folder, { vocabulary: 272, tokenizer: byteLevelTokenizer(rules), config });
    const path = `${folder}/written.gguf`;
    await assert.rejects(
      writeLanguageModel(path, await readDecoder(folder)),
      /^TypeError: Cannot write the vocabulary of .*tokenizer.json as GGUF: texts are cut by \[a-z\]\+, for which/,
    );
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
    await writeFolder(folder, { vocabulary: 260, tokenizer: byteLevelTokenizer([byteLevel(true)]), config });
    await assert.rejects(
      writeLanguageModel(path, await readDecoder(folder)),
      /has a token 260, and the model only 260/,
    );
  }));

const spm = dataFile("lm/vocab/ggml-vocab-llama-spm.gguf");
Deno.test({
  name: "a folder with BPE that falls back on bytes, written as GGUF: the ids of llama.cpp's own test pairs",
  ignore: !spm,
  fn: () =>
    inFolder(async (folder) => {
      const { metadata } = await openGguf(spm!);
      const tokens = textsAt(metadata, "tokenizer.ggml.tokens")!;
      const [scores, kinds] = ["scores", "token_type"].map((key) =>
        numbersAt(metadata, `tokenizer.ggml.${key}`)!
      ) as [
        ArrayLike<number>,
        ArrayLike<number>,
      ];
      const ids = new Map(tokens.map((token, id) => [token, id]));
      // Each token in two, wherever both are tokens: the rule by which such files are made of SentencePiece's.
      const merges = tokens.flatMap((token, id) => {
        const letters = kinds[id] === 1 ? [...token] : [];
        return letters.slice(1).flatMap((_, i) => {
          const pair = [letters.slice(0, i + 1).join(""), letters.slice(i + 1).join("")] as const;
          return pair.every((part) => ids.has(part)) ? [{ pair, id }] : [];
        });
      }).sort((a, b) => scores[b.id]! - scores[a.id]!).map(({ pair }) => pair);
      const special = ["<unk>", "<s>", "</s>"];
      await writeFolder(folder, {
        vocabulary: tokens.length,
        tokenizer: {
          model: {
            type: "BPE",
            vocab: Object.fromEntries(ids),
            merges,
            byte_fallback: true,
            unk_token: "<unk>",
            fuse_unk: true,
          },
          normalizer: {
            type: "Sequence",
            normalizers: [
              { type: "Prepend", prepend: "▁" },
              { type: "Replace", pattern: { String: " " }, content: "▁" },
            ],
          },
          pre_tokenizer: null,
          decoder: { type: "ByteFallback" },
          added_tokens: special.map((content, id) => ({ id, content, special: true })),
        },
        config: { bos_token: "<s>", eos_token: "</s>", unk_token: "<unk>", add_bos_token: true },
      });
      const path = `${folder}/written.gguf`;
      await writeLanguageModel(path, await readDecoder(folder), { mix: "F32" });
      const vocabulary = vocabularyFromGguf(await openGguf(path));
      const texts = (await Deno.readTextFile(`${spm}.inp`)).replace(/\n__ggml_vocab_test__\n?$/, "")
        .split("\n__ggml_vocab_test__\n");
      const expected = (await Deno.readTextFile(`${spm}.out`)).replace(/\n$/, "").split("\n")
        .map((line) => line.trim().split(/\s+/).filter(Boolean).map(Number));
      texts.forEach((text, i) =>
        assert.deepEqual(vocabulary.encode(text, { begin: false }), expected[i], JSON.stringify(text))
      );
      assert.deepEqual([vocabulary.begin, vocabulary.addBegin, [...vocabulary.end]], [1, true, [2]]);
    }),
});
