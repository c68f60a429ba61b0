import { readText } from "../../files/read_file.ts";
import { fields, parseShape } from "../../files/schema.ts";
import { ifFound } from "../../files/not_found.ts";
import { loadTokenizer } from "../tokenizer.ts";
import { numberedTokens, readTokenizerFiles, type TokenizerFiles } from "../tokenizer_files.ts";
import { byteLevelBytes } from "./byte_level.ts";
import { KINDS, type Vocabulary, vocabularyOf } from "./vocabulary.ts";

/** What a folder of a language model says of texts. */
export interface FolderVocabulary {
  /** The tokens. */
  vocabulary: Vocabulary;
  /** The chat template, in Jinja, where `chat_template.jinja` or `tokenizer_config.json` has one. */
  chatTemplate: string | undefined;
}

/**
 * The vocabulary of a folder of Hugging Face's with `tokenizer.json`, whose rules make the tokens. Control
 * tokens in texts are always read as such, as those rules do.
 *
 * @throws {SyntaxError} where a file is damaged, {Error} where there is none
 */
export async function vocabularyFromFolder(folder: string): Promise<FolderVocabulary> {
  const files = await readTokenizerFiles(folder);
  const vocabulary = await vocabularyOfFiles(files, await endsIn(folder));
  return { vocabulary, chatTemplate: await templateIn(folder, files.config.chat_template) };
}

/** The vocabulary of a tokenizer's files; `ends` are tokens that end an answer beside its own. */
export async function vocabularyOfFiles(
  files: TokenizerFiles,
  ends: readonly number[] = [],
): Promise<Vocabulary> {
  const tokenizer = await loadTokenizer(files);
  const { tokenizer: file, config, name } = files;
  const tokens = new Array<string>(tokenizer.vocabulary).fill("");
  const kinds = new Array<number>(tokenizer.vocabulary).fill(KINDS.normal);
  for (const [token, id] of numberedTokens(file)) {
    tokens[id] = token;
    if (/^<0x[0-9A-F]{2}>$/.test(token)) kinds[id] = KINDS.byte;
  }
  for (
    const { id, content, special } of (file.added_tokens ?? []) as {
      id: number;
      content: string;
      special?: boolean;
    }[]
  ) {
    tokens[id] = content;
    kinds[id] = special ? KINDS.control : KINDS.own;
  }
  const idOf = (value: unknown): number | undefined => {
    const spelt = typeof value === "string" ? value : (value as { content?: string } | null)?.content;
    const id = spelt === undefined ? -1 : tokens.indexOf(spelt);
    return id < 0 ? undefined : id;
  };
  const [begin, end] = [idOf(config.bos_token), idOf(config.eos_token)];
  const bytesLevel = JSON.stringify(file.pre_tokenizer ?? "").includes("ByteLevel");
  const marked = tokens.some((token) => token.startsWith("\u2581"));
  return vocabularyOf({
    spaceFirst: !bytesLevel && marked,
    ids: (text) => tokenizer.ids(text),
    bytes: (id) => {
      const token = tokens[id]!;
      if (kinds[id] === KINDS.byte) return Uint8Array.of(parseInt(token.slice(3, 5), 16));
      return bytesLevel ? byteLevelBytes(token) : new TextEncoder().encode(token.replaceAll("\u2581", " "));
    },
  }, {
    name,
    tokens,
    kinds,
    begin,
    addBegin: begin !== undefined &&
      (config.add_bos_token as boolean | undefined ?? tokenizer.join([]).ids[0] === begin),
    end: [...end === undefined ? [] : [end], ...ends.filter((id) => id < tokens.length)],
  });
}

/** Tokens that end an answer, by `generation_config.json`: chats often have another than texts. */
async function endsIn(folder: string): Promise<number[]> {
  const path = `${folder}/generation_config.json`;
  const found = await ifFound(readText(path));
  if (found === undefined) return [];
  const { eos_token_id: ids } = parseShape<{ eos_token_id?: unknown }>(
    found,
    fields({}),
    `read ${path} (download it again where it is damaged)`,
  );
  return [ids].flat().filter((id) => typeof id === "number" && Number.isInteger(id) && id >= 0) as number[];
}

/** The template in a file of its own, or in the settings: one, or several by name, of which `default`. */
async function templateIn(folder: string, setting: unknown): Promise<string | undefined> {
  const own = await ifFound(readText(`${folder}/chat_template.jinja`));
  if (own !== undefined) return own;
  if (typeof setting === "string") return setting;
  if (!Array.isArray(setting)) return undefined;
  const named = setting as { name?: unknown; template?: unknown }[];
  const template = (named.find(({ name }) => name === "default") ?? named[0])?.template;
  return typeof template === "string" ? template : undefined;
}
