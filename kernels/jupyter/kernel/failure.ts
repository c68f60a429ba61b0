import type { Json } from "../protocol/wire.ts";
import { type CellCode, markLine, type Problem } from "./cell_code.ts";
import { inCell } from "./in_cell.ts";
import type { CellFacts } from "./inside/told.ts";
import { CHECK_VARIABLE } from "./check_variable.ts";

/** The content of an error as a cell shows it, and as its reply says it. */
export interface Failure extends Json {
  /** The error's name. */
  ename: string;
  /** The error, and its remedy. */
  evalue: string;
  /** The lines that a notebook shows. */
  traceback: string[];
}

function failure(ename: string, evalue: string, more: readonly string[] = []): Failure {
  return { ename, evalue, traceback: [`${ename}: ${evalue}`, ...more] };
}

/** A cell that does not parse: the first thing that is wrong, with its line marked. */
export function syntaxFailure(code: string, { problems }: CellCode): Failure {
  const [first] = problems;
  return failure("SyntaxError", first!.message.replace(/\.$/, ""), [markLine(code, first!)]);
}

/** A cell that its type errors stop. */
export function typeFailure(code: string, problems: readonly Problem[]): Failure {
  const [first, ...others] = problems;
  const more = others.flatMap((problem) => [problem.message, markLine(code, problem)]);
  return failure("TypeCheckError", first!.message, [markLine(code, first!), ...more]);
}

/** A cell that does not run unchecked, and could not be checked. */
export function uncheckedFailure(why: string): Failure {
  return failure(
    "TypeCheckError",
    `the cell did not run: its check ${why}; run it again, or without %%strict (or ${CHECK_VARIABLE}=error)`,
  );
}

/** A cell at which the kernel itself failed before it ran. */
export function unreadFailure({ name, message }: Error): Failure {
  return failure(
    name,
    `the cell did not run: the kernel could not read or check it (${message}); run it again, and restart the ` +
      "kernel if it fails again",
  );
}

/**
 * A cell that threw: the line of the cell is marked in which the statement stands that did, for the engine
 * counts the lines of what it was made of. What is no error is shown as a value is.
 */
export function thrownFailure(
  code: string,
  { firstLine }: CellCode,
  { ename, evalue, traceback }: Json,
  { line = firstLine, thrown }: CellFacts,
): Failure {
  const lines = traceback as string[] | undefined ?? [];
  // Only an error knows where it was made.
  const isOther = thrown !== undefined && !lines.some((line) => /^\s+at /.test(line));
  const [name, message] = isOther ? ["Uncaught", thrown] : [String(ename), String(evalue)];
  const frames = lines.filter((line) => /^\s+at /.test(line))
    .filter((line) => !/<unknown>|__espalier|\/kernel\/inside\/enter\.ts/.test(line))
    .map(inCell);
  const text = code.split("\n")[line - 1] ?? "";
  const start = code.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  const indent = text.length - text.trimStart().length;
  const marked = markLine(code, { message: "", start: start + indent, length: text.trim().length });
  return failure(name, message, [marked, ...frames]);
}

/** A cell that was stopped after so many seconds. `said` is an error of its own that ended it. */
export function stoppedFailure(seconds: number, said: string | undefined): Failure {
  return failure(
    "Interrupted",
    `stopped after ${
      seconds.toFixed(1)
    } s; all variables are kept, and what was saved: run the cell again to go on`,
    said === undefined ? [] : [said],
  );
}

/** A cell whose process was ended because it could not be stopped. */
export function restartedFailure(): Failure {
  return failure(
    "Interrupted",
    "the process was ended and a new one started: its variables are lost; run the cells that this one needs, " +
      "then this one, to go on from what was saved",
  );
}

/** A cell whose process ended by itself. */
export function lostFailure(why: string): Failure {
  const guess = why.includes("SIGKILL") ? ", as when a system runs out of memory" : "";
  return failure(
    "KernelDied",
    `the process that ran the cells is gone (${why}${guess}): its variables are lost, files are kept; a new one has ` +
      "started: run the cells that this one needs, then this one",
  );
}
