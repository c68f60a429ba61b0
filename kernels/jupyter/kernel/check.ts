import type { Message } from "../protocol/wire.ts";
import { markLine, type Problem } from "./cell_code.ts";
import { type Failure, typeFailure } from "./failure.ts";
import type { Language } from "./language.ts";

/** What type errors of a cell do: nothing, a warning above its outputs, or the cell does not run. */
export type Checking = "off" | "warn" | "error";

/** The environment variable that says it. */
export const CHECK_VARIABLE = "ESPALIER_CHECK";

/** What the environment says; `warn` where it says nothing. */
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

/** Checks a cell in the context of those before it; what stops it, if anything. */
export async function checkCell(
  { language, checking }: { language: Language; checking: Checking },
  cell: { request: Message; code: string; strict: boolean },
  say: (text: string) => void,
): Promise<Failure | undefined> {
  const { request: { content, metadata }, code, strict } = cell;
  if (content.silent === true || checking === "off" && !strict) return undefined;
  const id = typeof metadata.cellId === "string" ? metadata.cellId : undefined;
  const problems = await language.check(code, id);
  if (!problems) {
    if (strict || checking === "error") {
      say(
        "Not checked: the language server is not ready yet, and cells do not wait for it. Run the cell again.\n",
      );
    }
    return undefined;
  }
  if (problems.length && (strict || checking === "error")) return typeFailure(code, problems);
  for (const problem of problems) say(`${told(code, problem)}\n`);
  return undefined;
}

function told(code: string, problem: Problem): string {
  return `Warning: ${problem.message}\n${markLine(code, problem)}`;
}
