import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { float32, int64, numbersOf } from "../../lib/tensor/tensor.ts";
import { type Batch, type BatchSource, type StreamedExamples, toBatches } from "../../lib/train/batches.ts";
import { readAhead } from "../../lib/train/read_ahead.ts";

/** Batches that hold the numbers of their place, and a list of which were begun. */
function places(stepsPerEpoch: number): BatchSource & { begun: string[] } {
  const begun: string[] = [];
  return {
    begun,
    stepsPerEpoch,
    batch(epoch, step): Promise<Batch> {
      begun.push(`${epoch} ${step}`);
      return Promise.resolve({ inputs: { input: float32([epoch, step]) }, targets: {} });
    },
  };
}

Deno.test("reading ahead gives the batches that were asked for, in any order", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(2), fc.nat(4)), { minLength: 1, maxLength: 12 }),
      async (asked) => {
        const source = readAhead(places(5));
        for (const [epoch, step] of asked) {
          const { inputs } = await source.batch(epoch, step);
          assert.deepEqual(numbersOf(inputs.input!), [epoch, step]);
        }
      },
    ),
  ));

Deno.test("the next two batches of an epoch are begun, each once, and none of the next epoch", async () => {
  const source = places(4);
  const ahead = readAhead(source);
  await ahead.batch(0, 0);
  assert.deepEqual(source.begun, ["0 0", "0 1", "0 2"]);
  for (const step of [1, 2, 3]) await ahead.batch(0, step);
  assert.deepEqual(source.begun, ["0 0", "0 1", "0 2", "0 3"]);
  // As where a run is resumed, whose first batch says which data these are.
  await ahead.batch(2, 1);
  assert.deepEqual(source.begun.slice(4), ["2 1", "2 2", "2 3"]);
});

Deno.test("a streamed batch's random numbers are those of its place: other ones in each epoch, the same ones again", async () => {
  const drawn: StreamedExamples = {
    count: 6,
    read: (rows, random) =>
      Promise.resolve({
        inputs: float32(Array.from(rows, () => random.uniform()), [rows.length]),
        targets: int64([...rows]),
      }),
  };
  const read = async () => {
    const batches = toBatches(drawn, { batchSize: 3, input: "input", target: "labels" });
    const all: string[] = [];
    for (const [epoch, step] of [[0, 0], [0, 1], [1, 0], [1, 1]] as const) {
      const { inputs, targets } = await batches.batch(epoch, step);
      assert.deepEqual(numbersOf(targets.labels!), [0, 1, 2].map((row) => 3 * step + row));
      all.push(`${numbersOf(inputs.input!)}`);
    }
    return all;
  };
  const first = await read();
  assert.equal(new Set(first).size, 4);
  assert.deepEqual(await read(), first);
});
