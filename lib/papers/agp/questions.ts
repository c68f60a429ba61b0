import { MAIN_TASKS, type SimulatedTaskName } from "../../agents/simulation/world.ts";
import { type Random, seededRandom } from "../../random.ts";

/** A simulated question, as a network sees it. */
export interface SimulatedQuestion {
  /** Type of the question, which the network is not told. */
  readonly task: SimulatedTaskName;
  /** Embedding of the question. */
  readonly embedding: Float32Array;
}

/** Questions to train on and to test on, and the roles that answer them. */
export interface SimulatedSet {
  /** An embedding for each role: a random direction. */
  readonly roles: readonly Float32Array[];
  /** Questions to train on: so many of each type, type by type. */
  readonly train: readonly SimulatedQuestion[];
  /** Questions to test on. */
  readonly test: readonly SimulatedQuestion[];
}

const VALUES = 384;

/**
 * Questions of the five main types: the embedding of each is its type's direction and a random one, equally
 * long, added and brought to unit length.
 */
export function simulatedSet(
  { seed, agents, train = 40, test = 20 }: { seed: number; agents: number; train?: number; test?: number },
): SimulatedSet {
  const random = seededRandom(seed, "questions");
  const centers = MAIN_TASKS.map((task) => direction(random.split("type", task)));
  const draw = (part: string, count: number) =>
    MAIN_TASKS.flatMap((task, t) =>
      Array.from({ length: count }, (_, i): SimulatedQuestion => {
        const noise = direction(random.split(part, task, i));
        return { task, embedding: unit(centers[t]!.map((value, k) => value + noise[k]!)) };
      })
    );
  return {
    roles: Array.from({ length: agents }, (_, i) => direction(random.split("role", i))),
    train: draw("train", train),
    test: draw("test", test),
  };
}

/** A random direction, of unit length. */
function direction(random: Random): Float32Array {
  return unit(Float32Array.from({ length: VALUES }, () => random.normal()));
}

function unit(values: Float32Array): Float32Array {
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}
