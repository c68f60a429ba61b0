import assert from "node:assert/strict";
import { snapshotEpochs } from "../../lib/metanet/snapshot_epochs.ts";

Deno.test("a metanetwork is kept every so many meta-epochs, and at the end", () => {
  assert.deepEqual(snapshotEpochs({ epochs: 5, every: 2 }), [2, 4, 5]);
  assert.deepEqual(snapshotEpochs({ epochs: 4, every: 2 }), [2, 4]);
  assert.deepEqual(snapshotEpochs({ epochs: 3, every: 1 }), [1, 2, 3]);
  assert.deepEqual(snapshotEpochs({ epochs: 3, every: 9 }), [3]);
});

Deno.test("meta-epochs that cannot be counted are refused", () => {
  for (const wrong of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(() => snapshotEpochs({ epochs: wrong, every: 1 }), {
      name: "RangeError",
      message: `Cannot meta-train with epochs ${wrong}: expected a whole number from 1`,
    });
    assert.throws(() => snapshotEpochs({ epochs: 1, every: wrong }), /Cannot meta-train with every /);
  }
});
