import { RangeError, TypeError } from "../../errors.ts";
import { givenInWords } from "../../given.ts";
import { withRemoved } from "../configuration.ts";
import { blockOf, type Configuration, type ElementId } from "../elements.ts";
import type { Evaluated, Evaluator } from "./evaluator.ts";
import type { SweepRule } from "./rules.ts";
import { requireStep, requireTrace, type SearchStep, type SearchTrace } from "./trace.ts";

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
  /** Told of the trace after each step, a copy as it is then; what it returns is awaited. */
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
 * @throws SyntaxError where what is to be gone on from is no trace; TypeError where it is another search's
 */
export async function startTrials(
  evaluator: Evaluator,
  empty: Configuration,
  { accept, search, resume, onStep, signal }: TrialsOptions,
): Promise<Trials & { trace: SearchTrace }> {
  if (onStep !== undefined && typeof onStep !== "function") {
    throw new TypeError(`Cannot tell ${givenInWords(onStep)} of steps: expected onStep to be a function`);
  }
  const reference = await evaluator.evaluate(empty);
  const { examples } = evaluator;
  const trace: SearchTrace = { search, examples, reference: reference.loss, steps: [] };
  if (resume !== undefined) requireTrace(resume, trace);
  if (resume?.milliseconds) trace.milliseconds = resume.milliseconds;
  const recorded = resume?.steps ?? [];
  const needed = typeof accept.minWins === "function"
    ? accept.minWins(reference.losses)
    : accept.minWins === "majority"
    ? Math.floor(examples / 2) + 1
    : accept.minWins;
  if (!Number.isFinite(needed)) {
    throw new RangeError(
      `Cannot search by a rule whose minWins gives ${needed}: expected a number of examples, of ${examples}`,
    );
  }
  const state = { gone: new Set<ElementId>() as ReadonlySet<ElementId>, bound: reference.loss };
  const measure = async (gone: ReadonlySet<ElementId>, limit: number) => {
    const { loss, losses } = await evaluator.evaluate(withRemoved(empty, gone), limit);
    return Number.isFinite(loss)
      ? { loss, wins: countWins(losses, reference.losses) }
      : { loss: null, wins: null };
  };
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
      const place = trace.steps.length;
      const known = recorded[place];
      // Below the bound it may be accepted, however narrow the gate is.
      const limit = bound === Infinity || gate === Infinity ? Infinity : Math.max(1, gate) * bound;
      const { loss, wins } = known ?? await measure(changed(from, { action, element }), limit);
      // Given back is only what helps: what has no effect would come and go.
      const strict = accept.strict || action === "restore";
      const accepted = loss !== null && wins !== null && wins >= needed &&
        (strict ? loss < bound : loss <= bound);
      const step: SearchStep = {
        action,
        element,
        loss,
        wins,
        bound: bound === Infinity ? null : bound,
        accepted,
        alternative,
      };
      if (known) requireStep(known, step, { place, examples });
      trace.steps.push(step);
      if (!known) await onStep?.({ ...trace, steps: [...trace.steps] });
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
