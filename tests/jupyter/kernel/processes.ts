import assert from "node:assert/strict";
import { pause } from "./driver.ts";

/** Processes whose environment has this word: those that were started with it, and theirs. */
export function processesWith(word: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      return pid > 0 && Deno.readTextFileSync(`/proc/${pid}/environ`).includes(word);
    } catch {
      return false;
    }
  });
}

/** Waits until none of them is there; fails where one stays. */
export async function assertNoneLeft(word: string): Promise<void> {
  for (const end = Date.now() + 20_000; processesWith(word).length && Date.now() < end;) await pause(100);
  assert.deepEqual(processesWith(word), [], "nothing is left running");
}
