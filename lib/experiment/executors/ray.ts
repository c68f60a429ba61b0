import { Error, RangeError } from "../../errors.ts";
import { zipSync } from "../../deps.ts";
import { ATTEMPTS, type Executor, gaveUp, type OpenExecutor } from "./executor.ts";
import { type Answer, type Job, splitLine } from "../job.ts";
import { pause } from "./pause.ts";
import { RAY_BRIDGE } from "./ray_bridge.ts";
import { type RayHead, rayHead } from "./ray_head.ts";
import { SILENCE } from "./silence.ts";
import { sourcesOf, travelled } from "./sources.ts";
import { workerArguments } from "./worker_process.ts";

/** The Deno that Ray installs for the workers, a package of Python's index. */
const DENO = "deno==2.9.6";

/**
 * Jobs that wait in Ray: it tells what was done a second or two late, and nobody shall be idle until then.
 */
const CAPACITY = 4000;

/** Between two batches of jobs, in ms, and between two signs of life. */
const [BETWEEN_BATCHES, BETWEEN_SIGNS] = [200, 5000];

/** A job, and which of its attempts. */
type Attempt = Job & { readonly attempt: number };

/** Messages of the bridge about a job. */
type Told =
  | { readonly answer: Answer }
  | { readonly name: string; readonly attempt: number; readonly died: string }
  | { readonly name: string; readonly note: string; readonly worker: string };

/**
 * Tasks of a Ray cluster, over the address of its dashboard alone: a Ray job with a small Python program that
 * is sent along with the sources.
 */
export const openRay: OpenExecutor = async ({ place, settings, listener, modules }) => {
  const { cpus, gpus, deno } = readSettings(settings);
  const head = rayHead(place);
  const id = `espalier-${crypto.randomUUID()}`;
  const waiting: Attempt[] = [];
  const left = new Map<string, Attempt>();
  const closing = new AbortController();

  function tell(told: Told): void {
    if ("answer" in told) {
      if (left.delete(told.answer.name)) listener.answer(told.answer);
    } else if ("note" in told) {
      listener.note(told.name, told.worker, told.note);
    } else {
      const job = left.get(told.name);
      if (job?.attempt !== told.attempt) return;
      left.delete(told.name);
      if (job.attempt < ATTEMPTS) enter({ ...job, attempt: job.attempt + 1 });
      else listener.answer(gaveUp(job, told.died));
    }
  }

  function enter(job: Attempt): void {
    left.set(job.name, job);
    waiting.push(job);
  }

  /** Jobs go out in numbered batches; an empty one is a sign of life. */
  async function send(): Promise<void> {
    for (let batch = 0, last = -Infinity; !closing.signal.aborted; await pause(BETWEEN_BATCHES)) {
      if (waiting.length === 0 && performance.now() - last < BETWEEN_SIGNS) continue;
      const jobs = waiting.splice(0);
      await head.put(`${id}-${batch++}.zip`, `${jobs.map((job) => JSON.stringify(job)).join("\n")}\n`);
      last = performance.now();
    }
  }

  /** After a break the log comes from its beginning again: what was told already changes nothing. */
  async function follow(): Promise<void> {
    let printed = "";
    while (!closing.signal.aborted) {
      for await (const line of head.log(id, closing.signal)) {
        const { stray, json } = splitLine(line);
        if (stray) printed = `${printed}${stray}\n`.slice(-4000);
        if (json !== undefined) tell(JSON.parse(json));
      }
      if (closing.signal.aborted) return;
      const { status, message } = await head.job(id);
      if (["FAILED", "STOPPED", "SUCCEEDED"].includes(status)) {
        throw new Error(
          `Cannot go on at ${head.address}: Ray's job ${id} ended (${status}: ${message}); run again, which goes on from ` +
            `what was done. If Ray could not install ${DENO}, put Deno on all its machines and add ?deno=/path/to/deno. ` +
            `The end of the job's log: ${printed}`,
        );
      }
      await pause(1000);
    }
  }

  const bridge = {
    arguments: workerArguments("./worker.ts", travelled),
    batches: `gcs://${id}-`,
    deno: deno ?? null,
    environment: dataPlaces(),
    resources: { num_cpus: cpus, num_gpus: gpus },
    silence: SILENCE,
  };
  await submit(head, id, {
    ...Object.fromEntries(await sourcesOf(modules)),
    "espalier_bridge.py": new TextEncoder().encode(RAY_BRIDGE),
    "espalier.json": new TextEncoder().encode(JSON.stringify(bridge)),
  }, deno === undefined ? [DENO] : []);
  const works = [send(), follow()].map((work) =>
    work.catch((error) => closing.signal.aborted || listener.broken(error))
  );
  const executor: Executor = {
    capacity: CAPACITY,
    start(job) {
      enter({ ...job, module: travelled(job.module), threads: cpus, attempt: 1 });
    },
    async close() {
      closing.abort();
      await head.stop(id).catch(() => {}); // a head that is gone has no job; one out of reach ends it by itself
      await Promise.all(works);
    },
  };
  return executor;
};

async function submit(
  head: RayHead,
  id: string,
  files: Record<string, Uint8Array>,
  pip: readonly string[],
): Promise<void> {
  await head.check();
  const sources = `_ray_pkg_${crypto.randomUUID().replaceAll("-", "")}.zip`;
  const names = Object.fromEntries(
    Object.entries(files).map(([path, bytes]) => [path.replace(/^\.\//, ""), bytes]),
  );
  await head.put(sources, zipSync(names, { level: 1 }));
  await head.submit({
    submission_id: id,
    entrypoint: `python -c "import espalier_bridge; espalier_bridge.lead()"`,
    runtime_env: { working_dir: `gcs://${sources}`, pip: pip.length > 0 ? pip : undefined },
  });
}

/** Where this machine's data are: so they are on machines that say nothing else. */
function dataPlaces(): Record<string, string> {
  const place = Deno.env.get("ESPALIER_DATA");
  return place ? { ESPALIER_DATA: place } : {};
}

function readSettings(
  settings: Readonly<Record<string, string>>,
): { cpus: number; gpus: number; deno: string | undefined } {
  const { cpus = "1", gpus = "0", deno, ...others } = settings;
  const wrong = Object.keys(others)[0] ?? (isCount(cpus, 1) ? isCount(gpus, 0) ? undefined : "gpus" : "cpus");
  if (wrong !== undefined) {
    throw new RangeError(
      `Cannot run on Ray with ${wrong}=${
        settings[wrong]
      }: expected cpus=COUNT and gpus=COUNT (what each unit takes), ` +
        "deno=PATH (a Deno on all machines)",
    );
  }
  return { cpus: Number(cpus), gpus: Number(gpus), deno };
}

const isCount = (text: string, least: number) => /^\d+$/.test(text) && Number(text) >= least;
