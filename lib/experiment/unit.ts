import type { Progress } from "../progress.ts";
import type { Runtime } from "../runtime/runtime.ts";

/**
 * One kind of work that an experiment consists of: training a network by some recipe, say, or timing one. A
 * module that declares kinds exports them as an array `kinds`; a worker process imports that module and finds
 * the kind by its name.
 */
export interface Kind<Spec = unknown, Row = unknown> {
  /** Unique among all kinds, by convention `paper/what`: `iss_p/train`. */
  readonly name: string;
  /**
   * Raised whenever the same spec would give other rows than before: results of other versions are left
   * alone.
   */
  readonly version: number;
  /** The module that exports `kinds` with this one among them: its `import.meta.url`. */
  readonly module: string;
  /** Timings belong to the machine they were taken on, and run alone, with all processors. Default false. */
  readonly timing?: boolean;
  /**
   * The data sets that a unit reads, as folders or files under `ESPALIER_DATA` (`cifar10`, `sr/Set5`).
   * Default: none.
   */
  data?(spec: Spec): readonly string[];
  /** Description of a unit, in a few words: `ISS-P, 90 % zeros, seed 2`. */
  label(spec: Spec): string;
  /** Roughly how long it takes, in seconds on two quiet processor cores. Default: not known. */
  seconds?(spec: Spec): number;
  /**
   * Does the work. Pure: rows and products follow from the spec, the needs, the data and the engine alone.
   *
   * @throws what the work throws: the unit counts as failed, others go on
   */
  work(spec: Spec, context: WorkContext): Promise<Work<Row>>;
}

/** Result of a unit. */
export interface Work<Row = unknown> {
  /** Plain JSON: no `NaN`, no infinity, no typed arrays. */
  readonly rows: readonly Row[];
  /**
   * Files that other units or a notebook go on with, by name: a trained network's ONNX bytes, say. Default:
   * none.
   */
  readonly products?: Readonly<Record<string, Uint8Array>>;
}

/** Everything that a unit has at hand while it works. */
export interface WorkContext {
  /** The engine that the run asked for, opened once per worker; not to be closed. */
  runtime(): Promise<Runtime>;
  /** Threads that the engine has. */
  readonly threads: number;
  /** Rows and products of a unit that was declared as a need; `Row` is the row of that unit's kind. */
  need<Row = unknown>(role: string): Promise<Needed<Row>>;
  /**
   * Made by the first unit of this worker that asks for it, and kept for those that follow: data that were
   * read.
   */
  shared<T>(key: string, make: () => Promise<T>): Promise<T>;
  /** Shows the leader how the unit is getting on. */
  readonly progress: Progress;
  /**
   * A folder for this unit's checkpoints alone; it outlives a killed run, and goes when the unit has its
   * rows.
   */
  scratch(): Promise<string>;
}

/** The result of a unit that another one needs. */
export interface Needed<Row = unknown> {
  /** The rows of the unit that is needed. */
  readonly rows: readonly Row[];
  /** The bytes of a product; by default of the only one. */
  product(name?: string): Promise<Uint8Array>;
}

/** One piece of work: plain data, so that any machine can do it. */
export interface Unit<Spec = unknown, Row = unknown> {
  /** Kind of the unit, which reads the spec and does the work. */
  readonly kind: Kind<Spec, Row>;
  /** Plain JSON. */
  readonly spec: Spec;
  /** Units whose rows and products this one reads, by role. */
  readonly needs: Readonly<Record<string, Unit>>;
}

/** Type of a unit's rows. */
export type RowOf<U extends Unit> = U extends Unit<infer _, infer Row> ? Row : never;

/** A unit of a kind. */
export function unit<Spec, Row>(
  kind: Kind<Spec, Row>,
  spec: Spec,
  needs: Readonly<Record<string, Unit>> = {},
): Unit<Spec, Row> {
  return { kind, spec, needs };
}
