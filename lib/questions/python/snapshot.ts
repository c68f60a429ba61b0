import { Error } from "../../errors.ts";
import { kill } from "../../kill.ts";
import { startPython } from "./process.ts";

let made: Promise<Uint8Array> | undefined;

/**
 * Python's memory as it is once it has started (about 31 MB): to start from it takes a tenth of the time. It
 * is made once, in a process like those that use it, and kept in memory.
 *
 * @throws Error where Python does not start
 */
export function pythonSnapshot(): Promise<Uint8Array> {
  made ??= makeSnapshot().catch((error) => {
    made = undefined;
    throw error;
  });
  return made;
}

async function makeSnapshot(): Promise<Uint8Array> {
  const { child, send } = await startPython(256);
  const timer = setTimeout(() => kill(child), 120_000);
  try {
    const [{ code, stdout }] = await Promise.all([child.output(), send({ makeSnapshot: true })]);
    if (code === 0 && stdout.length > 1 << 20) return stdout;
    throw new Error(
      `Cannot start Python: its process ended with code ${code} after ${stdout.length} bytes; expected Pyodide's ` +
        "package in Deno's cache and leave to run Deno (--allow-run)",
    );
  } finally {
    clearTimeout(timer);
  }
}
