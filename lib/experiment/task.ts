import { isWithin } from "../bounds.ts";
import { Error, TypeError } from "../errors.ts";
import type { Job } from "./job.ts";
import type { UnitRecord } from "./store/record.ts";
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
  /** How long its kind says that it takes, in seconds; absent where it does not, or that is no number. */
  readonly seconds?: number | undefined;
  /** Record of the unit, once it is done. */
  record?: UnitRecord;
  /** Reason why the unit failed, where it did. */
  failure?: UnitFailure;
}

/** A unit that has no rows, and why. */
export interface UnitFailure {
  /** The unit that failed. */
  readonly unit: Unit;
  /** The whole message. */
  readonly error: string;
  /** Stack where the error was thrown. */
  readonly stack: string;
}

/** All units and what they need, each once, what is needed before what needs it. */
export function allUnits(units: readonly Unit[]): Set<Unit> {
  const seen = new Set<Unit>();
  const all = new Set<Unit>();
  const visit = (unit: Unit) => {
    if (seen.has(unit)) return;
    seen.add(unit);
    Object.values(unit.needs).forEach(visit);
    all.add(unit);
  };
  units.forEach(visit);
  return all;
}

/**
 * The task of every unit and of what it needs; units of one name share a task. A unit that cannot be named,
 * for its spec is not plain JSON or its kind throws, has failed.
 */
export function tasksOf(units: readonly Unit[], circumstances: Circumstances): Map<Unit, Task> {
  const tasks = new Map<string, Task>();
  const taskOf = new Map<Unit, Task>();
  for (const unit of allUnits(units)) {
    const needs = Object.fromEntries(
      Object.entries(unit.needs).flatMap(([role, need]) => {
        const task = taskOf.get(need);
        return task ? [[role, task]] : []; // a circle of needs, which fails below
      }),
    );
    const task = newTask(unit, needs, circumstances);
    const known = tasks.get(task.name) ?? task;
    tasks.set(task.name, known);
    taskOf.set(unit, known);
  }
  return taskOf;
}

/** The name of a unit; see {@linkcode unitName}. */
export function nameOf(unit: Unit, circumstances: Circumstances): string {
  return tasksOf([unit], circumstances).get(unit)!.name;
}

function newTask(unit: Unit, needs: Task["needs"], circumstances: Circumstances): Task {
  try {
    if (Object.keys(needs).length < Object.keys(unit.needs).length) {
      throw new TypeError(`Cannot run a unit of ${unit.kind.name}: it needs itself, by way of what it needs`);
    }
    unit.kind.label(unit.spec);
    const seconds = unit.kind.seconds?.(unit.spec);
    return {
      unit,
      name: unitName(unit, namesOf(needs), circumstances),
      needs,
      seconds: isWithin(seconds, { from: 0 }) ? seconds : undefined,
    };
  } catch (thrown) {
    const { message, stack = message } = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { unit, name: `unnamed ${crypto.randomUUID()}`, needs, failure: { unit, error: message, stack } };
  }
}

/**
 * Tasks that have to be computed for those that are asked for: they, and what they need, as far as it has no
 * record. Nobody would read what a task needs that has failed before it began.
 */
export function wantedOf(asked: Iterable<Task>): Set<Task> {
  const wanted = new Set<Task>();
  const visit = (task: Task) => {
    if (task.record || wanted.has(task)) return;
    if (!task.failure) Object.values(task.needs).forEach(visit);
    wanted.add(task);
  };
  for (const task of asked) visit(task);
  return wanted;
}

/** Description of a unit, in words. */
export function labelOf({ kind, spec }: Unit): string {
  try {
    return kind.label(spec);
  } catch {
    return `a unit of ${kind.name}`;
  }
}

/** A task as a worker takes it. */
export function jobOf(
  { unit, name, needs, seconds }: Task,
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
    seconds,
    threads: kind.timing ? navigator.hardwareConcurrency : threads,
    store: store.folder,
  };
}

/** A task's record. */
export function recordOf(
  { unit, name, needs }: Task,
  circumstances: Circumstances,
  result: Pick<UnitRecord, "machine" | "when" | "seconds" | "rows" | "products">,
): UnitRecord {
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
