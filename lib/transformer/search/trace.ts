import { TypeError } from "../../errors.ts";
import {
  boolean,
  count,
  dictionary,
  fields,
  list,
  nullable,
  number,
  oneOf,
  requireShape,
  scalar,
  text,
} from "../../files/schema.ts";
import type { ElementId } from "../elements.ts";

/** One thing that a search tried. */
export interface SearchStep {
  /** Change that was tried: the element gone (a switch: on), or given back. */
  action: "remove" | "restore";
  /** The element. */
  element: ElementId;
  /**
   * Mean loss with the change; null where it was seen before its end to be above what could matter, or is no
   * number.
   */
  loss: number | null;
  /** Examples that did no worse than in the untouched network; null where the loss is. */
  wins: number | null;
  /** The loss that had to be undercut: the best so far; null where any is accepted. */
  bound: number | null;
  /** Whether the change was accepted. */
  accepted: boolean;
  /**
   * Whether this was one of two ways, the whole block or its parts, of which the better was taken when both
   * were known.
   */
  alternative?: boolean;
}

/** State of a search so far: plain JSON, from which it goes on. */
export interface SearchTrace {
  /** Name of the network and rule of the search: a trace of another search is refused. */
  search: string;
  /** Number of examples. */
  examples: number;
  /** Mean loss of the untouched network. */
  reference: number;
  /** Changes that were tried, in order. */
  steps: SearchStep[];
  /**
   * Milliseconds that elements save, and that the whole network takes, where the rule favours speed: the
   * order follows from what the clock said at the beginning.
   */
  milliseconds?: MeasuredSavings | undefined;
}

/** Savings that were measured, and the cost of the whole network, as plain JSON. */
export interface MeasuredSavings {
  /** Savings by element. */
  of: Readonly<Record<string, number>>;
  /** Cost of the whole network. */
  whole: number;
}

/** Losses are not negative: evaluations that end early rely on it. */
const loss = scalar("a number from 0", (value) => Number.isFinite(value) && Number(value) >= 0);

/** Shape of a {@linkcode SearchTrace}. */
export const TRACE = fields({
  search: text,
  examples: count,
  reference: loss,
  steps: list(fields({
    action: oneOf("remove", "restore"),
    element: text,
    loss: nullable(loss),
    wins: nullable(count),
    bound: nullable(number),
    accepted: boolean,
  }, { alternative: boolean })),
}, { milliseconds: fields({ of: dictionary(number), whole: number }) });

/** What is to be done about a trace that a search cannot go on from. */
const ADVICE = "give the trace of the same network, data and rule, as onStep was given it";

/** The error for a trace that is another search's, or contradicts itself; a TypeError, told from others. */
export class TraceError extends TypeError {}

const refusal = (why: string) => new TraceError(`Cannot go on with this trace: ${why}; ${ADVICE}`);

/**
 * Refuses a trace to go on from that is another search's than the one that begins.
 *
 * @throws SyntaxError naming the field that is not as it should be; TraceError saying what differs
 */
export function requireTrace(resume: SearchTrace, now: Omit<SearchTrace, "steps">): void {
  requireShape(TRACE, resume, "go on with this trace");
  if (resume.search !== now.search) {
    const [before, here] = [resume.search, now.search].map(wordsOf) as [string[], string[]];
    const only = (words: string[], others: string[]) =>
      words.filter((word) => !others.includes(word)).join(", ") || "nothing";
    throw refusal(`its search has ${only(before, here)}, where this one has ${only(here, before)}`);
  }
  for (const key of ["examples", "reference"] as const) {
    if (resume[key] !== now[key]) {
      throw refusal(`its ${key} is ${resume[key]}, and this search's ${now[key]}`);
    }
  }
}

/** Parts of a search's name: sizes of the network, and fields of its rule. */
const wordsOf = (search: string): string[] =>
  search.split(/, \{?|,(?="\w+":)|\}$/).filter((word) => word !== "");

/**
 * Refuses a recorded step that is not the one that the search takes there, or whose decision does not follow
 * from what was measured. The loss itself is believed: to check it, it would have to be computed.
 *
 * @param place of the step in the trace, from 0
 * @param taken the step with the recorded loss and wins, and what follows from them
 * @throws TraceError saying what differs
 */
export function requireStep(
  recorded: SearchStep,
  taken: SearchStep,
  { place, examples }: { place: number; examples: number },
): void {
  const { action, element, loss, wins } = recorded;
  if (action !== taken.action || element !== taken.element) {
    throw refusal(
      `where it tried to ${action} "${element}", this search tries to ${taken.action} "${taken.element}"`,
    );
  }
  const step = `step ${place}, which tries to ${action} "${element}",`;
  if ((loss === null) !== (wins === null) || (wins ?? 0) > examples) {
    throw refusal(`${step} has the loss ${loss} and ${wins} wins of ${examples} examples`);
  }
  for (const key of ["bound", "accepted", "alternative"] as const) {
    if ((recorded[key] ?? false) === (taken[key] ?? false)) continue;
    throw refusal(`${step} has ${key} ${recorded[key]}, where ${taken[key]} follows from what it found`);
  }
}

/**
 * Refuses steps behind the end of the search.
 *
 * @throws TraceError saying how many there are, and should be
 */
export function requireNoMore(resume: SearchTrace, { steps }: Pick<SearchTrace, "steps">): void {
  if (resume.steps.length <= steps.length) return;
  throw refusal(`it has ${resume.steps.length} steps, and this search ends after ${steps.length}`);
}
