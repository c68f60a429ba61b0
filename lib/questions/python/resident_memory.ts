/**
 * Watches how much memory a process really has, and says so once when it is more than allowed: what lies
 * neither in WebAssembly's memory nor on JavaScript's heap (a buffer that Python gets at through Pyodide) is
 * bounded by nothing else. Only Linux tells, and only where /proc may be read; elsewhere nothing is watched.
 *
 * @returns what ends the watch
 */
export function watchMemory(pid: number, mostBytes: number, exceeded: () => void): () => void {
  const timer = setInterval(async () => {
    try {
      const [, kilobytes] = (await Deno.readTextFile(`/proc/${pid}/status`)).match(/^VmRSS:\s+(\d+) kB/m) ??
        [];
      // A process that begins or has just ended has no such line.
      if (!(Number(kilobytes) * 1024 > mostBytes)) return;
      exceeded();
    } catch {
      // It has ended, or cannot be watched here.
    }
    clearInterval(timer);
  }, 25);
  return () => clearInterval(timer);
}
