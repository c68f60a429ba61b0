import type { Job } from "./job.ts";
import type { Record } from "./store/record.ts";
import type { Store } from "./store/store.ts";
import type { Unit } from "./unit.ts";
import { type Circumstances, dataOf, unitName } from "./unit_name.ts";

/** A unit that is asked for or needed, by its name, and how it stands. */
export interface Task {
  /** The unit. */
  readonly unit: Unit;
  /** The unit's name in the store. */
  readonly name: string;
  /** Tasks whose results it needs, by role. */
  readonly needs: Readonly<{ [role: string]: Task }>;
  /** What is kept of it, once it is done. */
  record?: Record;
  /** Why it failed, where it did. */
  failure?: UnitFailure;
}

/** A unit that has no rows, and why. */
export interface UnitFailure {
  /** The unit that failed. */
  readonly unit: Unit;
  /** The whole message. */
  readonly error: string;
  /** Where it was thrown. */
  readonly stack: string;
}

/** All units and what they need, each once, what is needed before what needs it. */
export function tasksOf(units: readonly Unit[], circumstances: Circumstances): Map<string, Task> {
  const tasks = new Map<string, Task>();
  const visit = (unit: Unit): Task => {
    const name = unitName(unit, circumstances);
    const known = tasks.get(name);
    if (known) return known;
    const needs = Object.fromEntries(Object.entries(unit.needs).map(([role, need]) => [role, visit(need)]));
    const task: Task = { unit, name, needs };
    tasks.set(name, task);
    return task;
  };
  units.forEach(visit);
  return tasks;
}

/**
 * What has to be computed for those that are asked for: they, and what they need, as far as it has no record.
 */
export function wantedOf(asked: Iterable<Task>): Set<Task> {
  const wanted = new Set<Task>();
  const visit = (task: Task) => {
    if (task.record || wanted.has(task)) return;
    Object.values(task.needs).forEach(visit);
    wanted.add(task);
  };
  for (const task of asked) visit(task);
  return wanted;
}

/** What a unit does, in words. */
export function labelOf({ kind, spec }: Unit): string {
  return kind.label(spec);
}

/** A task as a worker takes it. */
export function jobOf(
  { unit, name, needs }: Task,
  { circumstances, store, threads }: { circumstances: Circumstances; store: Store; threads: number },
): Job {
  const { kind, spec } = unit;
  return {
    name,
    kind: kind.name,
    version: kind.version,
    module: kind.module,
    label: labelOf(unit),
    spec,
    needs: namesOf(needs),
    data: dataOf(unit, circumstances),
    engine: circumstances.engine,
    ...kind.seconds && { seconds: kind.seconds(spec) },
    threads: kind.timing ? navigator.hardwareConcurrency : threads,
    store: store.folder,
  };
}

/** A task's record. */
export function recordOf(
  { unit, name, needs }: Task,
  circumstances: Circumstances,
  result: Pick<Record, "machine" | "when" | "seconds" | "rows" | "products">,
): Record {
  const { kind, spec } = unit;
  return {
    name,
    kind: kind.name,
    version: kind.version,
    label: labelOf(unit),
    spec,
    needs: namesOf(needs),
    data: dataOf(unit, circumstances),
    engine: circumstances.engine,
    ...result,
  };
}

function namesOf(needs: Task["needs"]): { [role: string]: string } {
  return Object.fromEntries(Object.entries(needs).map(([role, { name }]) => [role, name]));
}
