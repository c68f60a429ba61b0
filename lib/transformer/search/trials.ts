import { withoutUndefined } from "../../options.ts";
import { TypeError } from "../../errors.ts";
import { withRemoved } from "../configuration.ts";
import { blockOf, type Configuration, type ElementId } from "../elements.ts";
import type { Evaluated, Evaluator } from "./evaluator.ts";
import type { SweepRule } from "./rules.ts";

/** One thing that a search tried. */
export interface SearchStep {
  /** Change that was tried: the element gone (a switch: on), or given back. */
  action: "remove" | "restore";
  /** The element. */
  element: ElementId;
  /** Mean loss with the change; null where it was seen before its end to be above what could matter, or is no number. */
  loss: number | null;
  /** Examples that did no worse than in the untouched network; null where the loss is. */
  wins: number | null;
  /** The loss that had to be undercut: the best so far. */
  bound: number;
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
}

/** The state of a search. */
export interface Trials {
  /** Loss of the untouched network, example by example. */
  readonly reference: Evaluated;
  /** Elements that are gone. */
  readonly gone: ReadonlySet<ElementId>;
  /** The best loss so far. */
  readonly bound: number;
  /** Every state that was settled on, with its loss, from the untouched network on. */
  readonly path: readonly { removed: readonly ElementId[]; loss: number }[];
  /**
   * Tries a change and says whether the rule accepts it, and its loss; Infinity where that is above what
   * matters. Changes nothing.
   */
  ask(change: Change): Promise<{ accepted: boolean; loss: number }>;
  /** Goes on from other elements gone, with a loss that was measured. */
  settle(gone: ReadonlySet<ElementId>, loss: number): void;
}

/** A change to ask about. */
export interface Change {
  /** Remove or restore. */
  action: SearchStep["action"];
  /** The element. */
  element: ElementId;
  /** Elements that are gone beside the change. Default: those of the search. */
  from?: ReadonlySet<ElementId>;
  /** The loss to undercut. Default: the best so far. */
  bound?: number;
  /** Up to this times the bound the loss itself is wanted. Default 1. */
  gate?: number;
  /** Whether the change is one of two ways. */
  alternative?: boolean;
}

/** Settings of {@linkcode startTrials}. */
export interface TrialsOptions {
  /** Conditions under which a change is accepted. */
  accept: Pick<SweepRule, "strict" | "minWins">;
  /** Words that tell this search from others. */
  search: string;
  /** A trace to go on from. */
  resume?: SearchTrace | undefined;
  /** Told of the trace after each step; what it returns is awaited. */
  onStep?: ((trace: SearchTrace) => void | Promise<void>) | undefined;
  /** Ends the search between two steps. */
  signal?: AbortSignal | undefined;
}

/** The elements gone after one more is removed, or given back. */
export function changed(
  gone: ReadonlySet<ElementId>,
  { action, element }: Pick<Change, "action" | "element">,
): Set<ElementId> {
  const next = new Set(gone);
  if (action === "restore") next.delete(element);
  else {
    // A block that is gone takes its parts along.
    for (const id of gone) if (id !== element && blockOf(id) === element) next.delete(id);
    next.add(element);
  }
  return next;
}

/**
 * Evaluates the untouched network and starts a search.
 *
 * @throws TypeError where the trace to go on from is another search's
 */
export async function startTrials(
  evaluator: Evaluator,
  empty: Configuration,
  { accept, search, resume, onStep, signal }: TrialsOptions,
): Promise<Trials & { trace: SearchTrace }> {
  const reference = await evaluator.evaluate(empty);
  const { examples } = evaluator;
  const trace: SearchTrace = { search, examples, reference: reference.loss, steps: [] };
  if (resume) requireSame(resume, trace);
  const recorded = resume?.steps ?? [];
  const needed = typeof accept.minWins === "function"
    ? accept.minWins(reference.losses)
    : accept.minWins === "majority"
    ? Math.floor(examples / 2)
    : accept.minWins;
  const state = { gone: new Set<ElementId>() as ReadonlySet<ElementId>, bound: reference.loss };
  const path = [{ removed: [] as readonly ElementId[], loss: reference.loss }];
  return {
    reference,
    trace,
    path,
    get gone() {
      return state.gone;
    },
    get bound() {
      return state.bound;
    },
    async ask({ action, element, from = state.gone, bound = state.bound, gate = 1, alternative = false }) {
      signal?.throwIfAborted();
      const known = recorded[trace.steps.length];
      let [loss, wins]: [number | null, number | null] = [null, null];
      if (known) {
        if (known.action !== action || known.element !== element) {
          throw otherSearch(known, { action, element });
        }
        [loss, wins] = [known.loss, known.wins];
      } else {
        const limit = bound === Infinity || gate === Infinity ? Infinity : gate * bound;
        const found = await evaluator.evaluate(withRemoved(empty, changed(from, { action, element })), limit);
        if (Number.isFinite(found.loss)) {
          loss = found.loss;
          wins = countWins(found.losses, reference.losses);
        }
      }
      const accepted = loss !== null && wins !== null && wins > needed &&
        (accept.strict ? loss < bound : loss <= bound);
      trace.steps.push(withoutUndefined({
        action,
        element,
        loss,
        wins,
        bound,
        accepted,
        alternative,
      }));
      if (!known) await onStep?.(trace);
      return { accepted, loss: loss ?? Infinity };
    },
    settle(gone, loss) {
      state.gone = gone;
      state.bound = Math.min(state.bound, loss);
      path.push({ removed: withRemoved(empty, gone).removed, loss });
    },
  };
}

/** Examples that do no worse than before; equal ones count. */
function countWins(losses: Float64Array, before: Float64Array): number {
  let wins = 0;
  for (let i = 0; i < losses.length; i++) if (losses[i]! <= before[i]!) wins++;
  return wins;
}

function requireSame(resume: SearchTrace, trace: SearchTrace): void {
  for (const key of ["search", "examples", "reference"] as const) {
    if (resume[key] === trace[key]) continue;
    throw new TypeError(
      `Cannot go on with this trace: its ${key} is ${resume[key]}, and this search's ${
        trace[key]
      }; give the trace of ` +
        `the same network, data and rule`,
    );
  }
}

function otherSearch(known: SearchStep, now: Pick<SearchStep, "action" | "element">): TypeError {
  return new TypeError(
    `Cannot go on with this trace: where it tried to ${known.action} "${known.element}", this search tries to ` +
      `${now.action} "${now.element}"; give the trace of the same network, data and rule`,
  );
}
