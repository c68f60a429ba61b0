import type { Executor, ExecutorOptions, OpenExecutor } from "./executor.ts";
import { type ExecutorName, readPlace } from "./place.ts";

/** All executors by the name that `on` begins with; each is loaded when it is asked for. */
const EXECUTORS: Readonly<Record<ExecutorName, () => Promise<OpenExecutor>>> = {
  here: async () => (await import("./here.ts")).openHere,
  ray: async () => (await import("./ray.ts")).openRay,
  slurm: async () => (await import("./slurm.ts")).openSlurm,
};

/**
 * Opens the executor that `on` names: `here`, `ray:http://head:8265`,
 * `slurm:/shared/folder?partition=gpu&cpus=4`.
 *
 * @throws RangeError where there is none of that name
 */
export async function openExecutor(
  on: string,
  options: Omit<ExecutorOptions, "place" | "settings">,
): Promise<Executor> {
  const { name, place, settings } = readPlace(on);
  return await (await EXECUTORS[name]())({ ...options, place, settings });
}
