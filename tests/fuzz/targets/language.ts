import assert from "node:assert/strict";
import { GGML_TYPES, type GgmlType } from "../../../lib/formats/ggml/types.ts";
import { decodeImatrix, encodeImatrix } from "../../../lib/formats/gguf/imatrix.ts";
import { openGguf } from "../../../lib/formats/gguf/open_gguf.ts";
import type { GgufValue } from "../../../lib/formats/gguf/values.ts";
import { encodeGguf } from "../../../lib/formats/gguf/write_gguf.ts";
import { limits, setLimits } from "../../../lib/limits.ts";
import { optionsOfConfig } from "../../../lib/lm/read/from_hugging_face.ts";
import { decoderFromLlama2c } from "../../../lib/lm/read/from_llama2c.ts";
import { readDecoder, stepGraph } from "../../../lib/lm/read/load_decoder.ts";
import { fields, parseShape } from "../../../lib/files/schema.ts";
import { architectureOf } from "../../../lib/text/load_encoder.ts";
import { loadTokenizer } from "../../../lib/text/tokenizer.ts";
import { parseTokenizer } from "../../../lib/text/tokenizer_files.ts";
import { vocabularyOfFiles } from "../../../lib/text/vocabulary/from_folder.ts";
import { vocabularyFromGguf } from "../../../lib/text/vocabulary/from_gguf.ts";
import { vocabularyFromLlama2c } from "../../../lib/text/vocabulary/from_llama2c.ts";
import type { Vocabulary } from "../../../lib/text/vocabulary/vocabulary.ts";
import { decoderGguf } from "../../lm/decoder_gguf.ts";
import { damageJson } from "../mutate_json.ts";
import { CLEAR, NAMED, SENTENCE, type Target } from "../target.ts";
import { decoded, encoded, noise } from "./seeds.ts";

const word = (value: string): GgufValue => ({ type: "string", value });
const whole = (value: number): GgufValue => ({ type: "uint32", value });
const words = (...value: string[]): GgufValue => ({ type: "array", of: "string", value });

const PIECES = ["<unk>", "<s>", "</s>", "<0x41>", "\u2581", "a", "b", "ab", "\u2581a", "<|im_end|>"];
const KINDS = [2, 3, 3, 6, 1, 1, 1, 1, 1, 3];

const sentencePieces: [string, GgufValue][] = [
  ["tokenizer.ggml.model", word("llama")],
  ["tokenizer.ggml.tokens", words(...PIECES)],
  ["tokenizer.ggml.scores", { type: "array", of: "float32", value: Float32Array.from(PIECES, (_, i) => -i) }],
  ["tokenizer.ggml.token_type", { type: "array", of: "int32", value: Int32Array.from(KINDS) }],
  ["tokenizer.ggml.bos_token_id", whole(1)],
  ["tokenizer.ggml.eos_token_id", whole(2)],
  ["tokenizer.ggml.unknown_token_id", whole(0)],
  ["tokenizer.ggml.add_bos_token", { type: "bool", value: true }],
];

/** A file with values of all kinds, and a tensor of each element type. */
const allKinds = await encodeGguf({
  metadata: new Map<string, GgufValue>([
    ["general.architecture", word("llama")],
    ["general.alignment", whole(32)],
    ["tokens", words("<s>", "a", "b", "ab")],
    ["scores", { type: "array", of: "float32", value: Float32Array.of(0, -1, -2, -3) }],
    ["flag", { type: "bool", value: true }],
    ["large", { type: "uint64", value: 2n ** 40n }],
    ["nested", {
      type: "array",
      of: "array",
      value: [{ type: "array", of: "int16", value: Int16Array.of(-1) }],
    }],
  ]),
  tensors: (Object.keys(GGML_TYPES) as GgmlType[]).map((type) => ({
    name: `t.${type}`,
    dims: [GGML_TYPES[type].weights],
    type,
    blocks: () => noise(GGML_TYPES[type].bytes),
  })),
});

const byteLevelGguf = await encodeGguf({
  metadata: new Map<string, GgufValue>([
    ["tokenizer.ggml.model", word("gpt2")],
    ["tokenizer.ggml.pre", word("llama-bpe")],
    [
      "tokenizer.ggml.tokens",
      words("a", "b", "\u0120", "ab", "\u0120ab", "<|eot_id|>", "A", "B"),
    ],
    ["tokenizer.ggml.merges", words("a b", "\u0120 ab")],
    ["tokenizer.ggml.token_type", {
      type: "array",
      of: "int32",
      value: Int32Array.of(1, 1, 1, 1, 1, 3, 1, 4),
    }],
    ["tokenizer.ggml.bos_token_id", whole(5)],
    ["tokenizer.ggml.eos_token_id", whole(5)],
  ]),
  tensors: [],
});

