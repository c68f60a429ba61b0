import { Error } from "../../../lib/errors.ts";
import type { Json } from "../protocol/wire.ts";
import type { Problem } from "./cell_code.ts";
import { type LanguageCell, openLanguageCells } from "./language_cells.ts";
import { type LanguageServer, startLanguageServer } from "./language_server.ts";
import { bestLine, hoverText, KINDS, signatureText } from "./language_words.ts";
import { offsetAt, type Position, positionAt } from "./text_position.ts";
import { within } from "../within.ts";

/** What a name or a call is, in Markdown. */
export type Hover = string;

/** A way to go on with a word. */
export interface Completion {
  /** The whole word. */
  label: string;
  /** `function`, `class`, `property`, … */
  kind: string;
}

/** The cells of a kernel as the language server sees them: those that ran, and one that is looked at. */
export interface Language {
  /** Starts the server, unless it runs. */
  begin(): void;
  /** Whether it answers soon: it has looked at a cell before. */
  readonly isWarm: boolean;
  /**
   * The type errors of a cell that is about to run, which from then on is known to those after it. Cells that
   * wait for an answer are checked one by one, the latest first. Fails where the server has ended.
   */
  check(code: string, id: string | undefined): Promise<Problem[]>;
  /** What stands at this place of a cell, or the call around it; `undefined` where nothing is known. */
  lookUp(code: string, offset: number): Promise<Hover | undefined>;
  /** How the word before this place may go on; `undefined` where nothing is known. */
  complete(code: string, offset: number): Promise<Completion[] | undefined>;
  /** Ends the server. */
  end(): Promise<void>;
}

/** How long a question of the user may take, in ms. */
const ANSWERED_WITHIN = 10_000;
/** How long one may take that finds the server as it begins: then it reads all that a notebook imports. */
const ANSWERED_FIRST_WITHIN = 60_000;

interface Diagnostic {
  range: { start: Position; end: Position };
  severity?: number;
  code?: number | string;
  message: string;
  relatedInformation?: { location: { uri: string; range: Diagnostic["range"] } }[];
}

