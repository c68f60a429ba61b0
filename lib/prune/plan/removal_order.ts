/** Channels that leave together in one step, by group; of most steps one group. */
export type RemovalStep = readonly { readonly id: number; readonly channels: readonly number[] }[];

/** The order of removal. */
export interface RemovalOrder {
  /** Steps of each group, or of groups that begin together, least important first; by its first group. */
  queues: ReadonlyMap<number, readonly RemovalStep[]>;
  /** Which queue's next step comes when. */
  order: readonly { id: number; priority: number }[];
}

/** How steps are made. */
export interface OrderOptions {
  /** By what the groups are compared: "global", their importance; "layer", what is left of each. */
  scope: "global" | "layer";
  /**
   * Multiples of which a group's number of channels stays one; where no more can go, the next of the list.
   */
  multiplesOf: (id: number) => readonly number[];
  /** The largest part of a group that may go. */
  maxPruned: number;
  /** How many channels of a group stay whatever may go. Default 1. */
  least?: ((id: number) => number) | undefined;
  /** Groups that come to the first of their multiples in one step, or not at all. */
  together?: readonly (readonly number[])[] | undefined;
}

/** Orders all channels that may leave, in steps, by the importance of the channels of each group. */
export function removalOrder(
  importance: ReadonlyMap<number, Float64Array>,
  { together = [], ...options }: OrderOptions,
): RemovalOrder {
  const own = new Map([...importance].map(([id, scores]) => [id, stepsOf(id, scores, options)]));
  const queues = new Map<number, readonly RemovalStep[]>();
  const order: { id: number; priority: number }[] = [];
  const joined = new Set(together.flat());
  for (const id of own.keys()) {
    const members = joined.has(id) ? together.find((ids) => ids[0] === id) : [id];
    if (members === undefined) continue;
    const steps = members.length === 1 ? own.get(id)! : merged(
      members.map((member) => own.get(member)!),
      members.map((member) => importance.get(member)!.length % options.multiplesOf(member)[0]! !== 0),
    );
    queues.set(id, steps.map(({ step }) => step));
    for (const { priority } of steps) order.push({ id, priority });
  }
  // Sorting is stable, so a queue's own steps keep their order.
  order.sort((a, b) => a.priority - b.priority);
  return { queues, order };
}

interface RankedStep {
  step: RemovalStep;
  priority: number;
}

/** The steps of one group, each no less important than the one before. */
function stepsOf(
  id: number,
  scores: Float64Array,
  { scope, multiplesOf, maxPruned, least: floor }: OrderOptions,
): RankedStep[] {
  const channels = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]! || a - b);
  const least = Math.max(leastOf(channels.length, maxPruned), floor?.(id) ?? 1);
  const multiples = multiplesOf(id);
  const steps: RankedStep[] = [];
  let highest = -Infinity;
  for (let left = channels.length; left > 0;) {
    const keep = multiples.map((multiple) => (Math.ceil(left / multiple) - 1) * multiple)
      .find((keep) => keep >= least);
    if (keep === undefined) break;
    const step = channels.slice(channels.length - left, channels.length - keep);
    const mean = step.reduce((sum, channel) => sum + scores[channel]!, 0) / step.length;
    highest = Math.max(highest, scope === "layer" ? 1 - keep / channels.length : mean);
    steps.push({ step: [{ id, channels: step }], priority: highest });
    left = keep;
  }
  return steps;
}

/** How many channels of a group stay at least. Rounded up against noise: 0.3 of 10 channels is 3, not 2. */
export function leastOf(channels: number, maxPruned: number): number {
  return Math.max(1, Math.ceil(channels * (1 - maxPruned) - 1e-9));
}

/** The steps of several groups in one row: first those that make multiples, as one, then each in its turn. */
function merged(groups: readonly (readonly RankedStep[])[], first: readonly boolean[]): RankedStep[] {
  const starts = groups.flatMap((steps, i) => first[i] ? steps.slice(0, 1) : []);
  const priority = starts.reduce((sum, { priority }) => sum + priority, 0) / starts.length;
  const later = groups.flatMap((steps, i) => first[i] ? steps.slice(1) : steps)
    .sort((a, b) => a.priority - b.priority)
    .map((ranked) => ({ ...ranked, priority: Math.max(priority, ranked.priority) }));
  return [{ step: starts.flatMap(({ step }) => step), priority }, ...later];
}
