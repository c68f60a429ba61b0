import { ifFound } from "../../files/not_found.ts";

/** Who does what, where several leaders share a store: a unit that one of them is at, the others wait for. */
export interface Claims {
  /** Whether the unit is ours now; if not, another leader that lives is at it. */
  take(name: string): Promise<boolean>;
  /** Gives a unit back, done or not. */
  give(name: string): Promise<void>;
  /** Gives everything back. */
  close(): Promise<void>;
}

/**
 * A leader's claims in a store. Each leader holds a lock on a file of its own, which the operating system
 * takes from it however it ends, and a claim is one more name (a hard link) of that file: it holds as long as
 * the file is locked. The lock is the kernel's `flock`, which network file systems pass on to other hosts
 * (NFS from version 4 on).
 */
export async function openClaims(folder: string): Promise<Claims> {
  await Deno.mkdir(`${folder}/leaders`, { recursive: true });
  await Deno.mkdir(`${folder}/claims`, { recursive: true });
  const self = `${folder}/leaders/${crypto.randomUUID()}`;
  const pathOf = (name: string) => `${folder}/claims/${name}`;
  const lock = await oneAtATime(folder, async () => {
    for await (const { name, isFile } of Deno.readDir(`${folder}/leaders`)) {
      if (!isFile) continue; // none of ours
      const other = `${folder}/leaders/${name}`;
      if (!await lives(other)) await ifFound(Deno.remove(other));
    }
    const file = await Deno.open(self, { createNew: true, write: true });
    await file.lock(true);
    return file;
  });
  const ours = new Set<string>();

  async function link(name: string): Promise<boolean> {
    try {
      await Deno.link(self, pathOf(name));
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return false;
      throw error;
    }
    ours.add(name);
    return true;
  }

  return {
    async take(name) {
      if (ours.has(name) || await link(name)) return true;
      if (await lives(pathOf(name))) return false;
      return await oneAtATime(folder, async () => {
        if (!await lives(pathOf(name))) await ifFound(Deno.remove(pathOf(name)));
        return await link(name);
      });
    },
    async give(name) {
      if (ours.delete(name)) await ifFound(Deno.remove(pathOf(name)));
    },
    async close() {
      for (const name of ours) await ifFound(Deno.remove(pathOf(name)));
      await ifFound(Deno.remove(self));
      lock.close();
    },
  };
}

/** Names of the units that living leaders are at. */
export async function claimedUnits(folder: string): Promise<string[]> {
  const entries = await ifFound(Array.fromAsync(Deno.readDir(`${folder}/claims`))) ?? [];
  const names: string[] = [];
  for (const { name } of entries) if (await lives(`${folder}/claims/${name}`)) names.push(name);
  return names;
}

/** Whether anybody holds the lock of a file. */
async function lives(path: string): Promise<boolean> {
  using file = await ifFound(Deno.open(path, { read: true }));
  return file !== undefined && !await file.tryLock(false);
}

/** Claims of dead leaders are cleared away by one leader at a time, lest it be taken from a living one. */
async function oneAtATime<T>(folder: string, work: () => Promise<T>): Promise<T> {
  using file = await Deno.open(`${folder}/clearing`, { create: true, write: true });
  await file.lock(true);
  return await work();
}
