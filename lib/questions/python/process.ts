import { localPath } from "../../files/local_path.ts";
import { guarded } from "../../guard.ts";
import { importPyodide, pyodideModule } from "../deps.ts";
import { CHILD } from "./child.ts";

/** A process that can do nothing but compute. */
export interface PythonProcess {
  /** The process; its standard output has the lines that the child's program promises. */
  readonly child: Deno.ChildProcess;
  /** Sends the job. It does not fail where the process died. */
  send(job: unknown, snapshot?: Uint8Array): Promise<void>;
}

/** V8 counts WebAssembly's memory in pages of 64 KiB. */
const PAGES_PER_MB = 16;

/**
 * Starts Deno with Pyodide and nothing granted but reading Pyodide's own folder: no other file, no network,
 * no environment, no programs, no modules from elsewhere. Its memory is bounded twice: WebAssembly's, where
 * Python's objects lie, and JavaScript's heap.
 */
export async function startPython(memoryMb: number): Promise<PythonProcess> {
  await importPyodide();
  const module = pyodideModule();
  const folder = localPath(new URL(".", module));
  const flags = [`--wasm-max-mem-pages=${memoryMb * PAGES_PER_MB}`, `--max-old-space-size=256`];
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-config",
      "--no-lock",
      "--no-remote",
      "--no-npm",
      "--cached-only",
      "--deny-import",
      `--allow-read=${folder}`,
      `--v8-flags=${flags.join(",")}`,
      `data:application/javascript;base64,${btoa(CHILD(module, folder))}`,
    ],
    cwd: folder,
    clearEnv: true,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  // Python that loops for ever hears of nothing.
  void guarded(child, child.status);
  return {
    child,
    send: async (job, snapshot = new Uint8Array()) => {
      const text = new TextEncoder().encode(JSON.stringify(job));
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, text.length);
      const writer = child.stdin.getWriter();
      try {
        for (const part of [length, text, snapshot]) await writer.write(part);
        await writer.close();
      } catch {
        // The process is gone; how it ended says why.
      }
    },
  };
}
