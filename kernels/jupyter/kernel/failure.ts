import type { Json } from "../protocol/wire.ts";
import { type CellCode, markLine, type Problem } from "./cell_code.ts";

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
  return failure(
    "KernelDied",
    `the process that ran the cells is gone (${why}): its variables are lost, files are kept; a new one has ` +
      "started: run the cells that this one needs, then this one",
  );
}
