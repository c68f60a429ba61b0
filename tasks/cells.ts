import { basename, dirname, join, relative } from "node:path";
import { type Cell, joined, type Notebook, readNotebook } from "../kernels/jupyter/runner/notebook.ts";
import { LOCKED } from "../kernels/jupyter/setup/packages.ts";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";

/** How the task is used. */
export const HELP: string = `deno run -A --no-lock tasks/main.ts cells

Type-checks and lints the code cells of all notebooks; messages name notebook, cell and line.`;

/** A notebook's code cells as one module, and where each line came from. */
export interface CellModule {
  code: string;
  /** For each line of the code: its cell, counted from 1 among code cells, and its line there. */
  origin: { cell: number; line: number }[];
}

/**
 * The code cells one after the other; the kernel runs them in one scope too. Injected parameters are left
 * out.
 */
export function cellModule(notebook: Notebook): CellModule {
  const rows: string[] = [];
  const origin: CellModule["origin"] = [];
  const injected = (cell: Cell) => cell.metadata.tags?.includes("injected-parameters");
  const cells = notebook.cells.filter((cell) => cell.cell_type === "code" && !injected(cell));
  for (const [i, cell] of cells.entries()) {
    for (const [j, row] of joined(cell.source).split("\n").entries()) {
      rows.push(row);
      origin.push({ cell: i + 1, line: j + 1 });
    }
  }
  // Without imports and exports it would be a script, whose names are everybody's.
  return { code: [...rows, "export {};", ""].join("\n"), origin };
}

/** Type-checks and lints the cells of all notebooks; messages name cell and line. */
export async function task(): Promise<number> {
  const notebooks = [
    ...await notebooksIn(join(ROOT, "notebooks")),
    ...await notebooksIn(join(ROOT, "tests/notebooks")),
  ];
  const modules = new Map<string, { path: string; origin: CellModule["origin"] }>();
  try {
    for (const path of notebooks) {
      const { code, origin } = cellModule(await readNotebook(path));
      // Beside the notebook, where its relative imports begin.
      const file = join(dirname(path), `.${basename(path, ".ipynb")}_cells.ts`);
      await Deno.writeTextFile(file, code);
      modules.set(file, { path, origin });
    }
    if (!modules.size) return 0;
    const files = [...modules.keys()];
    // A cell's last value is an expression for its own sake, and the next notebook's reader may use a name.
    const lint = ["lint", "--rules-exclude=no-unused-vars,no-import-prefix,no-unversioned-import"];
    const results = [
      await deno(["check", ...LOCKED, "--quiet", ...files]),
      await deno([...lint, "--quiet", ...files]),
    ];
    for (const { said } of results) if (said) console.error(translate(said, modules));
    return results.every(({ success }) => success) ? 0 : 1;
  } finally {
    for (const file of modules.keys()) await Deno.remove(file).catch(() => {});
  }
}

/** Puts notebook, cell and line in place of the file that was checked. */
function translate(
  said: string,
  modules: Map<string, { path: string; origin: CellModule["origin"] }>,
): string {
  for (const [file, { path, origin }] of modules) {
    const places = new RegExp(`(?:file://)?${RegExp.escape(file)}:(\\d+):(\\d+)`, "g");
    said = said.replaceAll(places, (_, line: string, column: string) => {
      const from = origin[Number(line) - 1];
      return `${relative(ROOT, path)} cell ${from?.cell ?? "?"}, line ${from?.line ?? "?"}, column ${column}`;
    });
  }
  return said;
}

async function notebooksIn(folder: string): Promise<string[]> {
  const paths: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (name.endsWith(".ipynb")) paths.push(join(folder, name));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return paths.sort();
}

async function deno(args: string[]): Promise<{ success: boolean; said: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { success, said: `${decoder.decode(stdout)}${decoder.decode(stderr)}`.trim() };
}
