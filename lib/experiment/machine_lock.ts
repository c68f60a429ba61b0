import { cacheFolder } from "../files/cache_folder.ts";

/** Lock of this machine, which its leaders share: many compute at once, but who takes times is alone. */
export interface MachineLock {
  /** Takes the machine with others, or alone; gives up at once where that cannot be now. */
  take(how: "shared" | "alone"): Promise<boolean>;
  /** Gives the machine back. */
  give(): Promise<void>;
  /** Closes the lock, and gives the machine back. */
  close(): void;
}

/**
 * Opens the lock of this machine's leaders, whatever their stores: a lock of the operating system on a file
 * in the cache folder, which outlives no process.
 */
export async function openMachineLock(): Promise<MachineLock> {
  await Deno.mkdir(cacheFolder(), { recursive: true });
  const file = await Deno.open(`${cacheFolder()}/computing.lock`, { create: true, read: true, write: true });
  let held: "shared" | "alone" | undefined;
  return {
    async take(how) {
      if (held === how) return true;
      if (held) await file.unlock();
      held = await file.tryLock(how === "alone") ? how : undefined;
      return held !== undefined;
    },
    async give() {
      if (held) await file.unlock();
      held = undefined;
    },
    close: () => file.close(),
  };
}