const sentencePieceGguf = await encodeGguf({ metadata: new Map(sentencePieces), tensors: [] });

const decoder = await decoderGguf();

/** A decoder as a graph, of which the tables of positions alone may be as large as the default limit allows. */
async function decoderWithin(bytes: Uint8Array): Promise<unknown> {
  const { positions } = limits();
  setLimits({ positions: 2 ** 16 });
  try {
    return stepGraph(await readDecoder(bytes));
  } finally {
    setLimits({ positions });
  }
}

async function readGguf(bytes: Uint8Array): Promise<unknown> {
  const file = await openGguf(bytes);
  const tensors = [];
  for (const name of file.tensors.keys()) tensors.push(await file.read(name));
  return tensors;
}

const TEXT = "ab a<|im_end|>\u00e9 😀";

/** A vocabulary writes and reads a text with tokens of its own. */
function useVocabulary(vocabulary: Vocabulary, text = TEXT): unknown {
  const ids = vocabulary.encode(text, { special: true });
  for (const id of [...ids, ...vocabulary.end]) {
    assert.ok(Number.isInteger(id) && id >= 0 && id < vocabulary.size, `a token ${id} of ${vocabulary.size}`);
  }
  return [vocabulary.decode(ids), vocabulary.decode([...vocabulary.encode("a"), 0])];
}

/** A tokenizer's file is read, and a text with it, there and back, for encoders and for language models. */
async function useTokenizer(bytes: Uint8Array, name: string): Promise<unknown> {
  const files = { tokenizer: parseTokenizer(decoded(bytes), name), config: { eos_token: "</s>" }, name };
  const tokenizer = await loadTokenizer(files);
  const { ids, types } = tokenizer.encode(TEXT, "b a", 16);
  assert.equal(ids.length, types.length);
  for (const id of ids) {
    assert.ok(Number.isInteger(id) && id >= 0 && id < tokenizer.vocabulary, `a token ${id}`);
  }
  const back = tokenizer.decode(ids);
  assert.equal(typeof back, "string");
  return useVocabulary(await vocabularyOfFiles(files));
}

const WORD_PIECE = {
  added_tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map((content, id) => ({ id, content, special: true })),
  normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, lowercase: true },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "[CLS]", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
    pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
    special_tokens: { "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] } },
  },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: { "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 4, "##b": 5, "b": 6 },
  },
};

const BYTE_LEVEL = {
  added_tokens: [{ id: 0, content: "</s>", special: true }],
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: { type: "ByteLevel", add_prefix_space: true, trim_offsets: false, use_regex: true },
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: {
    type: "BPE",
    unk_token: "</s>",
    fuse_unk: false,
    byte_fallback: false,
    vocab: { "</s>": 0, "a": 1, "b": 2, "ab": 3, "\u0120": 4, "\u0120a": 5 },
    merges: [["a", "b"], "\u0120 a"],
  },
};

const UNIGRAM = {
  added_tokens: [{ id: 1, content: "</s>", special: true }],
  normalizer: { type: "Sequence", normalizers: [{ type: "NFKC" }] },
  pre_tokenizer: {
    type: "Metaspace",
    replacement: "\u2581",
    add_prefix_space: true,
    prepend_scheme: "always",
  },
  decoder: { type: "Metaspace", replacement: "\u2581", add_prefix_space: true, prepend_scheme: "always" },
  model: {
    type: "Unigram",
    unk_id: 0,
    vocab: [["<unk>", 0], ["</s>", 0], ["\u2581", -2], ["a", -3], ["b", -3], ["\u2581ab", -4]],
  },
};

/** Llama 2's, as its tokenizer.json has it. */
const CHARACTERS = {
  added_tokens: [{ id: 0, content: "<unk>", special: true }, { id: 2, content: "</s>", special: true }],
  normalizer: {
    type: "Sequence",
    normalizers: [{ type: "Prepend", prepend: "\u2581" }, {
      type: "Replace",
      pattern: { String: " " },
      content: "\u2581",
    }],
  },
  pre_tokenizer: null,
  decoder: {
    type: "Sequence",
    decoders: [
      { type: "Replace", pattern: { String: "\u2581" }, content: " " },
      { type: "ByteFallback" },
      { type: "Fuse" },
      { type: "Strip", content: " ", start: 1, stop: 0 },
    ],
  },
  model: {
    type: "BPE",
    unk_token: "<unk>",
    fuse_unk: true,
    byte_fallback: true,
    vocab: { "<unk>": 0, "<0x41>": 1, "</s>": 2, "\u2581": 3, "a": 4, "b": 5, "ab": 6, "\u2581ab": 7 },
    merges: ["a b", "\u2581 ab"],
  },
};

