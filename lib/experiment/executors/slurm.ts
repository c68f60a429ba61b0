import { Error, RangeError } from "../../errors.ts";
import { readText } from "../../files/read_file.ts";
import { replaceFile } from "../../files/replace_files.ts";
import { cutIntoChunks } from "./chunks.ts";
import { ATTEMPTS, type Executor, type ExecutorOptions, gaveUp, type OpenExecutor } from "./executor.ts";
import type { Answer, Job } from "../job.ts";
import { pause } from "./pause.ts";
import { SILENCE } from "./silence.ts";
import { slurm } from "./slurm_commands.ts";
import { chunkFile, type Doing, doingFile, isAnswer, logFile, PULSE } from "./slurm_folder.ts";
import { sourcesOf, travelled } from "./sources.ts";
import { ifFound } from "../../files/not_found.ts";
import { workerArguments } from "./worker_process.ts";

/** Between two looks at the queue and the answers, in ms. */
const BETWEEN_LOOKS = 1500;

/** Jobs wait for others while these come within so many ms of each other, until there are enough. */
const [GATHERING, ENOUGH] = [100, 250];

/**
 * Array tasks for each that can run at once: few enough to start seldom, enough that all end at about one
 * time.
 */
const CHUNKS = 4;

/** Tasks of one array: Slurm's own bound is 1001 unless it is set otherwise. */
const LARGEST_ARRAY = 1000;

/** Jobs that it takes at once. */
const CAPACITY = 4000;

/**
 * Array tasks that may end in a row before any began its work, and looks at which the controller may be out
 * of reach.
 */
const [STILLBORN, UNHEARD] = [8, 400];

/** The jobs of an array task. */
interface Chunk {
  readonly name: string;
  readonly jobs: readonly Job[];
}

/**
 * Arrays of Slurm, by the programs of the machine that this runs on, and a folder that all machines share.
 * Array tasks do chunks of jobs; what is missing when one has ended is submitted anew.
 */
