/** A unit as it is sent to a worker: plain JSON, one per line. */
export interface Job {
  /** The unit's name in the store. */
  readonly name: string;
  /** Name of the unit's kind. */
  readonly kind: string;
  /** Version of the kind. */
  readonly version: number;
  /**
   * Address of the module that exports the kind; a relative one is meant from the worker's working folder.
   */
  readonly module: string;
  /** Task of the unit, in a few words. */
  readonly label: string;
  /** Settings of the unit, as its kind reads them. */
  readonly spec: unknown;
  /** Names of what it needs, by role. */
  readonly needs: Readonly<Record<string, string>>;
  /** Digest of each data set that it reads. */
  readonly data: Readonly<Record<string, string>>;
  /** Name of the engine that runs models. */
  readonly engine: string;
  /** Roughly how long it takes, in seconds on two quiet processor cores, where that is known. */
  readonly seconds?: number | undefined;
  /** Threads for the engine. */
  readonly threads: number;
  /** The store's folder, which leader and workers share. */
  readonly store: string;
}

/** Outcome of a job. */
export type Answer = Answered | Failed;

/** A job that was done. */
export interface Answered {
  /** The unit's name in the store. */
  readonly name: string;
  /** Rows that the unit gave. */
  readonly rows: readonly unknown[];
  /** File names of the products in the store, by their name. */
  readonly products: Readonly<Record<string, string>>;
  /** How long the work took. */
  readonly seconds: number;
  /** Machine on which the work was done. */
  readonly machine: string;
}

/** A job that was not. */
export interface Failed {
  /** The unit's name in the store. */
  readonly name: string;
  /** The whole message, and where it was thrown. */
  readonly error: string;
  /** Stack of the error. */
  readonly stack: string;
  /** Settings of the unit. */
  readonly spec: unknown;
}

/**
 * First character of a worker's line: nothing else that is printed, by native code or by child processes,
 * begins with it.
 */
export const LINE_START = "\x1e";

/** Messages of a worker, one per line. */
export type WorkerLine = { readonly answer: Answer } | { readonly name: string; readonly note: string };

/** A worker's line as JSON, and what something else had printed before it on the same line. */
export function splitLine(line: string): { readonly stray: string; readonly json?: string } {
  const at = line.lastIndexOf(`${LINE_START}{`);
  return at < 0 ? { stray: line } : { stray: line.slice(0, at), json: line.slice(at + LINE_START.length) };
}

/** Set in the environment of a process that does jobs: there nobody may lead. */
export const IN_WORKER = "ESPALIER_IN_WORKER";
