import { RangeError } from "../../../lib/errors.ts";
import type { Message } from "../protocol/wire.ts";
import { markLine, type Problem } from "./cell_code.ts";
import { type Failure, typeFailure, uncheckedFailure } from "./failure.ts";
import { CHECK_VARIABLE } from "./check_variable.ts";
import type { Language } from "./language.ts";
import { within } from "../within.ts";

/** What type errors of a cell do: nothing, a warning above its outputs, or the cell does not run. */
export type Checking = "off" | "warn" | "error";

/** Setting of the environment; `warn` where it says nothing. */
export function checkingOf(value: string | undefined): Checking {
  if (value === undefined || value === "") return "warn";
  if (value === "off" || value === "warn" || value === "error") return value;
  throw new RangeError(
    `Cannot check cells: expected ${CHECK_VARIABLE} to be off, warn or error, found "${value}"`,
  );
}

const STRICT = /^\s*%%strict[ \t]*(?=\n|$)/;

/** A cell without its `%%strict`, which makes its type errors stop it; lines are where they were. */
export function splitStrict(code: string): { code: string; strict: boolean } {
  const strict = STRICT.test(code);
  return { code: strict ? code.replace(STRICT, (line) => line.replaceAll(/[^\n]/g, "")) : code, strict };
}

/** Result of a check, before the cell runs. */
export interface Checked {
  /** Fault that stops the cell. */
  refusal?: Failure;
  /** What names do that a cell imports and that are not there: it looks by itself where nobody else did. */
  imports?: "warn";
  /** Fulfilled when what was not known in time has been said, where that is to be soon. */
  rest?: Promise<unknown>;
}

/** How long a cell waits for its type errors before it runs, in ms. */
const CHECKED_WITHIN = 100;
/** How long one waits that does not run without, in ms: the server may only just begin. */
const STRICTLY_WITHIN = 60_000;
/** After how long that is told, in ms. */
const TOLD_AFTER = 1000;

/**
 * Checks a cell in the context of those before it. A strict one waits for what comes of it, and does not run
 * unchecked; of another one that is said when it is known.
 */
export async function checkCell(
  { language, checking }: { language: Language; checking: Checking },
  cell: { request: Message; code: string; strict: boolean },
  say: (text: string) => void,
): Promise<Checked> {
  const { request: { content, metadata }, code, strict } = cell;
  if (content.silent === true || checking === "off" && !strict) return {};
  const id = typeof metadata.cellId === "string" ? metadata.cellId : undefined;
  const { isWarm } = language;
  const found = language.check(code, id);
  if (strict || checking === "error") return await strictly(code, found, say);
  const problems = await within(found, isWarm ? CHECKED_WITHIN : 0).catch(() => undefined);
  if (problems) {
    problems.forEach((problem) => say(told(code, problem)));
    return {};
  }
  // The cell itself tells of imported names, if nobody does before it runs.
  const rest = found.then((problems) => {
    const others = problems.filter(({ message }) => !/has no (exported member|default export)/.test(message));
    others.forEach((problem) => say(told(code, problem)));
  }).catch(() => {});
  return { imports: "warn", ...isWarm && { rest } };
}

async function strictly(
  code: string,
  found: Promise<Problem[]>,
  say: (text: string) => void,
): Promise<Checked> {
  const timer = setTimeout(() => say("The cell is checked before it runs …\n"), TOLD_AFTER);
  try {
    const problems = await within(found, STRICTLY_WITHIN);
    if (!problems) return { refusal: uncheckedFailure(`took longer than ${STRICTLY_WITHIN / 1000} s`) };
    return problems.length ? { refusal: typeFailure(code, problems) } : {};
  } catch {
    return { refusal: uncheckedFailure("ended with the language server, which begins anew") };
  } finally {
    clearTimeout(timer);
  }
}

function told(code: string, problem: Problem): string {
  return `Warning: ${problem.message}\n${markLine(code, problem)}\n`;
}
