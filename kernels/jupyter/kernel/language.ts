import { Error } from "../../../lib/errors.ts";
import type { Json } from "../protocol/wire.ts";
import type { Problem } from "./cell_code.ts";
import { type LanguageServer, startLanguageServer } from "./language_server.ts";
import { offsetAt, type Position, positionAt } from "./text_position.ts";

/** What a name or a call is, in Markdown. */
export type Hover = string;

/** A way to go on with a word. */
export interface Completion {
  /** The whole word. */
  label: string;
  /** `function`, `class`, `property`, … */
  kind: string;
}

/** Why a cell was not checked: the server is still getting ready, or took longer than a cell waits. */
export type Unchecked = "cold" | "late";

/** The cells of a kernel as the language server sees them: those that ran, and one that is looked at. */
export interface Language {
  /** Starts the server, unless it runs. */
  begin(): void;
  /**
   * The type errors of a cell that is about to run, which from then on is known to those after it; or why
   * there is no answer yet: nobody waits for it. `later` hears it then, once it is there.
   */
  check(
    code: string,
    id: string | undefined,
    later?: (problems: Problem[]) => void,
  ): Promise<Problem[] | Unchecked>;
  /** What stands at this place of a cell, or the call around it; `undefined` where nothing is known. */
  lookUp(code: string, offset: number): Promise<Hover | undefined>;
  /** How the word before this place may go on; `undefined` where the server is not warm. */
  complete(code: string, offset: number): Promise<Completion[] | undefined>;
  /** Ends the server. */
  end(): Promise<void>;
}

/** How long a cell waits for its errors, in ms. */
export const CHECKED_WITHIN = 100;
/** How long a question of the user may take, in ms. */
const ANSWERED_WITHIN = 10_000;

interface Diagnostic {
  range: { start: Position; end: Position };
  severity?: number;
  code?: number | string;
  message: string;
  relatedInformation?: { location: { uri: string; range: Diagnostic["range"] } }[];
}

interface Cell {
  uri: string;
  id: string | undefined;
  text: string;
}

