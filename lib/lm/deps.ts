/** What language models need beyond the library's own dependencies, pinned and imported when first used.*/
import { importPackage } from "../deps.ts";

/** Hugging Face's Jinja, in which chat templates are written. */
export const importJinja = (): Promise<typeof import("npm:@huggingface/jinja@0.5.11")> =>
  importPackage("npm:@huggingface/jinja@0.5.11");
