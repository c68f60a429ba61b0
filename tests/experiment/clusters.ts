/** What the tests on Ray and on Slurm have in common: what they run, what is killed meanwhile, what must come of it. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { openStore, type Results, run, type Unit, unit } from "../../lib/experiment/mod.ts";
import { type Square, square, sum } from "./toy.ts";

/** How long anything may take before it has failed, in ms: a lost unit is one that is waited for. */
const PATIENCE = 240_000;

/** A cluster of this machine alone, started for a test. */
export interface Cluster extends AsyncDisposable {
  readonly on: string;
  /** A folder for the test, with all that the cluster writes. */
  readonly folder: string;
  /** Whether it still has work of ours. */
  busy(): Promise<boolean>;
}

/** 200 units: squares, sums that need two of them, one that throws, one that dies twice, one that always dies. */
export function sweep(): Unit[] {
  const of = (value: number, more: Partial<Square> = {}) =>
    unit(square, { value, wait: 60, ...value % 10 === 0 && { prints: "half a line" }, ...more });
  const squares = Array.from({ length: 177 }, (_, value) => of(value));
  const sums = Array.from(
    { length: 20 },
    (_, i) => unit(sum, { label: `of ${i}` }, { a: squares[7 * i]!, b: squares[7 * i + 5]! }),
  );
  const trouble = [of(1000, { fails: "as it was told to" }), of(1001, { dies: 2 }), of(1002, { dies: 99 })];
  return [...trouble, ...squares, ...sums];
}

/** Workers that are killed in a sweep, at least and at most. */
const [LEAST_KILLS, MOST_KILLS] = [4, 5];

/** Runs the sweep on a cluster while its workers are killed, and compares with what this machine gives. */
export async function sweepUnderFire(
  { on, folder }: Cluster,
  { kill, also = [] }: {
    /** Processes of which one is killed now and then. */
    kill: () => number[];
    /** What else happens when so many units are done. */
    also?: { after: number; happens: () => Promise<void> }[];
  },
): Promise<void> {
  const units = sweep();
  const heard = new Map<Unit, number>();
  let [before, kills] = [0, 0];
  // A worker is killed only when something was done since the last time, however slow the machine.
  const killing = setInterval(() => {
    const victims = kill();
    // Not more of them: by chance the same unit would be hit three times, and rightly be given up.
    if (kills >= MOST_KILLS || heard.size === before || heard.size > 150 || victims.length === 0) return;
    before = heard.size;
    if (killIfThere(victims[Math.floor(Math.random() * victims.length)]!)) kills++;
  }, 600);
  const events = [...also];
  let happening = Promise.resolve();
  let results: Results<unknown>;
  try {
    results = await run({
      units,
      on,
      store: `${folder}/store`,
      engine: "native",
      signal: AbortSignal.timeout(PATIENCE),
      listen(unit) {
        heard.set(unit, (heard.get(unit) ?? 0) + 1);
        if (events.length > 0 && heard.size >= events[0]!.after) happening = events.shift()!.happens();
      },
    });
  } finally {
    clearInterval(killing);
    await happening;
  }
  assert.ok(kills >= LEAST_KILLS, `only ${kills} workers were killed`);
  assert.deepEqual(events, []);
  assert.deepEqual(new Set(heard.values()), new Set([1]));
  assert.equal(heard.size, 198);
  await checkSweep(results, `${folder}/store`);
}

