import { RangeError } from "../../errors.ts";

/** Names of the executors. */
export type ExecutorName = "here" | "ray" | "slurm";

const NAMES: readonly string[] = ["here", "ray", "slurm"] satisfies ExecutorName[];

/** Where work is to be done. */
export interface ExecutorPlace {
  /** Name of the executor. */
  readonly name: ExecutorName;
  /** The rest of `on` behind the executor's name: an address, a folder. */
  readonly place: string;
  /** Settings from the query, by name. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Takes apart where work is to be done: the executor's name, its place, its settings. Loads no executor.
 *
 * @throws RangeError where there is no such executor
 */
export function readPlace(on: string): ExecutorPlace {
  const [, name = "", place = "", query = ""] = /^([^:?]*):?([^?]*)\??(.*)$/s.exec(on)!;
  if (!NAMES.includes(name)) {
    throw new RangeError(
      `Cannot run on "${on}": expected here, ray:http://HEAD:8265 or slurm:/SHARED/FOLDER?partition=NAME`,
    );
  }
  const settings = Object.fromEntries(new URLSearchParams(query));
  const odd = Object.keys(settings).find((setting) => setting !== "workers");
  if (name === "here" && (place || odd !== undefined)) {
    throw new RangeError(
      `Cannot run on "${on}": "here" takes no place, and the one setting workers: here?workers=2`,
    );
  }
  if (name !== "here" && !place) throw new RangeError(`Cannot run on "${on}": expected ${EXAMPLES[name]}`);
  if (settings.workers !== undefined) requireWorkers(Number(settings.workers), `workers=${settings.workers}`);
  return { name: name as ExecutorName, place, settings };
}

const EXAMPLES: Readonly<Record<string, string>> = {
  ray: "the address of the cluster's dashboard, as in ray:http://HEAD:8265",
  slurm: "a folder that all machines share, as in slurm:/SHARED/FOLDER?partition=NAME",
};

/** @throws RangeError where a number of workers is none */
export function requireWorkers(workers: number, given: unknown): void {
  if (Number.isInteger(workers) && workers >= 1) return;
  throw new RangeError(`Cannot run with ${given} workers: expected a whole number of at least 1`);
}
