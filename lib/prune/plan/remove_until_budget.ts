import type { RemovalOrder, RemovalStep } from "./removal_order.ts";
import type { Costs, IncrementalCost } from "./cost.ts";

/** How far a chain of removals was followed. */
export interface RemovalResult {
  /** Channels that go, by group. */
  removed: Map<number, number[]>;
  /** Costs of what is left. */
  after: Costs;
}

/** Result of taking all steps. */
export function removeAll({ queues }: RemovalOrder, open: () => IncrementalCost): RemovalResult {
  const ledger = open();
  for (const queue of queues.values()) for (const step of queue) leave(ledger, step);
  return { removed: channelsOf(queues), after: ledger.now };
}

/** The channels of some steps, by group; of each group in the queues a list. */
function channelsOf(
  queues: RemovalOrder["queues"],
  takenOf = (id: number) => queues.get(id)!.length,
): Map<number, number[]> {
  const removed = new Map<number, number[]>();
  for (const [id, queue] of queues) {
    for (const step of queue) for (const part of step) if (!removed.has(part.id)) removed.set(part.id, []);
    for (const step of queue.slice(0, takenOf(id))) {
      for (const { id, channels } of step) removed.get(id)!.push(...channels);
    }
  }
  return removed;
}

/**
 * Takes steps in order of importance while what is left stays above the goal. The step that would go below it
 * is put off, and the gap filled with the least important steps that fit in between; where one of those would
 * go below the goal, its gap is filled the same way.
 *
 * Which steps fit depends on the gap and never on where in it the goal lies. So all costs that any goal can
 * lead to form one descending list, of which a goal gets the first at or below it: asking for more never
 * leaves more. Neighbours in that list differ by no more than the smallest step that any group still has to
 * give there.
 */
export function removeUntilBudget(
  { queues, order }: RemovalOrder,
  open: () => IncrementalCost,
  kind: keyof Costs,
  goal: number,
): RemovalResult {
  const ledger = open();
  const heads = new Map([...queues.keys()].map((id) => [id, 0]));
  /** When each step of a group comes. */
  const turns = new Map([...queues.keys()].map((id) => [id, [] as number[]]));
  order.forEach(({ id }, turn) => turns.get(id)!.push(turn));
  const turnOf = (id: number) => turns.get(id)![heads.get(id)!]!;
  const costAfter = (id: number) => without(ledger, queues.get(id)![heads.get(id)!]!)[kind];
  const take = (id: number) => {
    leave(ledger, queues.get(id)![heads.get(id)!]!);
    heads.set(id, heads.get(id)! + 1);
  };
  const putBack = (id: number) => {
    heads.set(id, heads.get(id)! - 1);
    restore(ledger, queues.get(id)![heads.get(id)!]!);
  };
  /** The group whose next step comes first of those that cost something and leave more than `floor`. */
  const nextAbove = (floor: number) =>
    [...queues.keys()].filter((id) => heads.get(id)! < queues.get(id)!.length)
      .sort((a, b) => turnOf(a) - turnOf(b))
      .find((id) => {
        const after = costAfter(id);
        return after < ledger.now[kind] && after > floor;
      });
  /**
   * Goes to the goal without reaching `floor`, the first cost that is known to meet it; or stays where it is.
   */
  const fill = (floor: number): boolean => {
    const taken: number[] = [];
    for (let id = nextAbove(floor); id !== undefined; id = nextAbove(floor)) {
      const after = costAfter(id);
      if (after <= goal) {
        if (!fill(after)) take(id);
        return true;
      }
      take(id);
      taken.push(id);
    }
    for (const id of taken.reverse()) putBack(id);
    return false;
  };
  for (const { id } of order) {
    if (ledger.now[kind] <= goal) break;
    const after = costAfter(id);
    if (after > goal || !fill(after)) take(id);
  }
  return { removed: channelsOf(queues, (id) => heads.get(id)!), after: ledger.now };
}

function leave(ledger: IncrementalCost, step: RemovalStep): void {
  for (const { id, channels } of step) for (const channel of channels) ledger.remove(id, channel);
}

function restore(ledger: IncrementalCost, step: RemovalStep): void {
  for (const { id, channels } of step) ledger.restore(id, channels);
}

/** Costs that a step would leave. */
function without(ledger: IncrementalCost, step: RemovalStep): Costs {
  const [only, ...more] = step;
  if (only && more.length === 0) return ledger.without(only.id, only.channels);
  leave(ledger, step);
  const costs = ledger.now;
  restore(ledger, step);
  return costs;
}