/** Opens the language server's view of the cells that run in this folder. */
export function openLanguage(folder: string): Language {
  const cells = openLanguageCells(folder);
  let server: Promise<LanguageServer> | undefined;
  let isWarm = false;
  /** What waits to be asked, the latest last: one thing at a time. */
  const queue: (() => Promise<void>)[] = [];
  let isAsking = false;
  /** What cells ran last. */
  const latest = new WeakMap<LanguageCell, string>();
  let renamed = 0;

  const begin = () =>
    server ??= startLanguageServer(folder).then((started) => {
      // One that ended is followed by another, which is told of all cells.
      void started.ended.then(() => {
        [server, isWarm] = [undefined, false];
      });
      cells.open(started);
      inTurn(() => diagnose(started, freeCell(started))).catch(() => {});
      return started;
    });
  /** The latest of what is asked goes first: earlier cells run already. */
  const inTurn = <T>(ask: () => Promise<T>): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    queue.push(() => ask().then(resolve, reject));
    if (!isAsking) void work();
    return promise;
  };
  const work = async () => {
    isAsking = true;
    await Promise.resolve(); // those that come together are there
    for (let next = queue.pop(); next; next = queue.pop()) await next();
    isAsking = false;
  };

  const diagnose = async (server: LanguageServer, { uri }: LanguageCell): Promise<Diagnostic[]> => {
    const answer = await server.ask("textDocument/diagnostic", { textDocument: { uri } });
    // Without an answer a cell is unchecked, not right.
    if (answer === undefined) throw new Error("Cannot check the cell: the language server has ended");
    isWarm = true;
    return (answer as { items?: Diagnostic[] } | null)?.items ?? [];
  };
  /** The cell behind the others, which has not run. */
  const freeCell = (server: LanguageServer): LanguageCell => {
    if (latest.has(cells.last())) cells.append(server);
    return cells.last();
  };
  /** Something that is asked about code in the cell behind the others. */
  const lookAt = async <T>(code: string, ask: (server: LanguageServer, uri: string) => Promise<T>) => {
    const started = await begin();
    return await within(
      inTurn(async () => {
        const cell = freeCell(started);
        cells.write(started, cell, code);
        try {
          return await ask(started, cell.uri);
        } finally {
          if (!latest.has(cell)) cells.write(started, cell, "");
        }
      }),
      isWarm ? ANSWERED_WITHIN : ANSWERED_FIRST_WITHIN,
    );
  };

  /** The kernel lets a name be declared again: the cells that declared it before call it something else. */
  const renameEarlier = (server: LanguageServer, cell: LanguageCell, found: Diagnostic[]): boolean => {
    const declared = found.filter(({ code }) => REDECLARED.has(code)).flatMap(({ relatedInformation = [] }) =>
      relatedInformation.map(({ location }) => location)
    );
    const uris = new Set(declared.map(({ uri }) => uri).filter((uri) => uri !== cell.uri));
    for (const uri of uris) {
      const other = cells.at(uri);
      if (!other) continue;
      const starts = declared.filter((place) => place.uri === uri).map(({ range }) =>
        offsetAt(other.text, range.start)
      );
      const latestFirst = [...new Set(starts)].sort((a, b) => b - a);
      const text = latestFirst.reduce(
        (text, at) => `${text.slice(0, at)}${EARLIER}${++renamed}_${text.slice(at)}`,
        other.text,
      );
      cells.write(server, other, text);
    }
    return uris.size > 0;
  };

  const problemsOf = async (server: LanguageServer, cell: LanguageCell, code: string) => {
    let found = await diagnose(server, cell);
    if (renameEarlier(server, cell, found)) found = await diagnose(server, cell);
    return found.filter(({ severity, code }) => {
      const isError = (severity ?? 1) === 1 && typeof code === "number";
      return isError && !FINE.has(code) && !REDECLARED.has(code) && !isImplicitAny(code);
    }).map(({ range: { start, end }, message }): Problem => {
      const from = offsetAt(code, start);
      return { message: withoutRenames(bestLine(message)), start: from, length: offsetAt(code, end) - from };
    });
  };

  return {
    begin: () => void begin().catch(() => {}),
    get isWarm() {
      return isWarm;
    },
    async check(code, id) {
      const started = await begin();
      const cell = cells.find(id) ?? freeCell(started);
      cell.id = id;
      cells.write(started, cell, code);
      latest.set(cell, code);
      const problems = inTurn(async () => {
        // It may have run again, as something else, while others were asked about.
        return latest.get(cell) === code ? await problemsOf(started, cell, code) : [];
      });
      // For a cell more the server reads the notebook anew: it does so before the next one is asked about.
      void problems.finally(() => inTurn(() => diagnose(started, freeCell(started)))).catch(() => {});
      return await problems;
    },
    lookUp: (code, offset) =>
      lookAt(code, async (server, uri) => {
        const at = { textDocument: { uri }, position: positionAt(code, offset) };
        const touches = /[\w$]/.test(code[offset] ?? "") || /[\w$]/.test(code[offset - 1] ?? "");
        const hover = touches && hoverText(await server.ask("textDocument/hover", at));
        const found = hover || signatureText(await server.ask("textDocument/signatureHelp", at));
        return found && withoutRenames(found);
      }).catch(() => undefined),
    async complete(code, offset) {
      const word = /[\w$]*$/.exec(code.slice(0, offset))![0];
      return await lookAt(code, async (server, uri) => {
        const at = { textDocument: { uri }, position: positionAt(code, offset) };
        const answer = await server.ask("textDocument/completion", at) as
          | { items?: Json[] }
          | Json[]
          | undefined;
        const items = Array.isArray(answer) ? answer : answer?.items;
        return items?.filter(({ label }) => {
          return String(label).startsWith(word) && !String(label).startsWith(EARLIER);
        })
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

/** How names begin that were declared again since: the language server has each only once. */
const EARLIER = "__espalier_earlier_";
const withoutRenames = (text: string) => text.replaceAll(new RegExp(`${EARLIER}\\d+_`, "g"), "");
/** "Cannot redeclare", "Duplicate identifier": legal in a notebook. */
const REDECLARED = new Set<number | string | undefined>([2451, 2300]);
/**
 * Awaits at the top level of what is no module, in its kinds, and a default that several cells import, which
 * the server takes for a circle: legal in a notebook.
 */
const FINE = new Set<number | string | undefined>([1375, 1378, 1431, 1432, 2303, 2852, 2853, 2854]);
/** Types that were left out are no mistake in a notebook. */
const isImplicitAny = (code: number | string | undefined) => Number(code) >= 7005 && Number(code) <= 7053;
