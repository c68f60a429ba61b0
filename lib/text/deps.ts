/** Dependencies of text beyond the library's own, pinned and imported when first used. */
import { importPackage } from "../deps.ts";

export type { Tokenizer } from "npm:@huggingface/tokenizers@0.2.0";

/** Hugging Face's tokenizers, written in JavaScript. */
export const importTokenizers = (): Promise<typeof import("npm:@huggingface/tokenizers@0.2.0")> =>
  importPackage("npm:@huggingface/tokenizers@0.2.0");