export const openSlurm: OpenExecutor = async ({ place, settings, listener, modules }) => {
  const { cpus, deno, options, partition } = readSettings(settings);
  await checkFolder(place);
  const slots = await slurm.slots(partition, cpus);
  const run = `espalier-${crypto.randomUUID()}`;
  const folder = `${place}/${run}`;
  const waiting: Job[] = [];
  const left = new Map<string, { job: Job; deaths: number }>();
  const chunks = new Map<string, Chunk>();
  let [arrays, stillborn, unheard, largest, closed] = [0, 0, 0, LARGEST_ARRAY, false];
  let wake = Promise.withResolvers<void>();
  let soon: ReturnType<typeof setTimeout> | undefined;

  function gathered(): void {
    soon = undefined;
    if (chunks.size === 0) wake.resolve(); // with nothing under way there is no need to wait for the next look
  }

  async function submit(queue: ReadonlyMap<string, string>): Promise<void> {
    const idle = [...queue.values()].filter((state) => state === "PD").length < slots;
    const coming = soon !== undefined && waiting.length < ENOUGH;
    if (waiting.length === 0 || coming || !idle) return;
    const array = ++arrays;
    const taken = waiting.splice(0); // others come while this is under way
    const cut = cutIntoChunks(taken, Math.min(CHUNKS * slots, largest), largest);
    for (const [i, jobs] of cut.chunks.entries()) await write(chunkFile(`${array}-${i}`), jobs);
    const script = `#!/bin/sh\nexec ${
      [deno, ...workerArguments("./slurm_worker.ts", travelled), folder].map(quoted).join(" ")
    } "${array}-$SLURM_ARRAY_TASK_ID"\n`;
    let number: string;
    try {
      number = await slurm.submit([
        `--job-name=${run}`,
        `--array=0-${cut.chunks.length - 1}`,
        "--no-requeue", // a requeued task is held for minutes
        `--chdir=${folder}/sources`,
        `--output=${folder}/${logFile(`${array}-%a`)}`,
        `--cpus-per-task=${cpus}`,
        ...options,
      ], script);
    } catch (error) {
      waiting.unshift(...taken);
      // A user may have no more than so many tasks at once: fewer are tried, and none while some are there.
      if (queue.size > 0) return;
      if (largest === 1) throw error;
      largest = Math.ceil(largest / 4);
      return await submit(queue);
    }
    waiting.unshift(...cut.rest);
    for (const [i, jobs] of cut.chunks.entries()) {
      chunks.set(`${number}_${i}`, { name: `${array}-${i}`, jobs });
    }
  }

  async function collect(): Promise<void> {
    for await (const { name } of Deno.readDir(folder)) {
      if (!isAnswer(name)) continue;
      const answer = await readJson<Answer>(`${folder}/${name}`);
      await ifFound(Deno.remove(`${folder}/${name}`));
      if (!answer || !left.delete(answer.name)) continue;
      stillborn = 0;
      listener.answer(answer);
    }
  }

  /** Jobs that a task leaves undone when it ends are done anew; the first of it is what the task was at. */
  async function end({ name, jobs }: Chunk): Promise<void> {
    const undone = jobs.filter((job) => left.get(job.name)?.job === job);
    const begun = await ifFound(Deno.stat(`${folder}/${doingFile(name)}`)) !== undefined;
    const printed = (await ifFound(readText(`${folder}/${logFile(name)}`)) ?? "").trim().slice(
      -4000,
    );
    for (const file of [chunkFile, doingFile, logFile]) await ifFound(Deno.remove(`${folder}/${file(name)}`));
    if (undone.length > 0 && begun) {
      const first = left.get(undone[0]!.name)!;
      if (++first.deaths === ATTEMPTS) {
        undone.shift();
        left.delete(first.job.name);
        listener.answer(gaveUp(first.job, `its task of Slurm ended: ${printed || "it printed nothing"}`));
      }
    } else if (undone.length > 0 && ++stillborn === STILLBORN) {
      throw new Error(
        `Cannot run workers on Slurm: ${STILLBORN} array tasks ended before they began their work. They run ${deno}, which ` +
          `all machines must have (?deno=/path/to/deno names another), in ${folder}, which all must share; the last printed: ` +
          (printed || "nothing"),
      );
    }
    waiting.unshift(...undone);
  }

  async function tellWhoDoesWhat(queue: ReadonlyMap<string, string>): Promise<void> {
    for (const [task, { name }] of chunks) {
      if (queue.get(task) !== "R") continue;
      const doing = await readJson<Doing>(`${folder}/${doingFile(name)}`);
      if (!doing) continue;
      stillborn = 0; // there are machines that can
      listener.note(doing.name, doing.worker, doing.note);
    }
  }

  async function look(): Promise<void> {
    // The queue first: what has ended has written all its answers.
    const queue = await slurm.queue(run);
    await collect();
    unheard = queue ? 0 : unheard + 1;
    if (unheard === UNHEARD) {
      throw new Error("Cannot use Slurm: squeue has failed for ten minutes; run again when it works");
    }
    if (!queue) return;
    for (const [task, chunk] of chunks) {
      if (queue.has(task)) continue;
      chunks.delete(task);
      await end(chunk);
    }
    await submit(queue);
    await tellWhoDoesWhat(queue);
  }

  const write = (file: string, value: unknown) =>
    replaceFile(`${folder}/${file}`, new TextEncoder().encode(JSON.stringify(value)));

  async function lead(): Promise<void> {
    for (let beat = 1; !closed; beat++) {
      // In the folder of the answers: a network file system then lists it anew.
      await write(PULSE, beat);
      await look();
      const timer = setTimeout(wake.resolve, BETWEEN_LOOKS);
      await wake.promise;
      clearTimeout(timer);
      wake = Promise.withResolvers();
    }
  }

  await Deno.mkdir(folder);
  await write(PULSE, 0);
  await clearAway(place, run);
  for (const [path, contents] of await sourcesOf(modules)) {
    const target = `${folder}/sources/${path}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(target, contents);
  }
  const led = lead().catch((error) => listener.broken(error));
  const executor: Executor = {
    capacity: CAPACITY,
    start(job) {
      const sent = { ...job, module: travelled(job.module), threads: cpus };
      left.set(job.name, { job: sent, deaths: 0 });
      waiting.push(sent);
      clearTimeout(soon);
      soon = setTimeout(gathered, GATHERING);
    },
    async close() {
      closed = true;
      clearTimeout(soon);
      wake.resolve();
      await led;
      await slurm.cancel(run);
      for (let look = 0; look < 60 && (await slurm.queue(run))?.size !== 0; look++) {
        await pause(250);
      }
      await ifFound(Deno.remove(folder, { recursive: true }));
    },
  };
  return executor;
};

async function checkFolder(place: string): Promise<void> {
  const found = place.startsWith("/") ? await ifFound(Deno.stat(place)) : undefined;
  if (found?.isDirectory) return;
  throw new RangeError(
    `Cannot run on Slurm with the folder "${place}": expected one that is there and that all machines share, ` +
      "slurm:/shared/folder?partition=NAME",
  );
}

/** Whatever else is named is an option of sbatch: `time=02:00:00`, `gres=gpu:1`. */
function readSettings(
  settings: ExecutorOptions["settings"],
): { cpus: number; deno: string; options: string[]; partition: string | undefined } {
  const { cpus = "1", deno = Deno.execPath(), ...others } = settings;
  if (!/^[1-9]\d*$/.test(cpus)) {
    throw new RangeError(`Cannot run on Slurm with cpus=${cpus}: expected a count`);
  }
  for (const name of Object.keys(others)) {
    if (!/^[a-z][a-z-]*$/.test(name)) {
      throw new RangeError(
        `Cannot run on Slurm with ${name}: expected cpus, deno or the long name of an option of sbatch`,
      );
    }
  }
  return {
    cpus: Number(cpus),
    deno,
    options: Object.entries(others).map(([name, value]) => value ? `--${name}=${value}` : `--${name}`),
    partition: others.partition,
  };
}

/**
 * Ends and removes what leaders left that were killed: runs whose pulse is much older than this run's, which
 * has just begun. Both times are those of the machine that has the folder.
 */
async function clearAway(place: string, run: string): Promise<void> {
  const now = await pulseTime(`${place}/${run}`);
  for await (const { name } of Deno.readDir(place)) {
    if (!name.startsWith("espalier-")) continue;
    const time = await pulseTime(`${place}/${name}`);
    if (now === undefined || time === undefined || now - time <= SILENCE * 1000) continue;
    await slurm.cancel(name);
    await ifFound(Deno.remove(`${place}/${name}`, { recursive: true }));
  }
}

/** When a run's pulse last beat; opened, since network file systems remember what they knew of a file. */
async function pulseTime(folder: string): Promise<number | undefined> {
  using file = await ifFound(Deno.open(`${folder}/${PULSE}`));
  return (await file?.stat())?.mtime?.getTime();
}

async function readJson<T>(path: string): Promise<T | undefined> {
  const text = await ifFound(readText(path));
  if (text !== undefined) return JSON.parse(text) as T;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
