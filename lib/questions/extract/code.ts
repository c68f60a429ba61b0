import type { CodeQuestion } from "../question.ts";
import { stripped } from "./letter.ts";

/**
 * The program in a reply: the last fenced block that defines the function, else the first block, else the
 * whole reply. The question's own beginning goes before it, with the imports and helpers that it has: of two
 * definitions of the function Python keeps the reply's, and a reply that only goes on with the body
 * completes it.
 */
export function codeIn(reply: string, { prompt, entryPoint }: CodeQuestion): string {
  const blocks = [...reply.matchAll(/^[ \t]*(`{3,}|~{3,})[^\n]*\n([\s\S]*?)^[ \t]*\1[ \t]*$/gm)].map((
    match,
  ) => match[2]!);
  const defines = (code: string) => new RegExp(`^(?:async )?def ${entryPoint}\\s*\\(`, "m").test(code);
  const code = blocks.findLast(defines) ?? blocks[0] ?? reply;
  return defines(code) ? `${prompt}\n${code}` : prompt + code;
}

/**
 * The program that AGP's released code reads: the reply without any of the characters of a fence and of the
 * word "python" at its beginning, so that code which begins with one of these letters loses it.
 */
export function releasedCode(reply: string): string {
  return stripped(stripped(reply, "`python\n", "left"), "`\n", "right");
}
