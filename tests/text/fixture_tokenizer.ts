import { loadTokenizer, type TextTokenizer } from "../../lib/text/tokenizer.ts";
import type { TokenizerJson } from "../../lib/text/tokenizer_files.ts";

interface Answer {
  ids: number[];
  types: number[];
}

/** A tokenizer's file, and what the reference library makes of texts by it. */
export interface Reference {
  file: TokenizerJson & { model: { merges?: [string, string][] } };
  texts: (Answer & { offsets: [number, number][]; decoded: string })[];
  pairs: Answer[];
  cut: Answer[][];
}

/** Texts, and small tokenizers by their names. */
export const fixture: {
  texts: string[];
  pairs: [string, string][];
  lengths: number[];
  tokenizers: Record<string, Reference>;
} = JSON.parse(await Deno.readTextFile(new URL("../fixtures/tokenizers.json", import.meta.url)));

/** A tokenizer of the fixture. */
export const of = ({ file }: Reference): Promise<TextTokenizer> =>
  loadTokenizer({ tokenizer: file, config: {}, name: "the fixture" });

/** One of the small tokenizers of the fixture, by its name there. */
export const tokenizerOf = (name: string): Promise<TextTokenizer> => of(fixture.tokenizers[name]!);
