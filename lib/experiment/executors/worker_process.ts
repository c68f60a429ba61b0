import { existsSync } from "node:fs";
import { type Job, LINE_START, type WorkerLine } from "../job.ts";
import { textLines } from "./text_lines.ts";

/** A worker process of this machine. */
export interface WorkerProcess {
  /** Gives the process a job. */
  send(job: Job): void;
  /** Ends it at once. */
  kill(): void;
  /** Settles when it has ended and all it wrote was told: how it ended, and the end of what it printed. */
  readonly ended: Promise<string>;
}

/** Characters of a worker's stderr that are kept to tell how it ended. */
const KEPT = 4000;

/** Starts a worker with this very Deno. */
export function startWorker(tell: (line: WorkerLine) => void): WorkerProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: workerArguments(),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const input = child.stdin.getWriter();
  const encoder = new TextEncoder();
  let printed = "";
  const told = (async () => {
    for await (const line of child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(textLines())) {
      const at = line.lastIndexOf(`${LINE_START}{`);
      const stray = at < 0 ? line : line.slice(0, at);
      if (stray) printed = `${printed}${stray}\n`.slice(-KEPT);
      if (at >= 0) tell(JSON.parse(line.slice(at + LINE_START.length)));
    }
  })();
  const errors = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      printed = (printed + text).slice(-KEPT);
    }
  })();
  return {
    send(job) {
      // A worker that has died says so by ending.
      input.write(encoder.encode(`${JSON.stringify(job)}\n`)).catch(() => {});
    },
    kill() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It had ended by itself.
      }
    },
    ended: (async () => {
      const { code, signal } = await child.status;
      await Promise.allSettled([told, errors]);
      await input.close().catch(() => {});
      return `${signal ? `signal ${signal}` : `exit code ${code}`}${printed ? `: ${printed.trim()}` : ""}`;
    })(),
  };
}

/**
 * Arguments for Deno that run a worker: no configuration but the lock file of this repository, where there is
 * one, so that it resolves the packages that its leader has.
 *
 * @param where what a file of this machine is called where the worker runs
 */
export function workerArguments(entry = "./worker.ts", where: (file: URL) => string = pathHere): string[] {
  const program = new URL(entry, import.meta.url);
  const lock = lockFile();
  return [
    "run",
    "--quiet",
    "--allow-all",
    "--no-check",
    "--no-config",
    "--node-modules-dir=none",
    "--unstable-webgpu",
    ...lock ? ["--lock", where(lock), "--frozen"] : ["--no-lock"],
    program.protocol === "file:" ? where(program) : program.href,
  ];
}

function pathHere(file: URL): string {
  return decodeURIComponent(file.pathname);
}

/** The lock file of this repository; nothing where the library came by a URL. */
export function lockFile(): URL | undefined {
  const lock = new URL("../../../deno.lock", import.meta.url);
  return lock.protocol === "file:" && existsSync(lock) ? lock : undefined;
}
