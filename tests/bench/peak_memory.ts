import { readFileSync } from "node:fs";

/** Bytes of memory that this process has held at the most so far; NaN where the system does not say. */
export function peakMemory(): number {
  if (Deno.build.os !== "linux") return NaN;
  return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? NaN);
}
