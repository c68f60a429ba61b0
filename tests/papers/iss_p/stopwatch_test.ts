import assert from "node:assert/strict";
import { startStopwatch } from "../../../lib/papers/iss_p/stopwatch.ts";
import { silent } from "../../../lib/progress.ts";
import { inFolder } from "../../in_folder.ts";

Deno.test("times of a run are those of all processes, as far as each got", () =>
  inFolder(async (folder) => {
    const path = `${folder}/times.jsonl`;
    let ms = 5000;
    const first = await startStopwatch(path, () => ms);
    const progress = first.keptBy(silent);
    await progress.step(1);
    assert.deepEqual([...Deno.readDirSync(folder)], [], "not kept before a minute has passed");
    await first.sparsify(() => void (ms += 2500));
    ms += 60_000;
    await progress.step(2);
    ms += 7000;
    assert.deepEqual(first.times(), { seconds: 69.5, sparsifySeconds: 2.5 });
    // The process ends here without a word: what is known of it is what was kept.
    ms += 1e6;
    const second = await startStopwatch(path, () => ms);
    for (let step = 1; step <= 2; step++) {
      ms += 61_000;
      await second.keptBy(silent).step(step);
    }
    assert.deepEqual(second.times(), { seconds: 62.5 + 122, sparsifySeconds: 2.5 });
    const third = await startStopwatch(path, () => ms);
    assert.deepEqual(third.times(), second.times());
  }));

Deno.test("without a file a run is of one process", async () => {
  let ms = 0;
  const watch = await startStopwatch(undefined, () => ms);
  ms += 90_000;
  await watch.keptBy(silent).step(1);
  assert.deepEqual(watch.times(), { seconds: 90, sparsifySeconds: 0 });
});
