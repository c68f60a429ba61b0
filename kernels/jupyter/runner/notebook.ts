import { SyntaxError } from "../../../lib/errors.ts";
import { readText } from "../../../lib/files/read_file.ts";
import {
  count,
  either,
  fields,
  list,
  oneOf,
  parseShape,
  requireShape,
  text,
} from "../../../lib/files/schema.ts";
import { replaceFile } from "../../../lib/files/replace_files.ts";

/** Text as nbformat stores it: whole, or line by line. */
export type Text = string | string[];

/** A MIME bundle as nbformat stores it: text line by line, JSON types as they are. */
export type Bundle = Record<string, unknown>;

/** An output of a cell, as nbformat 4 stores it. */
export type Output =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: Text }
  | { output_type: "display_data"; data: Bundle; metadata: Record<string, unknown> }
  | {
    output_type: "execute_result";
    data: Bundle;
    metadata: Record<string, unknown>;
    execution_count: number | null;
  }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

/** A cell of a notebook. */
export interface Cell {
  /** Whether it is run, rendered or left as it is. */
  cell_type: "code" | "markdown" | "raw";
  /** Identifier within the notebook, from nbformat 4.5 on. */
  id?: string;
  /** Tags, and what other programs note. */
  metadata: { tags?: string[] } & Record<string, unknown>;
  /** The cell's text. */
  source: Text;
  /** Outputs of the cell; of code cells only. */
  outputs?: Output[];
  /** Which run of the kernel it was, from 1; `null` before it is run. Of code cells only. */
  execution_count?: number | null;
}

/** A notebook of nbformat 4. */
export interface Notebook {
  /** The cells from top to bottom. */
  cells: Cell[];
  /** The kernel, the language, and what other programs note. */
  metadata: Record<string, unknown>;
  /** Major version of the format: 4. */
  nbformat: number;
  /** Minor version of the format. */
  nbformat_minor: number;
}

/** Reads an .ipynb file; anything but a notebook of format 4 is an error that names the file. */
export async function readNotebook(path: string): Promise<Notebook> {
  return parseNotebook(await readText(path), path);
}

/** {@linkcode readNotebook} for the text of the file; `path` is what messages call it. */
export function parseNotebook(text: string, path: string): Notebook {
  const notebook = parseShape<Partial<Notebook>>(text, fields({}), `read the notebook ${path}`);
  if (notebook.nbformat !== 4 || !Array.isArray(notebook.cells)) {
    throw new SyntaxError(
      `Cannot read the notebook ${path}: expected nbformat 4, it says ${JSON.stringify(notebook.nbformat)}`,
    );
  }
  return requireShape<Notebook>(NOTEBOOK, notebook, `read the notebook ${path}`);
}

const TEXT = either(list(text), text);

const OUTPUT = fields({ output_type: oneOf("stream", "display_data", "execute_result", "error") }, {
  text: TEXT,
  data: fields({}),
  metadata: fields({}),
  traceback: list(text),
});

const NOTEBOOK = fields({
  nbformat_minor: count,
  metadata: fields({}),
  cells: list(fields({
    cell_type: oneOf("code", "markdown", "raw"),
    source: TEXT,
    metadata: fields({}, { tags: list(text) }),
  }, { id: text, outputs: list(OUTPUT) })),
});

/** Writes an .ipynb file the way Jupyter does (one space of indentation), whole or not at all. */
export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  await replaceFile(path, JSON.stringify(notebook, null, 1) + "\n", "notebook");
}

/** Whole text. */
export function joined(text: Text): string {
  return typeof text === "string" ? text : text.join("");
}

/** Text line by line, each with its line end, so that changes to stored notebooks are readable. */
export function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The first line of a cell that says something, for messages and progress. */
export function firstLine(cell: Cell): string {
  const line = joined(cell.source).split("\n").map((line) => line.trim())
    .find((line) => line && !line.startsWith("//") && !line.startsWith("import ")) ??
    joined(cell.source).split("\n")[0]!.trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
