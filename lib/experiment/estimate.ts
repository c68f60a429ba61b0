import { withoutUndefined } from "../options.ts";
import { type Place, type Plan, planUnits } from "./plan.ts";
import type { Task } from "./task.ts";
import type { Unit } from "./unit.ts";

/** Predicted time and work of some units. */
export interface Estimate {
  /** Units that are asked for, and those that have to be computed for them. */
  readonly units: number;
  /** How many of those that are asked for are in the store. */
  readonly known: number;
  /** How many have to be computed. */
  readonly toCompute: number;
  /** About how long that takes on this machine, in seconds; absent where it can't be said of any. */
  readonly seconds?: number;
  /** Number of units that the estimate leaves out, because their kind does not say how long they take. */
  readonly unknown: number;
}

/** Says what units are going to take, before they are run. */
export async function estimate(units: readonly Unit[], place: Place = {}): Promise<Estimate> {
  return estimatePlan(await planUnits(units, place));
}

/**
 * Estimate for a plan: by what kinds say of their units, and times on this machine in the past, as far as the
 * plan's own units tell.
 */
export function estimatePlan({ asked, taskOf, wanted, workers, circumstances: { machine } }: Plan): Estimate {
  const past = [...new Set(taskOf.values())].filter(({ record }) => record?.machine === machine);
  let [seconds, said] = [0, 0];
  for (const task of wanted) {
    const alike = past.filter(({ unit }) => unit.kind === task.unit.kind);
    const expected = expectedSeconds(task, alike);
    if (expected === undefined) continue;
    said++;
    seconds += task.unit.kind.timing ? expected : expected / workers;
  }
  return withoutUndefined({
    units: new Set([...asked, ...wanted]).size,
    known: asked.filter(({ record }) => record).length,
    toCompute: wanted.size,
    seconds: said > 0 ? seconds : undefined,
    unknown: wanted.size - said,
  });
}

function expectedSeconds({ seconds }: Task, past: readonly Task[]): number | undefined {
  if (seconds === undefined) return past.length > 0 ? median(past.map(tookOf)) : undefined;
  // What was said to take no time tells nothing of others.
  const ratios = past.flatMap((task) => task.seconds ? [tookOf(task) / task.seconds] : []);
  return seconds * (ratios.length > 0 ? median(ratios) : 1);
}

const tookOf = ({ record }: Task): number => record!.seconds;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
