import assert from "node:assert/strict";
import type { Workplace } from "../../../lib/ctr/train_ctr.ts";
import { inFolder } from "../../in_folder.ts";

/**
 * What a run gives in a folder where it was stopped before: in the midst of its training, and when that was
 * done. The same as without, or an error.
 */
export async function sameWhenStopped<T>(
  run: (place: Pick<Workplace, "progress" | "folder">) => Promise<T>,
): Promise<T> {
  let steps = 0;
  const counted = { start: () => {}, step: (done: number) => void (steps = done), close: () => {} };
  const whole = await run({ progress: counted });
  await inFolder(async (folder) => {
    for (const last of [Math.floor(0.6 * steps), steps]) {
      const progress = {
        start: () => {},
        step(done: number) {
          if (done === last) throw new Error("stopped");
        },
        close: () => {},
      };
      await assert.rejects(run({ folder, progress }), /stopped/);
    }
    assert.deepEqual(await run({ folder }), whole);
  });
  return whole;
}
