import { kill } from "../../kill.ts";
import { localPath } from "../../files/local_path.ts";
import { existsSync } from "../../node.ts";
import { type Job, splitLine, type WorkerLine } from "../job.ts";
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

/** Starts a worker with this very Deno, for kinds of these modules. */
export function startWorker(modules: readonly string[], tell: (line: WorkerLine) => void): WorkerProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: workerArguments("./worker.ts", localPath, settingsFor(modules)),
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
      const { stray, json } = splitLine(line);
      if (stray) printed = `${printed}${stray}\n`.slice(-KEPT);
      if (json !== undefined) tell(JSON.parse(json));
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
    kill: () => kill(child),
    ended: (async () => {
      const { code, signal } = await child.status;
      await Promise.allSettled([told, errors]);
      await input.close().catch(() => {});
      return `${signal ? `signal ${signal}` : `exit code ${code}`}${printed ? `: ${printed.trim()}` : ""}`;
    })(),
  };
}

/**
 * Arguments for Deno that run a worker.
 *
 * @param where what a file of this machine is called where the worker runs
 * @param settings which configuration and lock file it goes by
 */
export function workerArguments(
  entry = "./worker.ts",
  where: (file: URL) => string = localPath,
  settings: readonly string[] = ownSettings(where),
): string[] {
  const program = new URL(entry, import.meta.url);
  return [
    "run",
    "--quiet",
    "--allow-all",
    "--no-check",
    "--node-modules-dir=none",
    "--unstable-webgpu",
    ...settings,
    program.protocol === "file:" ? where(program) : program.href,
  ];
}

/**
 * No configuration but the lock file of this repository, where there is one: a worker resolves what its
 * leader has.
 */
function ownSettings(where: (file: URL) => string): string[] {
  const lock = lockFile();
  return ["--no-config", ...lock ? ["--lock", where(lock), "--frozen"] : ["--no-lock"]];
}

/**
 * A module that is none of ours may import what our lock file does not know, by the import map of its own
 * deno.json.
 */
function settingsFor(modules: readonly string[]): string[] {
  const root = new URL("../../../", import.meta.url).href;
  const foreign = modules.filter((module) => !module.startsWith(root));
  if (foreign.length === 0) return ownSettings(localPath);
  const config = foreign.flatMap((module) => configOf(module) ?? [])[0];
  return ["--no-lock", ...config ? ["--config", config] : ["--no-config"]];
}

/** The deno.json that a local module goes by: the nearest one above it. */
function configOf(module: string): string | undefined {
  if (!module.startsWith("file:")) return undefined;
  for (let folder = new URL("./", module);; folder = new URL("../", folder)) {
    const found = ["deno.json", "deno.jsonc"].map((name) => new URL(name, folder)).find((file) =>
      existsSync(file)
    );
    if (found) return localPath(found);
    if (folder.pathname === "/" || new URL("../", folder).href === folder.href) return undefined;
  }
}

/** The lock file of this repository; nothing where the library came by a URL. */
export function lockFile(): URL | undefined {
  const lock = new URL("../../../deno.lock", import.meta.url);
  return lock.protocol === "file:" && existsSync(lock) ? lock : undefined;
}
