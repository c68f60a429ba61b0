import type { Json } from "../protocol/wire.ts";
import type { Language } from "./language.ts";
import { plainText } from "./language_words.ts";
import { charactersOf, unitsOf } from "./text_position.ts";

/** So many completions are shown: nobody reads more. */
const MOST = 500;

/**
 * Answers an `inspect_request`: the doc comment and the types of what stands at the cursor, or of its call.
 */
export async function inspectionOf(language: Language, { code, cursor_pos }: Json): Promise<Json> {
  const text = String(code);
  const found = await language.lookUp(text, unitsOf(text, Number(cursor_pos)));
  if (found === undefined) return { status: "ok", found: false, data: {}, metadata: {} };
  const data = { "text/plain": plainText(found), "text/markdown": found };
  return { status: "ok", found: true, data, metadata: {} };
}

/**
 * Answers a `complete_request`. Deno's own kernel, which knows the names of values, is asked where the
 * language server knows nothing, and before it as long as that only begins: what nobody else knows is worth
 * the wait.
 *
 * @param own asks Deno's kernel
 */
export async function completionOf(
  language: Language,
  content: Json,
  own: () => Promise<Json | undefined>,
): Promise<Json> {
  const known = () => serverCompletion(language, content);
  for (const ask of language.isWarm ? [known, own] : [own, known]) {
    const answer = await ask();
    if ((answer?.matches as unknown[] | undefined)?.length) return answer!;
  }
  const end = Number(content.cursor_pos);
  return { status: "ok", matches: [], cursor_start: end, cursor_end: end, metadata: {} };
}

/** Completions of the language server; `undefined` where it knows none. */
async function serverCompletion(
  language: Language,
  { code, cursor_pos }: Json,
): Promise<Json | undefined> {
  const text = String(code);
  const end = Number(cursor_pos);
  const units = unitsOf(text, end);
  const found = (await language.complete(text, units))?.slice(0, MOST);
  if (!found?.length) return undefined;
  const start = end - charactersOf(/[\w$]*$/.exec(text.slice(0, units))![0], Infinity);
  return {
    status: "ok",
    matches: found.map(({ label }) => label),
    cursor_start: start,
    cursor_end: end,
    metadata: {
      _jupyter_types_experimental: found.map(({ label, kind }) => ({ text: label, type: kind, start, end })),
    },
  };
}
