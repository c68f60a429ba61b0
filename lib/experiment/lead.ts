import type { Progress } from "../progress.ts";
import { type Claims, openClaims } from "./store/claims.ts";
import type { Executor, Listener } from "./executors/executor.ts";
import { openExecutor } from "./executors/open_executor.ts";
import type { Answer } from "./job.ts";
import { estimatePlan } from "./estimate.ts";
import { readPlace } from "./executors/place.ts";
import { type MachineLock, openMachineLock } from "./machine_lock.ts";
import type { Plan } from "./plan.ts";
import type { UnitRecord } from "./store/record.ts";
import type { Store } from "./store/store.ts";
import { jobOf, labelOf, recordOf, type Task, type UnitFailure } from "./task.ts";
import { watch, type Watcher } from "./watch.ts";

/** Who is told of what a leader does. */
export interface LeadOptions {
  /** Name of the run for progress messages. */
  readonly title: string;
  /** Is told how the run is getting on. */
  readonly progress: Progress;
  /** Stops the run. */
  readonly signal: AbortSignal | undefined;
  /** Told of each task that has a record now. */
  readonly tell: (task: Task) => Promise<void>;
}

/** How a leader's tasks stand. Each is in one of the first three, or has a record or a failure. */
interface State extends Plan, LeadOptions {
  readonly waiting: Set<Task>;
  readonly running: Map<string, Task>;
  /** Tasks that another leader is at. */
  readonly elsewhere: Set<Task>;
  readonly claims: Claims;
  readonly machine: MachineLock;
  readonly watcher: Watcher;
  /** The executor of a place, opened when it is first asked for. */
  readonly executor: (on: string) => Promise<Executor>;
}

/** Between two looks at units that another leader is at, or at a machine that one has for itself, in ms. */
const BETWEEN_LOOKS = 300;

/**
 * Has everything computed that is wanted, as soon as what it needs is there, and keeps what comes. Only
 * leaders write records.
 *
 * @throws the signal's reason where it is aborted; what an executor says that is broken
 */
export async function lead(plan: Plan, options: LeadOptions): Promise<void> {
  const { wanted, store, workers, threads } = plan;
  const { signal } = options;
  const answers: Answer[] = [];
  let broken: Error | undefined;
  let wake = Promise.withResolvers<void>();
  await using held = new AsyncDisposableStack();
  const settings = { title: options.title, total: wanted.size, ...estimatePlan(plan) };
  const watcher = held.adopt(await watch(options.progress, settings), (open) => open.close());
  const listener: Listener = {
    answer: (answer) => void (answers.push(answer), wake.resolve()),
    note: watcher.note,
    broken: (error) => void (broken ??= error, wake.resolve()),
  };
  const stopped = () => wake.resolve();
  signal?.addEventListener("abort", stopped);
  held.defer(() => signal?.removeEventListener("abort", stopped));
  const claims = held.adopt(await openClaims(store.folder), (open) => open.close());
  const machine = held.adopt(await openMachineLock(), (open) => open.close());
  const executors = new Map<string, Promise<Executor>>();
  const modules = [...new Set(Array.from(wanted, ({ unit }) => unit.kind.module))];
  const state: State = {
    ...plan,
    ...options,
    waiting: new Set([...wanted].filter(({ failure }) => !failure)),
    running: new Map(),
    elsewhere: new Set(),
    claims,
    machine,
    watcher,
    executor(on) {
      const known = executors.get(on) ??
        openExecutor(on, { store: store.folder, modules, listener, workers, threads })
          .then((opened) => held.adopt(opened, (open) => open.close()));
      executors.set(on, known);
      return known;
    },
  };
  const { waiting, running, elsewhere } = state;
  for (const task of wanted) if (task.failure) await fail(task, task.failure, state);
  while (waiting.size + running.size + elsewhere.size > 0) {
    // What has come is kept also by a run that is to end.
    while (answers.length > 0) await keep(answers.shift()!, state);
    signal?.throwIfAborted();
    if (broken) throw broken;
    await lookElsewhere(state);
    await failWhatCannotBe(state);
    if (running.size === 0) await machine.give();
    const taken = !await handOver(state);
    // Nothing to wait for: all is done, or a record came at once.
    if (answers.length > 0 || running.size + elsewhere.size === 0 && !taken) continue;
    const look = elsewhere.size > 0 || taken ? setTimeout(wake.resolve, BETWEEN_LOOKS) : undefined;
    await wake.promise;
    clearTimeout(look);
    wake = Promise.withResolvers();
  }
}

