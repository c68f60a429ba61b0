import { Error, TypeError } from "../../errors.ts";
import { pathToFileURL } from "../../node.ts";
import { dataDigest } from "../../data/data_digest.ts";
import type { Progress } from "../../progress.ts";
import { openRuntime } from "../../runtime/engines.ts";
import type { EngineName, Runtime } from "../../runtime/runtime.ts";
import { canonicalJson } from "../../files/canonical_json.ts";
import { type Answer, IN_WORKER, type Job } from "../job.ts";
import { thisMachine } from "../machine.ts";
import { productFile } from "../store/record.ts";
import { openStore, type Store } from "../store/store.ts";
import type { Kind, Needed, WorkContext } from "../unit.ts";

/** Does jobs one after the other, and keeps what they share: the engine, data that were read, modules. */
export interface JobRunner {
  /** Never throws: what goes wrong is an answer. */
  run(job: Job, note: (text: string) => void): Promise<Answer>;
  /** Frees what the jobs shared. */
  close(): Promise<void>;
}

/** Opens a job runner; the engine is opened by the first job that asks for it. */
export function openJobRunner(): JobRunner {
  Deno.env.set(IN_WORKER, "1");
  const shared = new Map<string, Promise<unknown>>();
  let opened: { key: string; runtime: Promise<Runtime> } | undefined;

  async function runtimeOf({ engine, threads }: Job): Promise<Runtime> {
    const key = `${engine} ${threads}`;
    if (opened?.key !== key) {
      const before = opened;
      opened = undefined;
      await (await before?.runtime)?.close();
      opened = { key, runtime: openRuntime({ engine: engine as EngineName, threads }) };
    }
    try {
      return await opened.runtime;
    } catch (error) {
      opened = undefined; // the next job may find it well again
      throw error;
    }
  }

  async function work(job: Job, note: (text: string) => void): Promise<Answer> {
    const kind = await kindOf(job);
    await checkData(job);
    const store = openStore(job.store);
    const context: WorkContext = {
      runtime: () => runtimeOf(job),
      threads: job.threads,
      need: (role) => needOf(store, job, role),
      shared<T>(key: string, make: () => Promise<T>): Promise<T> {
        const made = shared.get(key) as Promise<T> | undefined ?? make();
        shared.set(key, made);
        made.catch(() => shared.delete(key));
        return made;
      },
      progress: notes(note),
      scratch: () => store.scratch(job.name),
    };
    const start = performance.now();
    const { rows, products = {} } = await kind.work(job.spec, context);
    const seconds = (performance.now() - start) / 1000;
    const kept: Record<string, string> = {};
    for (const [name, bytes] of Object.entries(products)) {
      if (!/^[\w-]+(\.[\w-]+)*$/.test(name) || !(bytes instanceof Uint8Array)) {
        throw new TypeError(
          `Cannot keep the product "${name}" of ${job.kind}: expected a plain file name and bytes, such as ` +
            '{ "network.onnx": model.toOnnx() }',
        );
      }
      kept[name] = await store.keep(name, bytes);
    }
    return {
      name: job.name,
      rows: JSON.parse(canonicalRows(rows, job)),
      products: kept,
      seconds,
      machine: thisMachine(),
    };
  }

  return {
    async run(job, note) {
      try {
        return await work(job, note);
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        return { name: job.name, error: error.message, stack: error.stack ?? error.message, spec: job.spec };
      }
    },
    async close() {
      await (await opened?.runtime)?.close();
    },
  };
}

/** Rows keep the order of their fields; what JSON would lose without a word is an error. */
function canonicalRows(rows: readonly unknown[], { kind }: Job): string {
  canonicalJson(rows, `the rows of ${kind}`);
  return JSON.stringify(rows);
}

/** The working folder, as an address. */
const here = () => `${pathToFileURL(Deno.cwd()).href}/`;

async function kindOf({ kind: name, version, module }: Job): Promise<Kind> {
  const { kinds } = await import(new URL(module, here()).href) as { kinds?: readonly Kind[] };
  const kind = kinds?.find((kind) => kind.name === name);
  if (!kind) {
    throw new Error(`Cannot find the kind ${name} in ${module}: expected it in an exported array \`kinds\``);
  }
  if (kind.version !== version) {
    throw new Error(
      `Cannot do ${name}, version ${version}: this worker has version ${kind.version}; let leader and workers run the ` +
        "same sources",
    );
  }
  return kind;
}

/** Other data than the leader's would give other rows under the same name. */
async function checkData({ data, kind }: Job): Promise<void> {
  for (const [name, expected] of Object.entries(data)) {
    const found = await dataDigest(name);
    if (found !== expected) {
      throw new Error(
        `Cannot do a unit of ${kind}: it was asked for with the data ${name} of digest ${
          expected.slice(0, 12)
        }, but ` +
          `this machine has ${found.slice(0, 12)}; give all machines the same files`,
      );
    }
  }
}

async function needOf<Row>(store: Store, job: Job, role: string): Promise<Needed<Row>> {
  if (!Object.hasOwn(job.needs, role)) {
    throw new Error(
      `Cannot get "${role}" for ${job.kind}: the unit declares ${
        Object.keys(job.needs).join(", ") || "no needs"
      }`,
    );
  }
  const record = await store.read(job.needs[role]!);
  if (!record) {
    throw new Error(
      `Cannot read the result of "${role}" from ${store.folder}: leader and workers must share that folder`,
    );
  }
  return {
    rows: record.rows as readonly Row[],
    product: async (name) => await store.product(productFile(record, name)),
  };
}

/** Between two notes, in ms. */
const BETWEEN_NOTES = 250;

/** Progress that says how far it is in one line, a few times a second at most. */
function notes(say: (text: string) => void): Progress {
  let [title, total, last] = ["", 0, -Infinity];
  return {
    start: (what, steps) => void ([title, total] = [what, steps]),
    step(done, note) {
      if (performance.now() - last < BETWEEN_NOTES) return;
      last = performance.now();
      say(`${title} ${done}/${total}${note ? `, ${note}` : ""}`);
    },
    close: () => {},
  };
}
