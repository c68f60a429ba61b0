import { loadTokenizer, type TextTokenizer } from "../../lib/text/tokenizer.ts";

const { tokenizers } = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/tokenizers.json", import.meta.url)),
);

/** One of the small tokenizers of the fixture, by its name there. */
export const tokenizerOf = (name: string): Promise<TextTokenizer> =>
  loadTokenizer({ tokenizer: tokenizers[name].file, config: {}, name });
