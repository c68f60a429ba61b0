import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { guarded } from "../../../lib/guard.ts";
import { fields, parseShape, text } from "../../../lib/files/schema.ts";
import { replaceFile } from "../../../lib/files/replace_files.ts";
import type { Places } from "./paths.ts";
import { UserProblem } from "./problem.ts";
import { findPython } from "./python.ts";

/** Packages of a virtual environment. */
export interface Libraries {
  /** Name of the libraries in messages. */
  name: string;
  /** The file that lists all packages, with hashes. */
  requirements: string;
  /** The oldest Python that all of them run on. */
  oldestPython: string;
  /** Remark on their installation. */
  note: string;
}

/** Record of a set-up. */
export interface Stamp {
  /** Hash of all that the libraries were made from. */
  libraries: string;
  /** Hash of all that the kernel was made from, where one was installed. */
  kernel?: string;
}

const STAMP = fields({ libraries: text }, { kernel: text });

/** Raise it when set-up itself changes, so that older environments are made anew. */
const SETUP_VERSION = 2;

/** Differs where other libraries, or other places for them, are asked for. */
export async function hashOf({ requirements }: Libraries, { venv }: Places): Promise<string> {
  const text = `${SETUP_VERSION}\n${venv}\n${await Deno.readTextFile(requirements)}`;
  return createHash("sha256").update(text).digest("hex");
}

/** Makes a virtual environment with these libraries, unless it is there already. */
export async function setUpLibraries(
  libraries: Libraries,
  places: Places,
  say: (line: string) => void,
): Promise<Places> {
  const hash = await hashOf(libraries, places);
  const isDone = async () =>
    (await readStamp(places))?.libraries === hash && existsSync(places.program("python"));
  if (await isDone()) return places;
  await using _lock = await holdLock(places.lock, say);
  if (await isDone()) return places; // by the one we waited for
  await installLibraries(libraries, places, say, {});
  await writeStamp(places, { libraries: hash });
  return places;
}

/** Notes what was set up. */
export async function writeStamp(places: Places, stamp: Stamp): Promise<void> {
  await replaceFile(places.stamp, JSON.stringify(stamp) + "\n");
}

/** Record of the set-up, or `undefined` where there was none. */
export async function readStamp(places: Places): Promise<Stamp | undefined> {
  try {
    return parseShape<Stamp>(await Deno.readTextFile(places.stamp), STAMP, "read what was set up");
  } catch {
    return undefined; // none, or half written: then set-up is not done
  }
}

/**
 * Makes a virtual environment anew and installs the libraries into it.
 *
 * @throws UserProblem that says what to do
 */
export async function installLibraries(
  libraries: Libraries,
  places: Places,
  say: (line: string) => void,
  env: Record<string, string>,
): Promise<void> {
  const { name, requirements, note } = libraries;
  await requireOwnFolder(places.venv);
  const python = await findPython(env, libraries);
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
    say(`Installing ${note}`);
    const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--require-hashes"];
    const patience = ["--retries", "2", "--timeout", "20"];
    if (!await run(places.program("python"), ...pip, ...patience, "--quiet", "-r", requirements)) {
      throw new UserProblem(await whyPipFailed(name, places.log));
    }
  } finally {
    log.close();
  }
}

/**
 * A folder that is there is cleared first: behind a link that would be a folder elsewhere, of somebody else.
 */
async function requireOwnFolder(venv: string): Promise<void> {
  const { isSymlink } = await Deno.lstat(venv).catch(() => ({ isSymlink: false }));
  if (!isSymlink) return;
  throw new UserProblem(
    `Cannot make the virtual environment ${venv}: it is a link to ${await Deno.readLink(
      venv,
    )}, which would be ` +
      `cleared; remove the link, or put a folder in its place`,
  );
}

const NO_NETWORK =
  /NewConnectionError|Failed to establish|name resolution|ConnectTimeout|ReadTimeout|timed out|ProxyError|SSLError|No matching distribution found/i;

async function whyPipFailed(name: string, log: string): Promise<string> {
  if (NO_NETWORK.test(await Deno.readTextFile(log))) {
    return `Cannot download ${name}: the Python package index does not answer; connect to the internet (or ` +
      "point PIP_INDEX_URL at a mirror, HTTPS_PROXY at your proxy) and run the task again, it goes on from " +
      `what was downloaded (all that pip said: ${log})`;
  }
  return `Cannot install ${name}: ${await lastLine(log)} (all that pip said: ${log})`;
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
  await guarded(child, Promise.all([copy(child.stdout), copy(child.stderr)]));
  return (await child.status).success;
}

/** Waits until no other process holds the lock, which ends with the process that holds it. */
export async function holdLock(path: string, say: (line: string) => void): Promise<AsyncDisposable> {
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
