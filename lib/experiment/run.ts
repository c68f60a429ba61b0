import { dataDigest } from "../data/data_digest.ts";
import { type Progress, silent } from "../progress.ts";
import { openRuntime } from "../runtime/engines.ts";
import { readPlace } from "./executor.ts";
import { lead, type Place } from "./lead.ts";
import { thisMachine } from "./machine.ts";
import { type Results, results } from "./results.ts";
import { defaultStore, openStore } from "./store.ts";
import { type Task, tasksOf, wantedOf } from "./task.ts";
import type { RowOf, Unit } from "./unit.ts";
import { type Circumstances, unitName } from "./unit_name.ts";

/** What to run, and where. */
export interface RunOptions<U extends Unit = Unit> {
  readonly units: readonly U[];
  /**
   * Where: `here`, `ray:http://HEAD:8265`, `slurm:/SHARED/FOLDER?partition=NAME`. Default: what the environment names in
   * `ESPALIER_ON`, else `here`. Timings always run here.
   */
  readonly on?: string | undefined;
  /** The store's folder, which all machines share. Default: `experiments` in the cache folder. */
  readonly store?: string | undefined;
  /** Results from before this moment (ISO 8601) are computed again. Default: what `ESPALIER_FRESH` says, else none are. */
  readonly fresh?: string | undefined;
  /** Units at a time on this machine; they share its processors. Default: one for each processor, at most 8. */
  readonly workers?: number | undefined;
  /** The engine that computes. Default: the one that `openRuntime` chooses by itself. */
  readonly engine?: string | undefined;
  /** What progress says that it is of. Default: "Experiment". */
  readonly title?: string | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each unit that was asked for as soon as its rows are there, those from the store first. */
  readonly listen?: ((unit: U, rows: readonly RowOf<U>[]) => void | Promise<void>) | undefined;
}

/**
 * Gives the rows of all units: from the store where they are known, else computed, with all that they need computed first.
 * A unit that fails does not end the others: it is in the results' `failures`, and so is what needs it. What was computed
 * is kept as it comes, so a run that was stopped goes on; several runs on one store share the work.
 *
 * @throws RangeError where `on` names no executor; the signal's reason where it is aborted; Error where the data of a unit are
 * not on this machine, or the executor itself cannot go on
 */
export async function run<U extends Unit>(options: RunOptions<U>): Promise<Results<RowOf<U>>> {
  const { title = "Experiment", progress = silent, signal, listen, fresh = Deno.env.get("ESPALIER_FRESH") } =
    options;
  const { units } = options;
  const place = placeOf(options);
  const store = openStore(options.store ?? defaultStore());
  const circumstances = await circumstancesOf(units, options.engine);
  const tasks = tasksOf(units, circumstances);
  const asked = units.map((unit) => tasks.get(unitName(unit, circumstances))!);
  const usable = async (name: string) => {
    const record = await store.read(name);
    return record && !(fresh && record.when < fresh) ? record : undefined;
  };
  for (const task of tasks.values()) {
    const record = await usable(task.name);
    if (record) task.record = record;
  }
  const told = new Set(asked);
  const tell = async (task: Task) => {
    if (told.delete(task)) await listen?.(task.unit as U, task.record!.rows as RowOf<U>[]);
  };
  const known = [...told].filter(({ record }) => record);
  for (const task of known) await tell(task);
  const wanted = wantedOf(asked);
  if (wanted.size > 0) {
    await lead({ wanted, store, usable, circumstances, title, progress, signal, tell, ...place });
  }
  const all = new Map<Unit, Task>();
  const enter = (unit: Unit) => {
    all.set(unit, tasks.get(unitName(unit, circumstances))!);
    Object.values(unit.needs).forEach(enter);
  };
  units.forEach(enter);
  return results(asked, all, {
    store,
    fromStore: known.length,
    computed: [...wanted].filter(({ record }) => record).length,
    failures: [...wanted].flatMap(({ failure }) => failure ?? []),
  });
}

function placeOf(
  { on = Deno.env.get("ESPALIER_ON") || "here", workers }: Pick<RunOptions, "on" | "workers">,
): Place {
  const { settings } = readPlace(on);
  const cores = navigator.hardwareConcurrency;
  const atOnce = workers ?? (Number(settings.workers) || Math.min(8, cores));
  return { on, workers: atOnce, threads: Math.max(1, Math.floor(cores / atOnce)) };
}

/** Engine, machine, and digests of all data that units and what they need read. */
async function circumstancesOf(
  units: readonly Unit[],
  engine = Deno.env.get("ESPALIER_ENGINE"),
): Promise<Circumstances> {
  const names = new Set<string>();
  const collect = ({ kind, spec, needs }: Unit) => {
    for (const name of kind.data?.(spec) ?? []) names.add(name);
    Object.values(needs).forEach(collect);
  };
  units.forEach(collect);
  const digests: { [name: string]: string } = {};
  for (const name of names) digests[name] = await dataDigest(name);
  return { engine: engine ?? await automaticEngine(), machine: thisMachine(), digests };
}

let automatic: Promise<string> | undefined;

/** The engine that is chosen where none is asked for; the same one throughout a process. */
function automaticEngine(): Promise<string> {
  return automatic ??= openRuntime().then(async (runtime) => {
    await runtime.close();
    return runtime.engine;
  });
}
