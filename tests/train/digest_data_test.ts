import assert from "node:assert/strict";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import type { Batch, TrainingData } from "../../lib/train/batches.ts";
import { digestData } from "../../lib/train/digest_data.ts";

const arrays = () => ({ inputs: float32([1, 2, 3, 4], [2, 2]), targets: int64([0, 1]) });

Deno.test("data are told apart by every number, shape, type and name, and are the same when they are equal", async () => {
  const { inputs, targets } = arrays();
  const different: TrainingData[] = [
    arrays(),
    { inputs: float32([1, 2, 3, 5], [2, 2]), targets },
    { inputs: float32([1, 2, 3, 4], [2, 2, 1]), targets },
    { inputs, targets: int64([1, 0]) },
    { inputs: { x: inputs }, targets },
    { inputs: { y: inputs }, targets },
    { inputs, targets: float32([0, 1]) },
  ];
  const digests = await Promise.all(different.map(digestData));
  assert.equal(new Set(digests).size, different.length);
  assert.equal(await digestData(arrays()), digests[0]);
  assert.match(digests[0]!, /^[0-9a-f]{64}$/);
  // Labels in any form are the same labels.
  assert.equal(await digestData({ inputs, targets: [0, 1] }), digests[0]);
});

Deno.test("a source says itself what tells it apart, else its first batches do, and no more are asked for", async () => {
  const asked: number[] = [];
  const source = (last: number, digest?: () => string) => ({
    stepsPerEpoch: 20,
    batch: (_: number, step: number): Batch => {
      asked.push(step);
      const value = step === last ? 9 : step;
      return { inputs: { x: float32([value]) }, targets: { y: float32([value]) } };
    },
    ...digest && { digest },
  });
  assert.equal(await digestData(source(0, () => "its own")), "its own");
  assert.deepEqual(asked, []);
  const plain = await digestData(source(-1));
  assert.deepEqual(asked, Array.from({ length: 16 }, (_, i) => i));
  assert.notEqual(await digestData(source(15)), plain);
  assert.equal(await digestData(source(16)), plain);
});