const ENCODER = {
  model_type: "bert",
  vocab_size: 6,
  max_position_embeddings: 8,
  num_hidden_layers: 1,
  hidden_size: 4,
  num_attention_heads: 2,
  intermediate_size: 4,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
  hidden_act: "gelu",
  position_embedding_type: "absolute",
  id2label: { 0: "a", 1: "b" },
};

const CONFIG = {
  model_type: "llama",
  vocab_size: 6,
  hidden_size: 8,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: null,
  num_hidden_layers: 1,
  intermediate_size: 4,
  max_position_embeddings: 16,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  rope_scaling: {
    rope_type: "llama3",
    factor: 8,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 8,
  },
  tie_word_embeddings: true,
};

function llama2cTokens(): Uint8Array {
  const tokens = ["<unk>", "\n<s>\n", "\n</s>\n", "<0x41>", " ", "a", "b", "ab"];
  const parts = tokens.flatMap((token, i) => {
    const bytes = encoded(token);
    return [...new Uint8Array(Float32Array.of(-i).buffer), bytes.length, 0, 0, 0, ...bytes];
  });
  return Uint8Array.of(6, 0, 0, 0, ...parts);
}

function llama2cModel(): Uint8Array {
  const sizes = [4, 2, 1, 1, 1, 3, 2];
  const weights = 3 * 4 + 4 + 4 * 16 + 4 + 3 * 8 + 4 + 2 * 2 * 2;
  return Uint8Array.of(...new Uint8Array(Int32Array.from(sizes).buffer), ...noise(4 * weights));
}

const tokenizer = (name: string, file: object): Target => ({
  name: `tokenizer.json, ${name}`,
  seed: () => encoded(JSON.stringify(file)),
  damage: damageJson,
  decode: useTokenizer,
  clear: NAMED,
});

/** Language models of other programs, and their vocabularies. */
export const LANGUAGE: readonly Target[] = [
  { name: "GGUF, header and blocks of all types", seed: () => allKinds, decode: readGguf, clear: CLEAR },
  {
    name: "GGUF, language model",
    seed: () => decoder,
    decode: decoderWithin,
    clear: SENTENCE,
    slow: true,
  },
  {
    name: "GGUF, vocabulary of SentencePiece",
    seed: () => sentencePieceGguf,
    decode: async (bytes) => useVocabulary(vocabularyFromGguf(await openGguf(bytes))),
    clear: NAMED,
  },
  {
    name: "GGUF, vocabulary of bytes",
    seed: () => byteLevelGguf,
    decode: async (bytes) => useVocabulary(vocabularyFromGguf(await openGguf(bytes)), "ab ab<|eot_id|>A"),
    clear: NAMED,
  },
  {
    name: "importance matrix",
    seed: () =>
      encodeImatrix({
        entries: { "blk.0.attn_q.weight": Float32Array.of(1, 2, 3), b: Float32Array.of(4) },
        chunks: 2,
        dataset: "text",
      }),
    decode: decodeImatrix,
  },
  {
    name: "llama2.c, vocabulary",
    seed: llama2cTokens,
    decode: async (bytes) => useVocabulary(await vocabularyFromLlama2c(bytes)),
    clear: NAMED,
  },
  { name: "llama2.c, language model", seed: llama2cModel, decode: decoderFromLlama2c },
  tokenizer("WordPiece", WORD_PIECE),
  tokenizer("bytes", BYTE_LEVEL),
  tokenizer("Unigram", UNIGRAM),
  tokenizer("SentencePiece's BPE", CHARACTERS),
  {
    name: "config.json of an encoder",
    seed: () => encoded(JSON.stringify(ENCODER)),
    damage: damageJson,
    decode(bytes, name) {
      const { build, kinds } = architectureOf(decoded(bytes), name);
      return kinds >= 0 && typeof build;
    },
    clear: NAMED,
  },
  {
    name: "config.json of a decoder",
    seed: () => encoded(JSON.stringify(CONFIG)),
    damage: damageJson,
    decode: (bytes, name) => optionsOfConfig(parseShape(decoded(bytes), fields({}), `read ${name}`)),
    clear: SENTENCE,
  },
];
