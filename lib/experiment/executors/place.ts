/** Names of the executors. */
export type ExecutorName = "here" | "ray" | "slurm";

const NAMES: readonly string[] = ["here", "ray", "slurm"] satisfies ExecutorName[];

/** Where work is to be done. */
export interface ExecutorPlace {
  /** Name of the executor. */
  readonly name: ExecutorName;
  /** What follows the executor's name in `on`: an address, a folder. */
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
  return { name: name as ExecutorName, place, settings: Object.fromEntries(new URLSearchParams(query)) };
}
