import { RangeError } from "../errors.ts";
import { emptyRecord } from "../own.ts";
import { dataDigest } from "../data/data_digest.ts";
import { openRuntime } from "../runtime/engines.ts";
import { readPlace, requireWorkers } from "./executors/place.ts";
import { thisMachine } from "./machine.ts";
import { askedEngine } from "./runtime_of_units.ts";
import type { UnitRecord } from "./store/record.ts";
import { defaultStore, openStore, type Store } from "./store/store.ts";
import { allUnits, type Task, tasksOf, wantedOf } from "./task.ts";
import type { Unit } from "./unit.ts";
import type { Circumstances } from "./unit_name.ts";

/** Where units are computed, and where what comes of them is kept. */
export interface Place {
  /**
   * `here`, `ray:http://HEAD:8265`, `slurm:/SHARED/FOLDER?partition=NAME`. Default: what the environment
   * names in `ESPALIER_ON`, else `here`. Timings always run here.
   */
  readonly on?: string | undefined;
  /**
   * Units at a time on this machine; they share its processors. Default: one for each processor, at most 8.
   */
  readonly workers?: number | undefined;
  /** The store's folder, which all machines share. Default: `experiments` in the cache folder. */
  readonly store?: string | undefined;
  /**
   * Results from before this moment (ISO 8601) are computed again, and not from checkpoints that are older.
   * Default: what `ESPALIER_FRESH` says, else none are.
   */
  readonly fresh?: string | undefined;
  /**
   * The engine that computes. Default: what `ESPALIER_ENGINE` says, else the one that `openRuntime` chooses
   * by itself.
   */
  readonly engine?: string | undefined;
}

/** Records that are read at a time: the disk may be one that a cluster shares, where each takes a while. */
const AT_ONCE = 64;

/** Results that are known and tasks that are left, for some units. */
export interface Plan {
  /** Where the work is done: an executor and its place. */
  readonly on: string;
  /** Units at a time on this machine, and threads for each. */
  readonly workers: number;
  /** Threads for each unit. */
  readonly threads: number;
  /** The store that holds records and products. */
  readonly store: Store;
  /** Library, engine and data that results depend on beside their specs. */
  readonly circumstances: Circumstances;
  /** The task of every unit that is asked for, and of what they need. */
  readonly taskOf: ReadonlyMap<Unit, Task>;
  /** The tasks of the units that are asked for, in their order. */
  readonly asked: readonly Task[];
  /** Tasks without a record, as far as they are asked for, or needed by one without a record. */
  readonly wanted: ReadonlySet<Task>;
  /** Results and checkpoints from before this moment are not gone on from; undefined where all are. */
  readonly fresh: string | undefined;
  /** A record from the store, where it is new enough. */
  usable(name: string): Promise<UnitRecord | undefined>;
}

/**
 * Names units by what they depend on, and looks up which are known.
 *
 * Units whose data are not on this machine have failed before anything begins.
 *
 * @throws RangeError where `on` names no executor
 */
export async function planUnits(units: readonly Unit[], place: Place = {}): Promise<Plan> {
  const { on = Deno.env.get("ESPALIER_ON") || "here" } = place;
  const fresh = momentOf(place.fresh ?? Deno.env.get("ESPALIER_FRESH"));
  const { settings } = readPlace(on);
  const cores = navigator.hardwareConcurrency;
  const workers = place.workers ?? Number(settings.workers ?? Math.min(8, cores));
  requireWorkers(workers, workers);
  const store = openStore(place.store ?? defaultStore());
  const circumstances = await circumstancesOf(units, place.engine);
  const taskOf = tasksOf(units, circumstances);
  const usable = async (name: string) => {
    const record = await store.read(name);
    return record && !(fresh && record.when < fresh) ? record : undefined;
  };
  const named = [...new Set(taskOf.values())].filter(({ failure }) => !failure);
  for (let at = 0; at < named.length; at += AT_ONCE) {
    await Promise.all(
      named.slice(at, at + AT_ONCE).map(async (task) => {
        const record = await usable(task.name);
        if (record) task.record = record;
      }),
    );
  }
  for (const task of named) {
    const absent = missingData(task, circumstances);
    if (absent) {
      task.failure = { unit: task.unit, error: absent.message, stack: absent.stack ?? absent.message };
    }
  }
  const asked = units.map((unit) => taskOf.get(unit)!);
  return {
    on,
    workers,
    threads: Math.max(1, Math.floor(cores / workers)),
    store,
    circumstances,
    taskOf,
    asked,
    wanted: wantedOf(asked),
    fresh,
    usable,
  };
}

/** @throws RangeError where a moment is none */
function momentOf(fresh: string | undefined): string | undefined {
  if (!fresh) return undefined;
  const time = Date.parse(fresh);
  if (!Number.isNaN(time) && /^\d{4}-\d\d-\d\d/.test(fresh)) return new Date(time).toISOString();
  throw new RangeError(
    `Cannot compute again what is older than "${fresh}": expected a moment in ISO 8601, such as 2026-01-31T12:00:00Z`,
  );
}

/** Engine, machine, and digests of all data that units and what they need read. */
async function circumstancesOf(
  units: readonly Unit[],
  given: string | undefined,
): Promise<Circumstances> {
  const engine = askedEngine(given);
  const names = new Set<string>();
  for (const unit of allUnits(units)) for (const name of dataNames(unit)) names.add(name);
  const digests = emptyRecord<string | Error>();
  for (const name of names) digests[name] = await dataDigest(name).catch((error: Error) => error);
  return { engine: engine ?? await automaticEngine(), machine: thisMachine(), digests };
}

/** Why a task can't be done here: data that it reads are not on this machine. */
function missingData({ unit }: Task, { digests }: Circumstances): Error | undefined {
  return dataNames(unit).map((name) => digests[name]).find((digest) => digest instanceof Error);
}

/**
 * Names of the data that a unit reads; none where its kind cannot say, which fails the unit when it is named.
 */
function dataNames({ kind, spec }: Unit): readonly string[] {
  try {
    return kind.data?.(spec) ?? [];
  } catch {
    return [];
  }
}

let automatic: Promise<string> | undefined;

/** The engine that is chosen where none is asked for; the same one throughout a process. */
function automaticEngine(): Promise<string> {
  return automatic ??= openRuntime().then(async (runtime) => {
    await runtime.close();
    return runtime.engine;
  });
}
