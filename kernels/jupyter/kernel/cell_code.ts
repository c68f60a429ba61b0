import { importTypeScript, type TypeScript } from "../deps.ts";
import { INSIDE, LINE } from "./inside_name.ts";

/** A fault of a piece of code, and its place. */
export interface Problem {
  /** The fault, in a sentence. */
  message: string;
  /** Where it begins, in UTF-16 units from the start of the code. */
  start: number;
  /** How far it reaches. */
  length: number;
}

/** A cell, read before it runs. */
export interface CellCode {
  /** The cell as it runs: it can be stopped. Lines are where they were. */
  stoppable: string;
  /** The cell as it runs where nobody checked it: it says what imported names are not there. */
  watchful: string;
  /** Line of its first statement, from 1. */
  firstLine: number;
  /** Whether it waits for anything at its top level, an import too: what comes after runs in another turn. */
  waits: boolean;
  /** Why it does not parse; empty where it does. */
  problems: Problem[];
  /** Whether it does not parse because something is still to come. */
  unfinished: boolean;
}

let loaded: Promise<typeof TypeScript> | undefined;

/**
 * Reads a cell: whether it parses, and how it runs so that it can be stopped. Each await at the top level
 * becomes a race with the stop button; each loop that may run after an await, at the top level or in an
 * asynchronous function, looks whether it was pressed, and so does each function that may call itself in a
 * later turn. The rest stays as it is: a synchronous cell is ended
 * from outside, and loops without a wait stay as fast as they are.
 */
export async function readCell(code: string): Promise<CellCode> {
  const ts = await (loaded ??= importTypeScript());
  const parse = (kind: TypeScript.ScriptKind) => {
    const file = ts.createSourceFile(
      "cell.tsx",
      code,
      {
        languageVersion: ts.ScriptTarget.Latest,
        // A module, so that await is a word of the language at its top level.
        setExternalModuleIndicator: (file) => Object.assign(file, { externalModuleIndicator: true }),
      },
      true,
      kind,
    );
    const { parseDiagnostics } = file as unknown as { parseDiagnostics: TypeScript.DiagnosticWithLocation[] };
    return { file, diagnostics: parseDiagnostics };
  };
  let { file, diagnostics } = parse(ts.ScriptKind.TSX);
  // `<T>value` is a cast in TypeScript and an element in TSX.
  if (diagnostics.length) {
    const plain = parse(ts.ScriptKind.TS);
    if (plain.diagnostics.length === 0 || !/<\/|\/>/.test(code)) ({ file, diagnostics } = plain);
  }
  const problems = diagnostics.map(({ messageText, start, length }) => ({
    message: ts.flattenDiagnosticMessageText(messageText, "\n"),
    start,
    length,
  }));
  if (problems.length) {
    const end = code.trimEnd().length;
    const unfinished = diagnostics.some(({ start, length, code }) =>
      start >= end || UNTERMINATED.has(code) && start + length >= end
    );
    return { stoppable: code, watchful: code, firstLine: 1, waits: false, problems, unfinished };
  }
  const waits = waitsAtTop(ts, file);
  const found = [...lineEdits(ts, file), ...edits(ts, file, waits)];
  return {
    stoppable: applied(code, found),
    watchful: applied(code, [...found, ...importEdits(ts, file)]),
    firstLine: file.statements[0] ? lineOf(file, file.statements[0]) : 1,
    waits,
    problems,
    unfinished: false,
  };
}

/** Unterminated templates and comments, which only more lines can end. */
const UNTERMINATED = new Set([1160, 1010]);

/** Looks for the stop: nothing where a function's text is run elsewhere, in a worker or a page. */
const LOOK = `globalThis.${INSIDE}?.look()`;

type Ts = typeof TypeScript;
/** Text to put in at a place. */
type Edit = readonly [at: number, text: string];

function waitsAtTop(ts: Ts, file: TypeScript.SourceFile): boolean {
  const waits = (node: TypeScript.Node): boolean => {
    if (ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node)) return false;
    if (ts.isAwaitExpression(node) || ts.isImportDeclaration(node)) return true;
    if (ts.isForOfStatement(node) && node.awaitModifier) return true;
    if (
      ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing
    ) {
      return true;
    }
    return ts.forEachChild(node, (child) => waits(child) || undefined) ?? false;
  };
  return waits(file);
}

