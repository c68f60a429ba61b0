import type { Answer, Failed, Job } from "../job.ts";

/** Where jobs are done. Jobs go in as they become ready; what comes of them is told to the listener. */
export interface Executor {
  /** Jobs that it takes at once; the leader hands over more as answers come. */
  readonly capacity: number;
  /** Takes a job over. Never throws: what goes wrong is an answer, or `broken`. */
  start(job: Job): void;
  /** Ends everything that is under way. */
  close(): Promise<void>;
}

/** Receiver of an executor's messages. */
export interface Listener {
  /** A job was done, or failed. */
  answer(answer: Answer): void;
  /** How a job is getting on, and who does it. */
  note(name: string, worker: string, note: string): void;
  /** The executor itself cannot go on. */
  broken(error: Error): void;
}

/** Arguments with which an executor is opened. */
export interface ExecutorOptions {
  /** The rest of `on` behind the executor's name: `http://head:8265` of `ray:http://head:8265`. */
  readonly place: string;
  /** Settings from the query of `on`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Who is told of answers and progress. */
  readonly listener: Listener;
  /** Folder of the store. */
  readonly store: string;
  /** Addresses of all modules whose kinds will be asked for. */
  readonly modules: readonly string[];
  /** Jobs at a time on this machine, and threads for each. */
  readonly workers: number;
  /** Threads for each job. */
  readonly threads: number;
}

/**
 * Times that a job is tried when its worker dies under it: memory, a signal, a crash of native code, a lost
 * machine.
 */
export const ATTEMPTS = 3;

/** The answer for a job whose worker died once too often; how it ended the last time. */
export function gaveUp(job: Job, how: string): Failed {
  const error = `Cannot finish ${job.label}: its worker ended ${ATTEMPTS} times before it answered ` +
    `(${how.split("\n")[0]})`;
  return { name: job.name, error, stack: `${error}\n${how}`, spec: job.spec };
}

/** Opens an executor. */
export type OpenExecutor = (options: ExecutorOptions) => Promise<Executor>;
