import assert from "node:assert/strict";
import { float32, int64 } from "../../../lib/tensor/tensor.ts";
import { lossFor, noteOf } from "../../../lib/train/fit/report.ts";
import { readCheckpoint } from "../../../lib/train/checkpoint.ts";
import { fit } from "../../../lib/train/fit.ts";
import { inFolder } from "../../in_folder.ts";
import { withEngine } from "../engines.ts";
import { moons, network } from "../moons.ts";
import { crossEntropy, distillation, meanSquaredError } from "../../../lib/train/losses.ts";

Deno.test("a note says the last epoch's losses, and the loss of the step at hand", () => {
  const row = { epoch: 2, step: 20, rate: 0.1, loss: 0.12345 };
  assert.equal(noteOf(undefined, undefined), "");
  assert.equal(noteOf(1.5, undefined), "now 1.500");
  assert.equal(noteOf(undefined, row), "epoch 2: loss 0.123");
  assert.equal(
    noteOf(1.5, { ...row, validationLoss: 0.25 }),
    "epoch 2: loss 0.123, validation loss 0.250, now 1.500",
  );
  assert.equal(
    noteOf(undefined, { ...row, validationLoss: 0.25, validationAccuracy: 0.9246 }),
    "epoch 2: loss 0.123, 92.5 % right",
  );
});

Deno.test("validation data without a teacher are judged by their labels", () => {
  const inputs = float32([0], [1, 1]);
  const labels = int64([0]);
  const teacher = float32([0], [1, 1]);
  const loss = distillation();
  assert.equal(lossFor({ inputs, targets: { labels, teacher } }, loss), loss);
  assert.equal(lossFor({ inputs, targets: { labels } }, loss).name, crossEntropy().name);
  const squared = meanSquaredError();
  assert.equal(
    lossFor({ inputs, targets: { other: teacher } }, squared),
    squared,
    "which then says what is missing",
  );
  assert.equal(lossFor({ inputs, targets: labels }, loss), loss, "one tensor stands for the first target");
});

withEngine(
  "a validation loss that is no number is refused, and what was saved is of the epoch before",
  "native",
  async (runtime) => {
    await inFolder(async (folder) => {
      const checkpoint = `${folder}/run`;
      let bad = NaN;
      let times = 0;
      const validation = {
        stepsPerEpoch: 1,
        batch: () => ({
          inputs: { input: float32([times++ < 1 ? 1 : bad, 1], [1, 2]) },
          targets: { labels: int64([0]) },
        }),
        digest: () => "the same",
      };
      const train = () =>
        fit(network(), moons(20, 1), { epochs: 3, batchSize: 10, runtime, validation, checkpoint });
      await assert.rejects(train(), {
        name: "RangeError",
        message: /^Cannot judge epoch 2: the validation data gave NaN, expected a number; look for numbers/,
      });
      const { step, history } = (await readCheckpoint(checkpoint))!;
      assert.deepEqual([step, history.length], [2, 1]);
      bad = 0;
      assert.equal((await train()).history.length, 3);
    });
  },
);
