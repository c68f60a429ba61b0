import { Error } from "../errors.ts";
import { delay, dirname, hostname } from "../node.ts";

/** Ends the name of the lock of a file: `run.safetensors.espalier-lock`. */
const LOCK = ".espalier-lock";

/** Ends the name of a file that is being written, behind an identifier that no other writer has. */
const PART = ".espalier-part";

/** A file that this process holds the system's lock on, which the system takes back however it ends. */
export interface HeldFile extends AsyncDisposable {
  /** The open file. */
  readonly file: Deno.FsFile;
  /** Path of the file. */
  readonly path: string;
}

/**
 * The lock of a file that two may not write in turns, for as long as it is not disposed of: a file beside it
 * that says who holds it. What a dead process left is taken over. Nothing where the folder cannot be written
 * to, or its file system knows no locks: who writes is told by the system.
 *
 * @param what both would do, for the error: `train with the checkpoint run.safetensors`
 * @throws Error where somebody else holds it, saying who
 */
export async function holdAlone(path: string, what: string): Promise<AsyncDisposable | undefined> {
  const attempt = () => open(path + LOCK, (file) => file.tryLock(true)).catch(() => undefined);
  let held = await attempt();
  // Who removes the lock of a dead process holds it for a moment, too.
  for (let tries = 0; held === "taken" && tries < 10; tries++) {
    await delay(30);
    held = await attempt();
  }
  if (held === "taken") {
    const holder = (await Deno.readTextFile(path + LOCK).catch(() => "")).trim() || "another process";
    throw new Error(
      `Cannot ${what}: ${holder} is at it; wait until that has ended, or name another file`,
    );
  }
  if (held) await sign(held.file);
  return held;
}

/** As {@linkcode holdAlone}, but waits for whoever holds it. */
export async function holdInTurn(path: string): Promise<AsyncDisposable | undefined> {
  const held = await open(path + LOCK, (file) => file.lock(true)).catch(() => undefined);
  return held === "taken" ? undefined : held;
}

/** Between two looks at a lock that somebody else holds, in ms. */
const BETWEEN_LOOKS = 200;

/** As {@linkcode holdInTurn}, for waits so long that they may have to be stopped. */
export async function holdInTurnUntil(
  path: string,
  signal: AbortSignal | undefined,
): Promise<AsyncDisposable | undefined> {
  while (true) {
    signal?.throwIfAborted();
    const held = await open(path + LOCK, (file) => file.tryLock(true)).catch(() => undefined);
    if (held !== "taken") return held;
    await delay(BETWEEN_LOOKS);
  }
}

/**
 * A new file beside a path, under a name that no other writer has, which {@linkcode removeLeftovers} of other
 * processes leaves alone for as long as this one lives.
 */
export async function openPart(path: string): Promise<HeldFile> {
  while (true) {
    const part = `${path}.${crypto.randomUUID()}${PART}`;
    const file = await Deno.open(part, { write: true, createNew: true });
    // A file system without locks has no leftovers removed from it either.
    const locked = await file.tryLock(true).catch(() => true);
    const held = locked ? await heldAt(part, file) : file.close();
    // Another process that looks for leftovers was faster, and removes the file.
    if (held) return held;
  }
}

/** Whether it is the lock, or the unfinished file, of a writer. */
const LEFTOVER = new RegExp(`(?:${LOCK}|\\.[0-9a-f-]{36}${PART})$`);

/** Folders that this process has looked through. */
const lookedThrough = new Set<string>();

/**
 * Removes locks and unfinished files that dead processes left in the folder of a path; once a process, for a
 * folder of many files takes long to list.
 */
export async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  if (lookedThrough.has(folder)) return;
  lookedThrough.add(folder);
  await removeLeftoversIn(folder);
}

/** As {@linkcode removeLeftovers}, each time. */
export async function removeLeftoversIn(folder: string): Promise<void> {
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!isFile || !LEFTOVER.test(name)) continue;
      // One that is gone already, or cannot be opened, is no reason to leave the others.
      await removeDead(`${folder}/${name}`).catch(() => {});
    }
  } catch {
    // What cannot be listed now harms nobody: who writes is told by the system.
  }
}

/** Removes a lock or an unfinished file that nobody holds. */
async function removeDead(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  if (!await file.tryLock(true)) return;
  // Another one may be at its path since it was opened, whose holder lives.
  await using _dead = await heldAt(path, file);
}

/** Opens a file and locks it; whoever had it may have removed it meanwhile. */
async function open(
  path: string,
  lock: (file: Deno.FsFile) => Promise<boolean | void>,
): Promise<HeldFile | "taken"> {
  while (true) {
    const file = await Deno.open(path, { create: true, read: true, write: true });
    try {
      if (await lock(file) === false) {
        file.close();
        return "taken";
      }
    } catch (error) {
      file.close();
      throw error;
    }
    const held = await heldAt(path, file);
    if (held) return held;
  }
}

/** The file with its lock; nothing where another one, or none, is at its path now. */
async function heldAt(path: string, file: Deno.FsFile): Promise<HeldFile | undefined> {
  const [own, there] = [await file.stat(), await Deno.stat(path).catch(() => undefined)];
  if (!there || there.ino !== own.ino || there.dev !== own.dev) {
    file.close();
    return undefined;
  }
  return {
    file,
    path,
    async [Symbol.asyncDispose]() {
      await Deno.remove(path).catch(() => {});
      file.close();
    },
  };
}

/** Writes into a lock who holds it. */
async function sign(file: Deno.FsFile): Promise<void> {
  await file.truncate();
  const who = `process ${Deno.pid} on ${hostname()}, since ${new Date().toISOString()},`;
  await file.write(new TextEncoder().encode(who));
}
