import { TypeError } from "../../errors.ts";
import type { GgufMetadata, GgufValue } from "../../formats/gguf/values.ts";
import { numberedTokens, type TokenizerFiles } from "../tokenizer_files.ts";
import { KINDS, type Vocabulary } from "./vocabulary.ts";

/** A rule of `tokenizer.json` by which texts are cut, as far as it is looked at here. */
interface Rule {
  type: string;
  pretokenizers?: readonly Rule[];
  normalizers?: readonly Rule[];
  individual_digits?: boolean;
  use_regex?: boolean;
  pattern?: { Regex?: string; String?: string };
  prepend_scheme?: string;
  add_prefix_space?: boolean;
}

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const words = (digits: string) =>
  `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|` +
  "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Names in GGUF files of ways to cut texts into words, by the rules that `tokenizer.json` has for them. */
const CUTS: readonly (readonly [name: string, rules: string])[] = [
  ["gpt-2", "words"],
  ["smollm", "digits, words"],
  ["llama-bpe", words("{1,3}")],
  ["qwen2", words("")],
];

/** Rank of tokens that no merge makes. */
const NEVER = 1e6;

/** What cuts a text, in short: rules without effect are left out. */
function cutsOf(rule: Rule | null | undefined): string[] {
  if (!rule) return [];
  if (rule.type === "Sequence") return (rule.pretokenizers ?? []).flatMap(cutsOf);
  if (rule.type === "ByteLevel") return rule.use_regex === false ? [] : ["words"];
  if (rule.type === "Digits" && rule.individual_digits) return ["digits"];
  if (rule.type === "Split") return [rule.pattern?.Regex ?? `"${rule.pattern?.String}"`];
  return [rule.type];
}

const flat = (rule: Rule | null | undefined): Rule[] =>
  !rule ? [] : [rule, ...[...rule.pretokenizers ?? [], ...rule.normalizers ?? []].flatMap(flat)];

type BpeModel = TokenizerFiles["tokenizer"]["model"] & {
  merges?: readonly (string | readonly [string, string])[];
  byte_fallback?: boolean;
  unk_token?: string | null;
};

/** The spelling and the kind of each row of a table of tokens, of which there may be more than tokens. */
function tokensAndKinds(
  tokenizer: TokenizerFiles["tokenizer"],
  rows: number,
  refuse: (why: string) => TypeError,
): { tokens: string[]; kinds: Int32Array } {
  const model = tokenizer.model as BpeModel;
  const tokens = Array.from({ length: rows }, (_, id) => `[PAD${id}]`);
  const kinds = new Int32Array(rows).fill(KINDS.unused);
  const set = (token: string, id: number, kind: number) => {
    if (id >= rows) throw refuse(`it has a token ${id}, and the model only ${rows}`);
    [tokens[id], kinds[id]] = [token, kind];
  };
  for (const [token, id] of numberedTokens(tokenizer)) {
    const kind = token === model.unk_token
      ? KINDS.unknown
      : /^<0x[0-9A-F]{2}>$/.test(token)
      ? KINDS.byte
      : KINDS.normal;
    set(token, id, kind);
  }
  type Added = { id: number; content: string; special?: boolean };
  for (const { id, content, special } of (tokenizer.added_tokens ?? []) as Added[]) {
    if (kinds[id] !== KINDS.unknown) set(content, id, special ? KINDS.control : KINDS.own);
  }
  return { tokens, kinds };
}

/**
 * The vocabulary of a `tokenizer.json` in the words of GGUF files, from which {@linkcode vocabularyFromGguf}
 * and llama.cpp make the same tokens: byte-level BPE whose way to cut texts has a name there, and BPE on
 * characters that falls back on bytes, as SentencePiece's, whose scores are the ranks of merges.
 *
 * @param files the tokenizer
 * @param settings rows of the model's table of tokens, of which there may be more than tokens; the chat
 * template; the vocabulary, for the tokens that begin and end texts
 * @throws {TypeError} where GGUF files have no words for it
 */
export function vocabularyToGguf(
  { tokenizer, name }: TokenizerFiles,
  { rows, template, vocabulary }: { rows: number; template?: string | undefined; vocabulary: Vocabulary },
): GgufMetadata {
  const refuse = (why: string): TypeError =>
    new TypeError(
      `Cannot write the vocabulary of ${name} as GGUF: ${why}; read the weights from a folder without it`,
    );
  const model = tokenizer.model as BpeModel;
  const rules = flat(tokenizer.pre_tokenizer as Rule | null);
  const byteLevel = rules.some(({ type }) => type === "ByteLevel");
  if (!model.merges || (!byteLevel && !model.byte_fallback)) {
    throw refuse(
      `expected BPE on bytes, or with a fallback on bytes, found ${model.type ?? "no type"} without`,
    );
  }
  const { tokens, kinds } = tokensAndKinds(tokenizer, rows, refuse);
  const found = new Map<string, GgufValue>();
  const put = (key: string, value: GgufValue | undefined) => value && found.set(`tokenizer.${key}`, value);
  const merges = model.merges.map((merge) => typeof merge === "string" ? merge : merge.join(" "));
  put("ggml.model", { type: "string", value: byteLevel ? "gpt2" : "llama" });
  if (byteLevel) {
    const cuts = cutsOf(tokenizer.pre_tokenizer as Rule).join(", ");
    const pre = CUTS.find(([, rules]) => rules === cuts)?.[0];
    if (pre === undefined) {
      throw refuse(
        `texts are cut by ${cuts || "no rule"}, for which it has none of ${
          CUTS.map(([name]) => name).join(", ")
        }`,
      );
    }
    put("ggml.pre", { type: "string", value: pre });
    put("ggml.merges", { type: "array", of: "string", value: merges });
  } else {
    const ranks = new Map<string, number>();
    merges.forEach((merge, rank) => {
      const token = merge.replace(" ", "");
      if (!ranks.has(token)) ranks.set(token, rank + 1);
    });
    put("ggml.scores", {
      type: "array",
      of: "float32",
      value: Float32Array.from(tokens, (token) => -(ranks.get(token) ?? NEVER)),
    });
    const marks = [...rules, ...flat(tokenizer.normalizer as Rule | null)];
    const spaceFirst = marks.some(({ type, prepend_scheme: scheme, add_prefix_space: add }) =>
      type === "Prepend" ||
      (type === "Metaspace" && (scheme === undefined ? add !== false : scheme !== "never"))
    );
    put("ggml.add_space_prefix", { type: "bool", value: spaceFirst });
  }
  put("ggml.tokens", { type: "array", of: "string", value: tokens });
  put("ggml.token_type", { type: "array", of: "int32", value: kinds });
  const id = (id: number | undefined): GgufValue | undefined =>
    id === undefined ? undefined : { type: "uint32", value: id };
  const [eos, eot] = vocabulary.end;
  put("ggml.bos_token_id", id(vocabulary.begin));
  put("ggml.eos_token_id", id(eos));
  put("ggml.eot_token_id", id(eot));
  put(
    "ggml.unknown_token_id",
    id(model.unk_token ? new Map(numberedTokens(tokenizer)).get(model.unk_token) : undefined),
  );
  put("ggml.add_bos_token", { type: "bool", value: vocabulary.addBegin });
  put("chat_template", template === undefined ? undefined : { type: "string", value: template });
  return found;
}
