import { fileURLToPath } from "node:url";

const DOCUMENT = new URL("../../docs/benchmarks.md", import.meta.url);

/** Puts a part's text between its markers in docs/benchmarks.md. */
export async function writeSection(part: string, text: string): Promise<void> {
  const document = await Deno.readTextFile(DOCUMENT);
  const [begin, end] = [`<!-- bench: ${part} -->`, `<!-- end: ${part} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) {
    throw new Error(
      `Cannot write the table of "${part}": docs/benchmarks.md lacks "${begin}" before "${end}"`,
    );
  }
  await Deno.writeTextFile(
    DOCUMENT,
    `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`,
  );
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", fileURLToPath(DOCUMENT)] }).output();
}
