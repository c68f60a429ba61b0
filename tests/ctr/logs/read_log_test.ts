import assert from "node:assert/strict";
import { readPart, streamTraining } from "../../../lib/ctr/logs/read_log.ts";
import { countIds } from "../../../lib/ctr/clicks.ts";
import { inFolder } from "../../in_folder.ts";
import { ownRows, prepareText } from "./own_log.ts";

Deno.test("a streamed log gives every row once an epoch, and the same batch whenever it is asked for", () =>
  inFolder(async (folder) => {
    const log = await prepareText(ownRows(900).join("\n"), folder);
    const train = await readPart(log, "train");
    const streamed = await streamTraining(log, { block: 100 });
    assert.deepEqual([streamed.count, streamed.counts], [train.labels.length, countIds(train)]);
    const source = streamed.batches({ batchSize: 32, seed: 3 });
    const rowsOf = (ids: ArrayLike<number>, labels: ArrayLike<number>) =>
      Array.from({ length: labels.length }, (_, row) => `${ids[2 * row]} ${ids[2 * row + 1]} ${labels[row]}`);
    const epochs = [];
    for (const epoch of [0, 1]) {
      const seen: string[] = [];
      for (let step = 0; step < source.stepsPerEpoch; step++) {
        const { inputs, targets } = await source.batch(epoch, step);
        seen.push(...rowsOf(inputs.ids!.data as Int32Array, targets.expected!.data as Float32Array));
      }
      epochs.push(seen);
    }
    const all = rowsOf(train.ids, train.labels);
    assert.deepEqual(epochs.map((seen) => seen.toSorted()), [all.toSorted(), all.toSorted()]);
    assert.notDeepEqual(epochs[0], epochs[1]);
    assert.notDeepEqual(epochs[0], all);
    const late = await source.batch(1, 5), early = await source.batch(0, 2);
    assert.deepEqual(await source.batch(1, 5), late);
    assert.deepEqual(await streamed.batches({ batchSize: 32, seed: 3 }).batch(0, 2), early);
  }));