/** Nothing lost, doubled or different: results of a sweep, and the records that a store keeps of it. */
export async function checkSweep(results: Results<unknown>, folder: string): Promise<void> {
  const failures = Object.fromEntries(
    results.failures.map(({ unit, error }) => [(unit.spec as Square).value, error]),
  );
  assert.deepEqual(Object.keys(failures), ["1000", "1002"]);
  assert.equal(failures[1000], "as it was told to");
  assert.match(
    failures[1002]!,
    /^Cannot finish the square of 1002: its worker ended 3 times before it answered/,
  );
  const local = await Deno.makeTempDir();
  try {
    const units = sweep().filter(({ spec }) => ((spec as Square).dies ?? 0) < 99);
    const expected = await run({ units, on: "here", store: local, engine: "native" });
    assert.equal(JSON.stringify(results.rows), JSON.stringify(expected.rows));
    assert.deepEqual(await names(folder), await names(local));
  } finally {
    await Deno.remove(local, { recursive: true });
  }
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(openStore(folder).records())).map(({ name }) => name).sort();
}

/** Kills a leader with -9 in the middle; the next one goes on, and the work of the first ends by itself. */
export async function leaderIsKilled({ on, folder, busy }: Cluster): Promise<void> {
  const store = `${folder}/store`;
  const first = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-all",
      "--no-check",
      "--config",
      path("../../deno.json"),
      "--lock",
      path("../../deno.lock"),
      "--frozen",
      path("./sweep_leader.ts"),
      on,
      store,
    ],
    stdin: "null",
  }).spawn();
  try {
    await until("30 units are done", async () => (await names(store)).length >= 30);
  } finally {
    first.kill("SIGKILL");
    await first.status;
  }
  const kept = new Map(
    (await Array.fromAsync(openStore(store).records())).map(({ name, when }) => [name, when]),
  );
  assert.ok(kept.size < 198, "the leader was done before it was killed");
  const results = await run({ units: sweep(), on, store, engine: "native" });
  assert.ok(
    results.fromStore >= kept.size && results.computed <= 198 - kept.size,
    `${results.computed} were computed`,
  );
  await checkSweep(results, store);
  for await (const { name, when } of openStore(store).records()) assert.equal(kept.get(name) ?? when, when);
  await until("the work of the killed leader ends", async () => !await busy());
}

/** Aborts a run in the middle: it ends at once, and so do its workers. */
export async function runIsAborted({ on, folder, busy }: Cluster): Promise<void> {
  const abort = new AbortController();
  const units = Array.from({ length: 100 }, (_, value) => unit(square, { value, wait: 500 }));
  const listen = () => abort.abort(new Error("enough"));
  const store = `${folder}/aborted`;
  await assert.rejects(
    run({ units, on, store, engine: "native", signal: abort.signal, listen }),
    /^Error: enough$/,
  );
  assert.equal(await busy(), false);
}

/** Waits for something to be so. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  assert.fail(`waited in vain until ${what}`);
}

/** Processes that have to do with a folder: by their working folder, arguments or environment. */
export function processesOf(folder: string, like = /^/): number[] {
  const found: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === Deno.pid) continue;
    try {
      const command = Deno.readTextFileSync(`/proc/${name}/cmdline`).replaceAll("\0", " ");
      if (!like.test(command)) continue;
      const cwd = Deno.readLinkSync(`/proc/${name}/cwd`);
      const environment = Deno.readTextFileSync(`/proc/${name}/environ`);
      if ([command, cwd, environment].some((text) => text.includes(folder))) found.push(Number(name));
    } catch {
      // It has ended.
    }
  }
  return found;
}

/** Ends all that a test left, and removes its folder, again and again while something still writes there. */
export async function clearAway(folder: string): Promise<void> {
  await until(`${folder} is cleared away`, async () => {
    processesOf(folder).forEach(killIfThere);
    await Deno.remove(folder, { recursive: true }).catch((error) => {
      // Something wrote or removed a file meanwhile: one that has just begun, or that closes its log.
      if (!["ENOTEMPTY", "ENOENT"].includes(error.code)) throw error;
    });
    return !existsSync(folder) && processesOf(folder).length === 0;
  });
}

export function killIfThere(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGKILL");
    return true;
  } catch {
    return false; // it had ended
  }
}

/** A port of the loopback interface that nobody listens on. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

function path(relative: string): string {
  return decodeURIComponent(new URL(relative, import.meta.url).pathname);
}
