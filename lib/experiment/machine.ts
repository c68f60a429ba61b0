import { cpus, hostname } from "../node.ts";

/**
 * Description of this machine: name, processor and number of cores. Timings of another one are not this
 * one's.
 */
export function thisMachine(): string {
  return `${hostname()}, ${thisProcessor()}`;
}

/** Processor of the machine, and its number of cores. */
export function thisProcessor(): string {
  const all = cpus();
  return `${all[0]?.model.trim() ?? "unknown processor"}, ${all.length} cores`;
}
