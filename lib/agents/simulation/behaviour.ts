import type { SimulatedAgent, SimulatedTask, SimulatedWorld } from "./world.ts";

/** Chance to believe one error at least. */
export function chanceOfBelief({ gullibility, alwaysWrong }: SimulatedAgent, errors: number): number {
  return alwaysWrong ? 1 : 1 - (1 - gullibility) ** errors;
}

/** Chance of an agent to succeed at a step, with so many messages in its prompt. */
export function chanceOfStep(
  { crowding, uncrowded }: SimulatedWorld,
  { steps, difficulty }: SimulatedTask,
  { skills }: SimulatedAgent,
  { step, messages }: { step: number; messages: number },
): number {
  return (skills[steps[step]!] ?? 0) ** difficulty * crowding ** Math.max(0, messages - uncrowded);
}

/** Chance that the decision is right, of agents that are done and agents in error. */
export function chanceOfDecision({ guess }: SimulatedWorld, done: number, errors: number): number {
  if (done > errors) return 1;
  if (done < errors) return 0;
  return done > 0 ? 0.5 : guess;
}

/**
 * Messages that a call hears of those that it reads, how many of them are in error, and the most steps that
 * one of them has done.
 *
 * @param states of all calls: steps that are done as far as each knows, or one of the two states of `lost`
 * @param lost the states of a call in error and of one that gave no answer
 */
export function heard(
  reads: readonly number[],
  states: ArrayLike<number>,
  { error, silent }: { readonly error: number; readonly silent: number },
): { messages: number; errors: number; level: number } {
  let [messages, errors, level] = [0, 0, 0];
  for (const read of reads) {
    const state = states[read]!;
    if (state === silent) continue;
    messages++;
    if (state === error) errors++;
    else if (state > level) level = state;
  }
  return { messages, errors, level };
}
