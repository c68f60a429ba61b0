import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { existsSync } from "node:fs";
import { checkKernel, installKernelspec } from "./kernelspec.ts";
import { type Places, placesOf } from "./paths.ts";
import { UserProblem } from "./problem.ts";
import { findPython } from "./python.ts";

/** Settings of {@linkcode setUpJupyter}. */
export interface SetupOptions {
  /** Where to set up. Default: the repository's `.venv`. */
  places?: Places;
  /** Hears what is being done, when it takes time. */
  say?: (line: string) => void;
  /** More environment variables for Python and pip. */
  env?: Record<string, string>;
}

/** Raise it when set-up itself changes, so that older environments are made anew. */
const SETUP_VERSION = 1;

const REQUIREMENTS = fileURLToPath(new URL("../requirements.txt", import.meta.url));

/**
 * Makes the virtual environment with JupyterLab, nbclient and the kernel, unless it is there already.
 *
 * Only a completed set-up leaves a stamp; without it everything is made anew (pip keeps its downloads). Two
 * set-ups at once wait for each other. What a user can mend is a {@linkcode UserProblem}.
 */
export async function setUpJupyter(
  { places = placesOf(), say = (line) => console.error(line), env = {} }: SetupOptions = {},
): Promise<Places> {
  const requirements = await Deno.readTextFile(REQUIREMENTS);
  const libraries = hash(`${SETUP_VERSION}\n${places.venv}\n${requirements}`);
  const kernel = hash(`${libraries}\n${Deno.version.deno}\n${Deno.build.target}`);
  if (await isDone(places, libraries, kernel)) return places;

  await using _lock = await holdLock(places.lock, say);
  if (await isDone(places, libraries, kernel)) return places; // by the one we waited for
  const there = ["jupyter", "python"].every((name) => existsSync(places.program(name)));
  if (!there || (await readStamp(places))?.libraries !== libraries) {
    await installLibraries(places, say, env);
    await writeStamp(places, { libraries, kernel: "" });
  }
  say("Installing the Jupyter kernel “Deno (Espalier)” and running a cell on it");
  await installKernelspec(places);
  await checkKernel(places);
  await writeStamp(places, { libraries, kernel });
  return places;
}

/** What was set up, as hashes of all that it was made from. */
interface Stamp {
  libraries: string;
  kernel: string;
}

async function writeStamp(places: Places, stamp: Stamp): Promise<void> {
  await Deno.writeTextFile(places.stamp, JSON.stringify(stamp) + "\n");
}

async function readStamp(places: Places): Promise<Stamp | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(places.stamp)) as Stamp;
  } catch {
    return undefined; // none, or half written: then set-up is not done
  }
}

async function isDone(places: Places, libraries: string, kernel: string): Promise<boolean> {
  const stamp = await readStamp(places);
  return stamp?.libraries === libraries && stamp.kernel === kernel &&
    [places.deno, places.kernelspec, places.program("jupyter"), places.program("python")].every(existsSync);
}

async function installLibraries(
  places: Places,
  say: (line: string) => void,
  env: Record<string, string>,
): Promise<void> {
  const python = await findPython(env);
  say(`Making a virtual environment with Python ${python.version} in ${places.venv}`);
  const log = await Deno.open(places.log, { create: true, write: true, truncate: true });
  try {
    const run = (program: string, ...args: string[]) => runLogged(program, args, log, env);
    if (!await run(python.program, "-m", "venv", "--clear", places.venv)) {
      throw new UserProblem(
        `Cannot make the virtual environment ${places.venv} with ${python.program} ${python.version}: ` +
          `${await lastLine(
            places.log,
          )}; on Debian and Ubuntu \`apt install python3-venv\` often mends this ` +
          `(all that was said: ${places.log})`,
      );
    }
    say("Installing JupyterLab and nbclient (about 100 packages, a minute or two the first time)");
    const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--require-hashes"];
    const patience = ["--retries", "2", "--timeout", "20"];
    if (!await run(places.program("python"), ...pip, ...patience, "--quiet", "-r", REQUIREMENTS)) {
      throw new UserProblem(await whyPipFailed(places.log));
    }
  } finally {
    log.close();
  }
}

const NO_NETWORK =
  /NewConnectionError|Failed to establish|name resolution|ConnectTimeout|ReadTimeout|timed out|ProxyError|SSLError|No matching distribution found/i;

async function whyPipFailed(log: string): Promise<string> {
  if (NO_NETWORK.test(await Deno.readTextFile(log))) {
    return "Cannot download JupyterLab: the Python package index does not answer; connect to the internet (or " +
      "point PIP_INDEX_URL at a mirror, HTTPS_PROXY at your proxy) and run the task again, it goes on from " +
      `what was downloaded (all that pip said: ${log})`;
  }
  return `Cannot install JupyterLab: ${await lastLine(log)} (all that pip said: ${log})`;
}

async function lastLine(path: string): Promise<string> {
  const lines = (await Deno.readTextFile(path)).trim().split("\n");
  return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? "";
}

async function runLogged(
  program: string,
  args: string[],
  log: Deno.FsFile,
  env: Record<string, string>,
): Promise<boolean> {
  const child = new Deno.Command(program, { args, env, stdin: "null", stdout: "piped", stderr: "piped" })
    .spawn();
  const copy = async (stream: ReadableStream<Uint8Array>) => {
    for await (const chunk of stream) {
      for (let sent = 0; sent < chunk.length;) sent += await log.write(chunk.subarray(sent));
    }
  };
  await Promise.all([copy(child.stdout), copy(child.stderr)]);
  return (await child.status).success;
}

/** Waits until no other process holds the lock, which ends with the process that holds it. */
async function holdLock(path: string, say: (line: string) => void): Promise<AsyncDisposable> {
  const file = await Deno.open(path, { create: true, write: true });
  const note = setTimeout(() => say("Another set-up is at work; waiting for it"), 500);
  await file.lock(true);
  clearTimeout(note);
  return {
    [Symbol.asyncDispose]() {
      file.close();
      return Promise.resolve();
    },
  };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
