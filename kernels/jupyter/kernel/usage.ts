import type { Json } from "../protocol/wire.ts";

/** Ticks a second in which Linux counts processor time, everywhere it runs. */
const TICKS = 100;

/** Processor time of a process, in seconds, at a moment, in ms. */
interface Spent {
  pid: number;
  seconds: number;
  at: number;
}

/**
 * Answers what a `usage_request` asks for (JupyterLab's jupyter-resource-usage shows it): memory of the
 * process that runs the cells, in bytes; its processor time, in seconds, and in percent of one processor
 * since it was asked last. Read from Linux's /proc; elsewhere only what is known without.
 */
export function openUsage(hostname: string): (pid: number | undefined) => Promise<Json> {
  let last: Spent | undefined;
  return async (pid) => {
    const known = { hostname, pid: pid ?? null, cpu_count: navigator.hardwareConcurrency };
    if (pid === undefined || Deno.build.os !== "linux") return known;
    const [status, stat] = await Promise.all(
      ["status", "stat"].map((file) => Deno.readTextFile(`/proc/${pid}/${file}`).catch(() => "")),
    );
    const memory = /^VmRSS:\s+(\d+) kB/m.exec(status!)?.[1];
    // Fields 14 and 15, counted behind the program's name, which may hold spaces.
    const fields = stat!.slice(stat!.lastIndexOf(")") + 2).split(" ");
    const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS || 0;
    const now: Spent = { pid, seconds, at: performance.now() };
    const before = last?.pid === pid ? last : undefined;
    last = now;
    const { total, available, free } = Deno.systemMemoryInfo();
    return {
      ...known,
      kernel_memory: memory === undefined ? null : 1024 * Number(memory),
      kernel_cpu: before === undefined ? 0 : percent(now.seconds - before.seconds, now.at - before.at),
      cpu_seconds: seconds,
      host_virtual_memory: { total, available, free, percent: 100 * (1 - available / total) },
    };
  };
}

/** Part of a time that was spent, in percent, to a tenth. */
function percent(seconds: number, ms: number): number {
  return ms > 0 ? Math.round(1e6 * seconds / ms) / 10 : 0;
}
