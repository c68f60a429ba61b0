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
