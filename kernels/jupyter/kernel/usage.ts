import type { Json } from "../protocol/wire.ts";

/** Ticks a second in which Linux counts processor time, everywhere it runs. */
const TICKS = 100;

/**
 * What a `usage_request` asks for (the status display of JupyterLab's jupyter-resource-usage): memory of the
 * process that runs the cells, in bytes, and the processor time it has used, in seconds. Read from Linux's
 * /proc; elsewhere only what is known without.
 */
export async function usageOf(pid: number | undefined, hostname: string): Promise<Json> {
  const known = { hostname, pid: pid ?? null };
  if (pid === undefined || Deno.build.os !== "linux") return known;
  const [status, stat] = await Promise.all(
    ["status", "stat"].map((file) => Deno.readTextFile(`/proc/${pid}/${file}`).catch(() => "")),
  );
  const memory = /^VmRSS:\s+(\d+) kB/m.exec(status!)?.[1];
  // Fields 14 and 15, counted behind the program's name, which may hold spaces.
  const fields = stat!.slice(stat!.lastIndexOf(")") + 2).split(" ");
  const { total, available } = Deno.systemMemoryInfo();
  return {
    ...known,
    kernel_memory: memory === undefined ? null : 1024 * Number(memory),
    cpu_seconds: (Number(fields[11]) + Number(fields[12])) / TICKS || 0,
    host_virtual_memory: { total, available, percent: 100 * (1 - available / total) },
  };
}
