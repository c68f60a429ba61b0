import { RangeError } from "../../errors.ts";
import type { CallGraph } from "../call_graph.ts";
import { seededRandom } from "../../random.ts";
import { chanceOfBelief, chanceOfDecision, chanceOfStep, heard } from "./behaviour.ts";
import type { SimulatedTask, SimulatedWorld } from "./world.ts";

/**
 * Chances for so many questions, the same for all teams that are run with them: where two teams differ, it is
 * not by luck (common random numbers).
 */
export interface CommonDraws {
  /** Questions. */
  readonly questions: number;
  /** Streams of chances per question: agents times rounds. */
  readonly streams: number;
  /** Uniform numbers, [questions, 1 + streams × perStream]; the first is shared by all calls. */
  readonly uniforms: Float64Array;
  /** Numbers of each stream: belief, error, silence, and one for each step. */
  readonly perStream: number;
}

/** Numbers of a stream before those of its steps. */
const [BELIEF, ERROR, SILENCE, STEPS] = [0, 1, 2, 3];

/** Draws chances for questions of up to `steps` steps. */
export function commonDraws(
  { questions, streams, steps, seed }: { questions: number; streams: number; steps: number; seed: number },
): CommonDraws {
  const perStream = STEPS + steps;
  const random = seededRandom(seed, "common draws");
  const uniforms = Float64Array.from(
    { length: questions * (1 + streams * perStream) },
    () => random.uniform(),
  );
  return { questions, streams, uniforms, perStream };
}

/**
 * Runs a team on every question of some draws: for each, the chance that the decision is right, given what
 * the agents said; its mean is the team's accuracy.
 *
 * @throws RangeError where the team needs more streams or steps than were drawn
 */
export function simulateCalls(
  world: SimulatedWorld,
  task: SimulatedTask,
  { calls, answers }: CallGraph,
  draws: CommonDraws,
): Float64Array {
  const { agents, timeouts = 0, sharedErrors = 0 } = world;
  const done = task.steps.length;
  const lost = { error: done + 1, silent: done + 2 };
  const { error, silent } = lost;
  const least = 1 + Math.max(-1, ...calls.map(({ stream }) => stream));
  if (least > draws.streams || STEPS + done > draws.perStream) {
    throw new RangeError(
      `Cannot simulate the team: expected draws of ${least} streams and ${done} steps, found ${draws.streams} and ` +
        `${draws.perStream - STEPS}; draw more`,
    );
  }
  const states = new Int8Array(calls.length);
  return Float64Array.from({ length: draws.questions }, (_, question) => {
    const start = question * (1 + draws.streams * draws.perStream);
    const together = draws.uniforms[start]!;
    // Of the shared number, the part below the chance of treachery is uniform again.
    const shared = together < sharedErrors ? together / sharedErrors : undefined;
    calls.forEach(({ agent, reads, stream }, place) => {
      const own = agents[agent]!;
      const at = start + 1 + stream * draws.perStream;
      const uniform = (i: number) => draws.uniforms[at + i]!;
      if (uniform(SILENCE) < timeouts) {
        states[place] = silent;
        return;
      }
      const { messages, errors, level } = heard(reads, states, lost);
      if (uniform(BELIEF) < chanceOfBelief(own, errors)) {
        states[place] = error;
        return;
      }
      let step = level;
      while (step < done && uniform(STEPS + step) < chanceOfStep(world, task, own, { step, messages })) {
        step++;
      }
      const failed = step < done;
      states[place] = failed && (shared ?? uniform(ERROR)) < own.confidentError ? error : step;
    });
    let [right, wrong] = [0, 0];
    for (const answer of answers) {
      if (states[answer] === done) right++;
      else if (states[answer] === error) wrong++;
    }
    return chanceOfDecision(world, right, wrong);
  });
}
