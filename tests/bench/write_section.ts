import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

/** Puts a part's text between its markers in docs/benchmarks.md, or in another document. */
export async function writeSection(part: string, text: string, path = "docs/benchmarks.md"): Promise<void> {
  const file = new URL(path, ROOT);
  const document = await Deno.readTextFile(file);
  const [begin, end] = [`<!-- bench: ${part} -->`, `<!-- end: ${part} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) {
    throw new Error(
      `Cannot write the table of "${part}": ${path} lacks "${begin}" before "${end}"`,
    );
  }
  await Deno.writeTextFile(
    file,
    `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`,
  );
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", fileURLToPath(file)] }).output();
}
