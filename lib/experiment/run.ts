import { Error } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { type Progress, silent } from "../progress.ts";
import { IN_WORKER } from "./job.ts";
import { lead } from "./lead.ts";
import { type Place, planUnits } from "./plan.ts";
import { type Results, resultsOf } from "./results.ts";
import { logRun } from "./run_log.ts";
import type { Task } from "./task.ts";
import type { RowOf, Unit } from "./unit.ts";
import { stopSignal } from "../stop.ts";

/** Settings of a run: units, place, and listeners. */
export interface RunOptions<U extends Unit = Unit> extends Place {
  /** Units whose rows are wanted; what they need is found by itself. */
  readonly units: readonly U[];
  /** Name of the run in progress messages. Default: "Experiment". */
  readonly title?: string | undefined;
  /** Who is shown how it goes. Default: nobody. */
  readonly progress?: Progress | undefined;
  /** Ends the run; what was computed is kept. Default: nothing does. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each unit that was asked for as soon as its rows are there, those from the store first. */
  readonly listen?: ((unit: U, rows: readonly RowOf<U>[]) => void | Promise<void>) | undefined;
}

/** Names of {@linkcode RunOptions}. */
const RUN_OPTIONS: OptionNames<RunOptions> = {
  units: true,
  title: true,
  progress: true,
  signal: true,
  listen: true,
  on: true,
  workers: true,
  store: true,
  fresh: true,
  engine: true,
};

/**
 * Gives the rows of all units: from the store where they are known, else computed, with all that they need
 * computed first. A unit that fails does not end the others: it is in the results' `failures`, and so is what
 * needs it. What was computed is kept as it comes, so a run that was stopped goes on; several runs on one
 * store share the work.
 *
 * @throws RangeError where `on` names no executor; the signal's reason where it is aborted; Error where the
 * executor itself cannot go on
 */
export async function run<U extends Unit>(options: RunOptions<U>): Promise<Results<RowOf<U>>> {
  if (Deno.env.get(IN_WORKER)) {
    throw new Error(
      "Cannot run units within a worker: a module that declares kinds is imported by workers, too; put its call of " +
        "run() behind `if (import.meta.main)`, or into another file",
    );
  }
  requireOptions("run", options, RUN_OPTIONS);
  const { units, title = "Experiment", progress = silent, signal: own, listen, ...place } = options;
  const signal = stopSignal(own);
  const plan = await planUnits(units, place);
  const untold = new Set(plan.asked);
  const tell = async (task: Task) => {
    if (untold.delete(task)) await listen?.(task.unit as U, task.record!.rows as RowOf<U>[]);
  };
  for (const task of [...untold]) if (task.record) await tell(task);
  const known = plan.asked.filter(({ record }) => record).length;
  if (plan.wanted.size > 0) await lead(plan, { title, progress, signal, tell });
  const results = resultsOf<RowOf<U>>(plan, known);
  await logRun(title, results);
  return results;
}
