import assert from "node:assert/strict";
import { float32, int64, numbersOf } from "../../lib/tensor/tensor.ts";
import {
  type Batch,
  type BatchOptions,
  countExamples,
  takeRows,
  toBatches,
} from "../../lib/train/batches.ts";
import { digestData } from "../../lib/train/digest_data.ts";

/** Example i is [i, 10 i], its label i. */
const count = 7;
const inputs = float32(Array.from({ length: count }, (_, i) => [i, 10 * i]).flat(), [count, 2]);
const targets = int64(Array.from({ length: count }, (_, i) => i));
const options: BatchOptions = { batchSize: 3, input: "x", target: "labels" };

const labelsOf = ({ targets }: Batch) => numbersOf(targets.labels!);

/** The labels of an epoch, batch by batch. */
async function epochOf(given: BatchOptions, epoch: number): Promise<number[][]> {
  const { stepsPerEpoch, batch } = toBatches({ inputs, targets }, given);
  return await Promise.all(
    Array.from({ length: stepsPerEpoch }, async (_, step) => labelsOf(await batch(epoch, step))),
  );
}

Deno.test("batches go through the examples in order, and a last smaller one is left out where asked", async () => {
  assert.deepEqual(await epochOf(options, 4), [[0, 1, 2], [3, 4, 5], [6]]);
  assert.deepEqual(await epochOf({ ...options, dropLast: true }, 4), [[0, 1, 2], [3, 4, 5]]);
});

Deno.test("shuffled epochs have each example once, in another order each, and the same order again", async () => {
  const shuffled = { ...options, shuffleSeed: 1 };
  const [first, second, again] = [
    await epochOf(shuffled, 0),
    await epochOf(shuffled, 1),
    await epochOf(shuffled, 0),
  ];
  for (const epoch of [first, second]) {
    assert.deepEqual(epoch.flat().sort((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6]);
  }
  assert.notDeepEqual(first, second);
  assert.deepEqual(first, again);
});

Deno.test("inputs and targets of a batch are rows of the same examples", async () => {
  const { batch } = toBatches({ inputs, targets }, { ...options, shuffleSeed: 3 });
  const found = await batch(0, 0);
  assert.deepEqual(found.inputs.x!.dims, [3, 2]);
  assert.deepEqual(numbersOf(found.inputs.x!), labelsOf(found).flatMap((i) => [i, 10 * i]));
});

Deno.test("batches are told apart by every example, the last ones too, and by how they are cut", async () => {
  // Far more batches than those that stand for a source that says nothing.
  const many = (last: number) => ({
    inputs: float32([...new Array<number>(99).fill(0), last], [100, 1]),
    targets: int64(new Array<number>(100).fill(0)),
  });
  const cut = { ...options, batchSize: 4 };
  const digests = await Promise.all([
    digestData(toBatches(many(0), cut)),
    digestData(toBatches(many(1), cut)),
    digestData(toBatches(many(0), { ...cut, shuffleSeed: 1 })),
    digestData(toBatches(many(0), { ...cut, batchSize: 5 })),
    digestData(toBatches(many(0), { ...cut, batchSize: 3, dropLast: true })),
    digestData(toBatches(many(0), { ...cut, batchSize: 3 })),
  ]);
  assert.equal(new Set(digests).size, digests.length);
  assert.equal(await digestData(toBatches(many(0), { ...cut })), digests[0]);
});

Deno.test("rows are taken in any order, more than once", () => {
  const taken = takeRows(inputs, [2, 0, 2]);
  assert.deepEqual([taken.dims, numbersOf(taken)], [[3, 2], [2, 20, 0, 0, 2, 20]]);
  assert.equal(countExamples({ inputs, targets }), count);
});