function edits(ts: Ts, file: TypeScript.SourceFile, waits: boolean): Edit[] {
  const found: Edit[] = [];
  const wrap = (node: TypeScript.Node, before: string, after: string) => {
    found.push([node.getStart(file), before], [node.end, after]);
  };
  const visit = (node: TypeScript.Node, top: boolean, later: boolean): void => {
    if (ts.isFunctionLike(node)) {
      const { modifiers } = node as { modifiers?: readonly TypeScript.ModifierLike[] };
      later = modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) ?? false;
      top = false;
      const { body } = node as { body?: TypeScript.Node };
      // One that calls itself in a later turn is a loop, too.
      if (body && (later || goesOnLater(ts, body))) {
        if (ts.isBlock(body)) found.push([afterDirectives(ts, file, body), `;${LOOK};`]);
        else wrap(body, `(${LOOK},`, ")");
      }
    } else if (ts.isClassStaticBlockDeclaration(node)) top = false;
    if (top && ts.isAwaitExpression(node)) wrap(node.expression, `${INSIDE}.until(`, ")");
    if (top && ts.isForOfStatement(node) && node.awaitModifier) {
      wrap(node.expression, `${INSIDE}.each(`, ")");
    }
    // What is no error says nothing of itself. Two braces, for what is thrown may be a list.
    if (ts.isThrowStatement(node) && !ts.isNewExpression(node.expression)) {
      wrap(node.expression, `${INSIDE}.thrown((`, "))");
    }
    if (later && ts.isIterationStatement(node, false)) {
      const body = node.statement;
      if (ts.isBlock(body)) found.push([body.getStart(file) + 1, `${LOOK};`]);
      else wrap(body, `{${LOOK};`, "}");
    }
    ts.forEachChild(node, (child) => visit(child, top, later));
  };
  visit(file, true, waits);
  return found;
}

/** Whether a function has something called in a later turn; functions within it do not count. */
function goesOnLater(ts: Ts, body: TypeScript.Node): boolean {
  const does = (node: TypeScript.Node): boolean => {
    if (ts.isFunctionLike(node)) return false;
    if (ts.isCallExpression(node)) {
      const { expression: called } = node;
      if (ts.isPropertyAccessExpression(called) && LATER.has(called.name.text)) return true;
      if (ts.isIdentifier(called) && LATER.has(called.text)) return true;
    }
    return ts.forEachChild(node, (child) => does(child) || undefined) ?? false;
  };
  return does(body);
}

const LATER = new Set(["then", "catch", "finally", "queueMicrotask", "nextTick"]);

/** Behind the brace of a function and its directives, which must stand first. */
function afterDirectives(ts: Ts, file: TypeScript.SourceFile, body: TypeScript.Block): number {
  let at = body.getStart(file) + 1;
  for (const node of body.statements) {
    if (!ts.isExpressionStatement(node) || !ts.isStringLiteral(node.expression)) break;
    at = node.end;
  }
  return at;
}

function lineOf(file: TypeScript.SourceFile, node: TypeScript.Node): number {
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}

/**
 * Before the statements at the top level the number of their line: what runs is printed anew from what is
 * read here, and errors name its lines. A declaration with `var` has no value, so the cell's stays its own.
 */
function lineEdits(ts: Ts, file: TypeScript.SourceFile): Edit[] {
  return file.statements.slice(1).flatMap((node, i): Edit[] => {
    const line = lineOf(file, node);
    const isSilent = ts.isImportDeclaration(node) || ts.isFunctionDeclaration(node) ||
      ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
    if (isSilent || line === lineOf(file, file.statements[i]!)) return [];
    return [[node.getStart(file), `var ${LINE}=${line};`]];
  });
}

/**
 * Behind each import a look for its names: Deno's kernel leaves undefined what a module lacks. A name with a
 * capital may be a type, of which nothing is there at run time; the language server knows those.
 */
function importEdits(ts: Ts, file: TypeScript.SourceFile): Edit[] {
  return file.statements.filter(ts.isImportDeclaration).flatMap((node): Edit[] => {
    const clause = node.importClause;
    if (!clause || clause.isTypeOnly || node.attributes) return [];
    const bindings = clause.namedBindings;
    const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
    const pairs = named.filter(({ isTypeOnly }) => !isTypeOnly)
      .map(({ name, propertyName }) => [name.text, (propertyName ?? name).text]);
    if (clause.name) pairs.push([clause.name.text, "default"]);
    const names = pairs.filter(([local]) => !/^\p{Lu}/u.test(local!)).map(([, name]) => name);
    if (names.length === 0) return [];
    const from = JSON.stringify((node.moduleSpecifier as TypeScript.StringLiteral).text);
    const call = `${INSIDE}.imported(await import(${from}), ${JSON.stringify(names)}, ${from})`;
    return [[node.end, `;${call};`]];
  });
}

/** The code with the edits; at one place the later ones come after those found before them. */
function applied(code: string, edits: Edit[]): string {
  let text = "";
  let last = 0;
  for (const [at, added] of edits.map((edit, i) => [...edit, i] as const).sort(byPlace)) {
    text += code.slice(last, at) + added;
    last = at;
  }
  return text + code.slice(last);
}

function byPlace(a: readonly [number, string, number], b: readonly [number, string, number]): number {
  // What closes an inner node closes before the outer one, which was found first.
  const closing = (edit: readonly [number, string, number]) => /^[)}]$/.test(edit[1]);
  return a[0] - b[0] || (closing(a) && closing(b) ? b[2] - a[2] : a[2] - b[2]);
}

/** The line of the code in which a problem begins, marked, for a terminal's width. */
export function markLine(code: string, { start, length }: Problem): string {
  const before = code.slice(0, start).split("\n");
  const [row, column] = [before.length, before.at(-1)!.length];
  const line = code.split("\n")[row - 1] ?? "";
  const marks = "^".repeat(Math.max(1, Math.min(length, line.length - column)));
  const number = `${row} | `;
  return `${number}${line}\n${" ".repeat(number.length)}${
    line.slice(0, column).replaceAll(/\S/g, " ")
  }${marks}`;
}
