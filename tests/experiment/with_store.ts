/** Units that square and add numbers, in a store of their own. */
import assert from "node:assert/strict";
import { inFolder } from "../in_folder.ts";

/** A test with a store of its own. */
export function withStore(name: string, test: (store: string) => Promise<void>): void {
  Deno.test(name, () => inFolder(test));
}

export const truth = (count: number) =>
  Array.from({ length: count }, (_, value) => ({ value, square: value ** 2 }));

/** Waits until processes are no more. */
export async function gone(pids: Iterable<string>): Promise<void> {
  for (const pid of pids) {
    for (let tries = 0; await Deno.stat(`/proc/${pid}`).then(() => true, () => false); tries++) {
      assert.ok(tries < 50, `worker ${pid} outlived its leader`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
