import { existsSync } from "node:fs";

/** The repository. */
export const ROOT: URL = new URL("../", import.meta.url);

/** All files below a folder (or the file itself), as paths from the repository's root. */
export function* filesIn(path: string, extension: string): Generator<string> {
  const url = new URL(path, ROOT);
  if (!existsSync(url)) return;
  if (Deno.statSync(url).isFile) return void (path.endsWith(extension) && (yield path));
  for (const { name } of Deno.readDirSync(url)) {
    if (!name.startsWith(".")) yield* filesIn(`${path}/${name}`, extension);
  }
}

/** A file's code without its comments, in as many lines. */
export function codeOf(path: string): string {
  const text = Deno.readTextFileSync(new URL(path, ROOT));
  return text.replace(/\/\*.*?\*\//gs, (comment) => comment.replace(/[^\n]/g, ""))
    .replace(/(^|[^:"'`\w])\/\/.*$/gm, "$1");
}
