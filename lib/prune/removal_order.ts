/** Channels of a group that leave together in one step. */
export type RemovalStep = readonly number[];

/** The order of removal. */
export interface RemovalOrder {
  /** Steps of each group, least important first. */
  queues: ReadonlyMap<number, readonly RemovalStep[]>;
  /** Which group's next step comes when. */
  order: readonly { id: number; priority: number }[];
  /** The group that a step is of. */
  groupOf(step: RemovalStep): number;
}

/**
 * Orders all channels that may leave, in steps.
 *
 * @param multipleOf of how many channels a group keeps a multiple, by group
 */
export function removalOrder(
  importance: ReadonlyMap<number, Float64Array>,
  { scope, multipleOf, maxPruned }: {
    scope: "global" | "layer";
    multipleOf: (id: number) => number;
    maxPruned: number;
  },
): RemovalOrder {
  const queues = new Map<number, RemovalStep[]>();
  const owner = new Map<RemovalStep, number>();
  const order: { id: number; priority: number }[] = [];
  for (const [id, scores] of importance) {
    const channels = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]! || a - b);
    // Rounded up against noise: 0.3 of 10 channels is 3, not 2.
    const least = Math.max(1, Math.ceil(channels.length * (1 - maxPruned) - 1e-9));
    const steps: RemovalStep[] = [];
    const multiple = multipleOf(id);
    let highest = -Infinity;
    for (let left = channels.length; left > 0;) {
      const keep = left % multiple === 0 ? left - multiple : left - left % multiple;
      if (keep < least || keep === 0) break;
      const step = channels.slice(channels.length - left, channels.length - keep);
      const mean = step.reduce((sum, channel) => sum + scores[channel]!, 0) / step.length;
      highest = Math.max(highest, scope === "layer" ? 1 - keep / channels.length : mean);
      steps.push(step);
      owner.set(step, id);
      order.push({ id, priority: highest });
      left = keep;
    }
    queues.set(id, steps);
  }
  // Sorting is stable, so a group's own steps keep their order.
  order.sort((a, b) => a.priority - b.priority);
  return { queues, order, groupOf: (step) => owner.get(step)! };
}
