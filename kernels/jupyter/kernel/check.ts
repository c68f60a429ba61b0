import { RangeError } from "../../../lib/errors.ts";
import type { Message } from "../protocol/wire.ts";
import { markLine, type Problem } from "./cell_code.ts";
import { type Failure, typeFailure } from "./failure.ts";
import { CHECK_VARIABLE } from "./check_variable.ts";
import { CHECKED_WITHIN, type Language, type Unchecked } from "./language.ts";

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

/** Result of a check. */
export interface Checked {
  /** Fault that stops the cell. */
  refusal?: Failure;
  /** What names do that a cell imports and that are not there: it looks by itself where nobody else could. */
  imports?: "warn" | "error";
}

const WHY: Readonly<Record<Unchecked, string>> = {
  cold: "the language server is not ready yet",
  late: `the check took longer than ${CHECKED_WITHIN} ms`,
};

/**
 * Checks a cell in the context of those before it. What is not known in time is said when it is: then the
 * cell runs already.
 */
export async function checkCell(
  { language, checking }: { language: Language; checking: Checking },
  cell: { request: Message; code: string; strict: boolean },
  say: (text: string) => void,
): Promise<Checked> {
  const { request: { content, metadata }, code, strict } = cell;
  if (content.silent === true || checking === "off" && !strict) return {};
  const stops = strict || checking === "error";
  const id = typeof metadata.cellId === "string" ? metadata.cellId : undefined;
  const tell = (problem: Problem) => say(`${told(code, problem)}\n`);
  // The cell itself tells of imported names, if nobody does before it runs.
  const later = (problems: Problem[]) =>
    problems.filter(({ message }) => !/has no (exported member|default export)/.test(message)).forEach(tell);
  const problems = await language.check(code, id, later);
  if (!Array.isArray(problems)) {
    if (stops) say(`Not checked: ${WHY[problems]}, and cells do not wait for it. Run the cell again.\n`);
    return { imports: stops ? "error" : "warn" };
  }
  if (problems.length && stops) return { refusal: typeFailure(code, problems) };
  problems.forEach(tell);
  return {};
}

function told(code: string, problem: Problem): string {
  return `Warning: ${problem.message}\n${markLine(code, problem)}`;
}
