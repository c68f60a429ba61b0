import { cpus, hostname } from "../node.ts";

/**
 * Description of this machine: name, processor and number of cores. Timings of another one are not this
 * one's.
 */
export function thisMachine(): string {
  const all = cpus();
  return `${hostname()}, ${all[0]?.model.trim() ?? "unknown processor"}, ${all.length} cores`;
}