/** Writes what a worker answered. A second answer for a unit changes nothing. */
async function keep(given: Answer, state: State): Promise<void> {
  const { running, store, circumstances, claims } = state;
  const task = running.get(given.name);
  if (!task) return;
  const answer = await withProducts(given, task, store);
  running.delete(answer.name);
  const when = new Date().toISOString();
  if ("error" in answer) {
    const { unit: { kind, spec }, unit, name } = task;
    const { error, stack } = answer;
    await store.writeFailure({ name, kind: kind.name, label: labelOf(unit), spec, when, error, stack });
    await fail(task, { error, stack }, state);
  } else {
    const record = recordOf(task, circumstances, { ...answer, when });
    await store.write(record);
    await finish(task, record, state);
  }
  await claims.give(task.name);
}

/** Products of a machine that does not share the store are lost to all others. */
async function withProducts(answer: Answer, { unit }: Task, { has, folder }: Store): Promise<Answer> {
  if ("error" in answer) return answer;
  for (const [product, file] of Object.entries(answer.products)) {
    if (await has(file)) continue;
    const error =
      `Cannot find ${product} of ${labelOf(unit)}, which was made on ${answer.machine}, in ${folder}: ` +
      "leader and workers must share that folder; name one that they do as the run's store";
    return { name: answer.name, error, stack: error, spec: unit.spec };
  }
  return answer;
}

async function finish(task: Task, record: UnitRecord, { watcher, tell }: State): Promise<void> {
  task.record = record;
  await watcher.done(task.name);
  await tell(task);
}

async function fail(task: Task, failure: Omit<UnitFailure, "unit">, { watcher }: State): Promise<void> {
  task.failure = { unit: task.unit, ...failure };
  await watcher.failed(task.name, `${labelOf(task.unit)}: ${failure.error}`);
}

/** Units that another leader was at: done by it, or ours to do where it died or failed. */
async function lookElsewhere(state: State): Promise<void> {
  const { elsewhere, waiting, claims, usable } = state;
  for (const task of elsewhere) {
    const record = await usable(task.name);
    if (record) {
      elsewhere.delete(task);
      await finish(task, record, state);
    } else if (await claims.take(task.name)) {
      elsewhere.delete(task);
      waiting.add(task);
    }
  }
}

/** Units that need one that failed. */
async function failWhatCannotBe(state: State): Promise<void> {
  const { waiting, claims } = state;
  for (const task of waiting) {
    const failed = Object.values(task.needs).find(({ failure }) => failure);
    if (!failed) continue;
    waiting.delete(task);
    await claims.give(task.name);
    const error = `Cannot run ${labelOf(task.unit)}: it needs ${labelOf(failed.unit)}, which failed`;
    await fail(task, { error, stack: error }, state);
  }
}

/**
 * Gives executors what is ready and what they have room for. Timings come last: one at a time, on this
 * machine, alone on it.
 *
 * @returns whether the machine was to be had; if not, another leader takes times on it, or computes where we
 * would
 */
async function handOver(state: State): Promise<boolean> {
  const { waiting, running, elsewhere, machine, on } = state;
  const ready = [...waiting].filter(({ needs }) => Object.values(needs).every(({ record }) => record));
  const [timings, others] = [ready.filter(isTiming), ready.filter((task) => !isTiming(task))];
  if ([...running.values()].some(isTiming)) return true;
  if (others.length > 0) {
    if (readPlace(on).name === "here" && !await machine.take("shared")) return false;
    await start(others, await state.executor(on), state);
  } else if (timings.length > 0 && running.size + elsewhere.size === 0) {
    if (!await machine.take("alone")) return false;
    await start(timings.slice(0, 1), await state.executor("here"), state);
  }
  return true;
}

function isTiming({ unit }: Task): boolean {
  return unit.kind.timing === true;
}

async function start(tasks: readonly Task[], executor: Executor, state: State): Promise<void> {
  const { waiting, running, elsewhere, claims, store, fresh, usable, watcher } = state;
  for (const task of tasks) {
    if (running.size >= executor.capacity) return;
    waiting.delete(task);
    if (!await claims.take(task.name)) {
      elsewhere.add(task);
      continue;
    }
    // Another leader may have finished it since we looked.
    const record = await usable(task.name);
    if (record) {
      await finish(task, record, state);
      await claims.give(task.name);
    } else {
      if (fresh) await store.clearScratch(task.name, fresh);
      running.set(task.name, task);
      await watcher.started(task.name, labelOf(task.unit));
      executor.start(jobOf(task, state));
    }
  }
}
