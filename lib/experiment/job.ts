/** A unit as it is sent to a worker: plain JSON, one per line. */
export interface Job {
  /** The unit's name in the store. */
  readonly name: string;
  readonly kind: string;
  readonly version: number;
  /**
   * Address of the module that exports the kind; a relative one is meant from the worker's working folder.
   */
  readonly module: string;
  readonly label: string;
  readonly spec: unknown;
  /** Names of what it needs, by role. */
  readonly needs: Readonly<Record<string, string>>;
  /** Digest of each data set that it reads. */
  readonly data: Readonly<Record<string, string>>;
  readonly engine: string;
  /** Roughly how long it takes, in seconds on two quiet processor cores, where that is known. */
  readonly seconds?: number;
  /** Threads for the engine. */
  readonly threads: number;
  /** The store's folder, which leader and workers share. */
  readonly store: string;
}

/** What came of a job. */
export type Answer = Answered | Failed;

/** A job that was done. */
export interface Answered {
  readonly name: string;
  readonly rows: readonly unknown[];
  /** File names of the products in the store, by their name. */
  readonly products: Readonly<Record<string, string>>;
  /** How long the work took. */
  readonly seconds: number;
  /** Where it was done. */
  readonly machine: string;
}

/** A job that was not. */
export interface Failed {
  readonly name: string;
  /** The whole message, and where it was thrown. */
  readonly error: string;
  readonly stack: string;
  readonly spec: unknown;
}

/**
 * What a line of a worker begins with: whatever else is printed, by native code or by child processes, does
 * not.
 */
export const LINE_START = "\x1e";

/** What a worker writes, one per line. */
export type WorkerLine = { readonly answer: Answer } | { readonly name: string; readonly note: string };
