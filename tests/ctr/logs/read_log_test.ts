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

Deno.test("batches that are asked for side by side are those that are asked for one by one", () =>
  inFolder(async (folder) => {
    const log = await prepareText(ownRows(900).join("\n"), folder);
    const source = () =>
      streamTraining(log, { block: 100 }).then((all) => all.batches({ batchSize: 32, seed: 3 }));
    const slow = await source(), quick = await source();
    const steps = Array.from({ length: slow.stepsPerEpoch }, (_, step) => step);
    const expected = [];
    for (const step of steps) expected.push(await slow.batch(0, step));
    assert.deepEqual(await Promise.all(steps.map((step) => quick.batch(0, step))), expected);
    // What could not be read once is read again.
    const again = await source();
    await Deno.rename(`${log.folder}/train.parquet`, `${folder}/away`);
    await assert.rejects(async () => await again.batch(0, 0));
    await Deno.rename(`${folder}/away`, `${log.folder}/train.parquet`);
    assert.deepEqual(await again.batch(0, 0), expected[0]);
    await assert.rejects(streamTraining(log, { block: 0 }), /with block 0: expected a whole number from 1/);
  }));