/** The languages that a cell is, for cells in this folder. */
export function openLanguage(folder: string): Language {
  const notebook = `${folder}/kernel-${Deno.pid}.ipynb`;
  const type = "jupyter-notebook";
  let server: Promise<LanguageServer> | undefined;
  let isWarm = false;
  let warming: Promise<void> | undefined;
  let checking: Promise<void> | undefined;
  let [version, made] = [0, 0];
  const cells: Cell[] = [];
  const newCell = (text: string, id?: string): Cell => ({
    uri: `vscode-notebook-cell:${encodeURI(notebook)}#c${++made}`,
    id,
    text,
  });

  const begin = () =>
    server ??= startLanguageServer(folder, () => {}).then((started) => {
      // One that ended is followed by another, which is told of all cells.
      void started.ended.then(() => {
        [server, warming, isWarm] = [undefined, undefined, false];
      });
      const notebookDocument = {
        uri: `file://${encodeURI(notebook)}`,
        notebookType: type,
        version,
        cells: cells.map(({ uri }) => ({ kind: 2, document: uri })),
      };
      const cellTextDocuments = cells.map(({ uri, text }) => ({
        uri,
        languageId: "typescript",
        version: 1,
        text,
      }));
      started.tell("notebookDocument/didOpen", { notebookDocument, cellTextDocuments });
      return started;
    });
  const change = (server: LanguageServer, start: number, removed: Cell[], added: Cell[]) => {
    cells.splice(start, removed.length, ...added);
    server.tell("notebookDocument/didChange", {
      notebookDocument: { uri: `file://${encodeURI(notebook)}`, version: ++version },
      change: {
        cells: {
          structure: {
            array: {
              start,
              deleteCount: removed.length,
              cells: added.map(({ uri }) => ({ kind: 2, document: uri })),
            },
            didOpen: added.map(({ uri, text }) => ({ uri, languageId: "typescript", version: 1, text })),
            didClose: removed.map(({ uri }) => ({ uri })),
          },
        },
      },
    });
  };
  const remove = (server: LanguageServer, cell: Cell) => {
    const at = cells.indexOf(cell);
    if (at >= 0) change(server, at, [cell], []);
  };
  const diagnose = async (server: LanguageServer, { uri }: Cell): Promise<Diagnostic[]> => {
    const answer = await server.ask("textDocument/diagnostic", { textDocument: { uri } });
    // Without an answer a cell is unchecked, not right.
    if (answer === undefined) throw new Error("Cannot check the cell: the language server has ended");
    return (answer as { items?: Diagnostic[] } | null)?.items ?? [];
  };
  /** A cell behind the others for as long as it is looked at. */
  const lookAt = async <T>(code: string, ask: (server: LanguageServer, uri: string) => Promise<T>) => {
    const started = await begin();
    const cell = newCell(code);
    change(started, cells.length, [], [cell]);
    try {
      return await within(ask(started, cell.uri), ANSWERED_WITHIN);
    } finally {
      remove(started, cell);
    }
  };
  const warm = (started: LanguageServer, cell: Cell): Promise<void> =>
    warming ??= diagnose(started, cell).then(() => {
      isWarm = true;
    });

  const check = async (started: LanguageServer, cell: Cell): Promise<Problem[]> => {
    let found = await diagnose(started, cell);
    // The kernel lets a name be declared again: the cells that declared it before call it something else.
    const before = found.filter(({ code }) => REDECLARED.has(code)).flatMap(({ relatedInformation = [] }) =>
      relatedInformation.map(({ location }) => location)
    );
    const others = cells.filter((other) => other !== cell && before.some(({ uri }) => uri === other.uri));
    for (const other of others) {
      const starts = before.filter(({ uri }) => uri === other.uri).map(({ range }) =>
        offsetAt(other.text, range.start)
      );
      const latestFirst = [...new Set(starts)].sort((a, b) => b - a);
      const text = latestFirst.reduce(
        (text, at) => `${text.slice(0, at)}_${made}_${text.slice(at)}`,
        other.text,
      );
      change(started, cells.indexOf(other), [other], [newCell(text, other.id)]);
    }
    if (others.length) found = await diagnose(started, cell);
    return found.filter(({ severity, code }) => {
      const isError = (severity ?? 1) === 1 && typeof code === "number";
      return isError && !REDECLARED.has(code) && !isImplicitAny(code);
    }).map(({ range: { start, end }, message }) => {
      const from = offsetAt(cell.text, start);
      return { message: bestLine(message), start: from, length: offsetAt(cell.text, end) - from };
    });
  };

  return {
    begin: () => void begin().catch(() => {}),
    async check(code, id, later = () => {}) {
      const cell = newCell(code, id);
      const run = begin().then(async (started) => {
        const before = id === undefined ? undefined : cells.find((other) => other.id === id);
        if (before) remove(started, before);
        change(started, cells.length, [], [cell]);
        if (!isWarm) await warm(started, cell);
        // One that takes long is joined by no other; of those that come meanwhile the last may still run.
        while (checking) await checking;
        if (cells.at(-1) !== cell) return undefined;
        const problems = check(started, cell);
        checking = problems.then(() => {}, () => {}).finally(() => checking = undefined);
        return await problems;
      });
      const unchecked = isWarm ? "late" : "cold";
      const found = await within(run, isWarm ? CHECKED_WITHIN : 0).catch(() => undefined);
      if (!found) void run.then((problems) => problems && later(problems)).catch(() => {});
      return found ?? unchecked;
    },
    lookUp: (code, offset) =>
      lookAt(code, async (server, uri) => {
        const at = { textDocument: { uri }, position: positionAt(code, offset) };
        const touches = /[\w$]/.test(code[offset] ?? "") || /[\w$]/.test(code[offset - 1] ?? "");
        const hover = touches && hoverText(await server.ask("textDocument/hover", at));
        return hover || signatureText(await server.ask("textDocument/signatureHelp", at));
      }).catch(() => undefined),
    async complete(code, offset) {
      if (!isWarm) return undefined;
      const word = /[\w$]*$/.exec(code.slice(0, offset))![0];
      return await lookAt(code, async (server, uri) => {
        const at = { textDocument: { uri }, position: positionAt(code, offset) };
        const answer = await server.ask("textDocument/completion", at) as
          | { items?: Json[] }
          | Json[]
          | undefined;
        const items = Array.isArray(answer) ? answer : answer?.items;
        return items?.filter(({ label }) => String(label).startsWith(word))
          .sort((a, b) => String(a.sortText ?? a.label) < String(b.sortText ?? b.label) ? -1 : 1)
          // What may be left out is marked in the label.
          .map(({ label, kind }) => ({
            label: String(label).replace(/\?$/, ""),
            kind: KINDS[Number(kind)] ?? "text",
          }));
      }).catch(() => undefined);
    },
    async end() {
      await server?.then((started) => started.end()).catch(() => {});
    },
  };
}

/** "Cannot redeclare", "Duplicate identifier": legal in a notebook. */
const REDECLARED = new Set<number | string | undefined>([2451, 2300]);
/** Types that were left out are no mistake in a notebook. */
const isImplicitAny = (code: number | string | undefined) => Number(code) >= 7005 && Number(code) <= 7053;

/** Kinds of completions by the protocol's numbers. */
const KINDS: Record<number, string> = {
  2: "function",
  3: "function",
  4: "function",
  5: "property",
  6: "instance",
  7: "class",
  8: "interface",
  9: "module",
  10: "property",
  14: "keyword",
  21: "constant",
};

/** The line of a message that helps: where several overloads were tried, what is wrong with one. */
function bestLine(message: string): string {
  const lines = message.split("\n").map((line) => line.trim());
  return (lines.find((line) => line.includes("Did you mean")) ?? lines.at(-1)!).replace(/\.$/, "");
}

function hoverText(answer: unknown): string | undefined {
  const contents = (answer as { contents?: unknown } | null | undefined)?.contents;
  const parts = Array.isArray(contents) ? contents : [contents];
  const text = parts.map((part) => typeof part === "string" ? part : (part as Json | undefined)?.value ?? "");
  return text.join("\n\n").trim() || undefined;
}

function signatureText(answer: unknown): string | undefined {
  const { signatures = [], activeSignature = 0 } = (answer ?? {}) as {
    signatures?: Json[];
    activeSignature?: number;
  };
  const signature = signatures[activeSignature];
  if (!signature) return undefined;
  const { label, documentation } = signature;
  const words = typeof documentation === "string"
    ? documentation
    : (documentation as Json | undefined)?.value ?? "";
  return `\`\`\`ts\n${label}\n\`\`\`\n${words}`.trim();
}

/** Result of a promise within so many ms, or `undefined`. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, ms, undefined);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => {});
  }
}
