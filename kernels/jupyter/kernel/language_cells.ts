import { pathToFileURL } from "node:url";
import type { LanguageServer } from "./language_server.ts";

/** A cell as the language server has it. */
export interface LanguageCell {
  /** Address of the cell. */
  readonly uri: string;
  /** Name of the notebook's cell, where the client says it. */
  id: string | undefined;
  /** Text of the cell there. */
  text: string;
  /** Counts its texts. */
  version: number;
}

/**
 * The notebook that a language server is told of: the cells that ran, and behind them an empty one. The next
 * code is put into that: what the server knows of the others stays, which a document more would make it read
 * anew.
 */
export interface LanguageCells {
  /** Tells a server that began just now of all cells. */
  open(server: LanguageServer): void;
  /** The cell that ran under this id, if one did. */
  find(id: string | undefined): LanguageCell | undefined;
  /** The cell at an address. */
  at(uri: string): LanguageCell | undefined;
  /** The empty cell behind the others. */
  last(): LanguageCell;
  /** Adds an empty cell: the one before it is taken. */
  append(server: LanguageServer): void;
  /** Gives a cell another text. */
  write(server: LanguageServer, cell: LanguageCell, text: string): void;
}

const TYPE = "jupyter-notebook";

/** A notebook of one empty cell, in this folder. */
export function openLanguageCells(folder: string): LanguageCells {
  const { href: uri, pathname: path } = pathToFileURL(`${folder}/kernel-${Deno.pid}.ipynb`);
  const cells: LanguageCell[] = [];
  let version = 0;
  const newCell = (): LanguageCell => ({
    uri: `vscode-notebook-cell:${path}#c${cells.length + 1}`,
    id: undefined,
    text: "",
    version: 1,
  });
  cells.push(newCell());
  const inNotebook = ({ uri }: LanguageCell) => ({ kind: 2, document: uri });
  const inDocuments = ({ uri, version, text }: LanguageCell) => ({
    uri,
    languageId: "typescript",
    version,
    text,
  });
  const tell = (server: LanguageServer, change: object) =>
    server.tell("notebookDocument/didChange", {
      notebookDocument: { uri, version: ++version },
      change: { cells: change },
    });
  return {
    open(server) {
      server.tell("notebookDocument/didOpen", {
        notebookDocument: { uri, notebookType: TYPE, version, cells: cells.map(inNotebook) },
        cellTextDocuments: cells.map(inDocuments),
      });
    },
    find: (id) => id === undefined ? undefined : cells.find((cell) => cell.id === id),
    at: (uri) => cells.find((cell) => cell.uri === uri),
    last: () => cells.at(-1)!,
    append(server) {
      const cell = newCell();
      cells.push(cell);
      const array = { start: cells.length - 1, deleteCount: 0, cells: [inNotebook(cell)] };
      tell(server, { structure: { array, didOpen: [inDocuments(cell)], didClose: [] } });
    },
    write(server, cell, text) {
      if (text === cell.text) return;
      cell.text = text;
      cell.version++;
      const document = { uri: cell.uri, version: cell.version };
      tell(server, { textContent: [{ document, changes: [{ text }] }] });
    },
  };
}
