import assert from "node:assert/strict";
import { mlp } from "../../../lib/nn/mlp.ts";
import { inputBatches } from "../../../lib/prune/measured/input_batches.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";

Deno.test("examples come in batches without targets; ready batches as they are; a missing input is named", async () => {
  const model = mlp({ sizes: [2, 3, 1] });
  const [input] = model.graph.inputs as [string];
  const inputs = float32([1, 2, 3, 4, 5, 6], [3, 2]);
  const sizesOf = async (data: Parameters<typeof inputBatches>[1], batchSize?: number) =>
    (await Array.fromAsync(inputBatches(model, data, { action: "look", batchSize }))).map((batch) =>
      batch[input]!.dims[0]
    );
  assert.deepEqual(await sizesOf({ inputs, targets: {} }, 2), [2, 1]);
  const ready = { stepsPerEpoch: 2, batch: () => ({ inputs: { [input]: inputs }, targets: {} }) };
  assert.deepEqual(await sizesOf(ready), [3, 3]);
  await assert.rejects(
    sizesOf({ inputs: { other: inputs }, targets: {} }),
    new RegExp(`Cannot look: .*no "${input}"`),
  );
  await assert.rejects(sizesOf(undefined as never), /Cannot look/);
});
