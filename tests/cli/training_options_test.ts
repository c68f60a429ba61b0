import assert from "node:assert/strict";
import { refuseTraining, trainingOf, trainingOptions } from "../../lib/cli/training_options.ts";

Deno.test("what is typed of a training is read, and nothing stands in its place", () => {
  const nothing = { epochs: undefined, rate: undefined, batchSize: undefined, checkpoint: undefined };
  assert.deepEqual(trainingOf({}), { ...nothing, loss: undefined, seed: 0 });
  const given = { epochs: "3", rate: "0.5", batchSize: "8", checkpoint: "c.safetensors", seed: "4" };
  const { loss, ...numbers } = trainingOf({ ...given, loss: "squared-error" });
  assert.equal(loss?.name, "meanSquaredError");
  assert.deepEqual(numbers, { epochs: 3, rate: 0.5, batchSize: 8, checkpoint: "c.safetensors", seed: 4 });
  assert.match(trainingOptions({ epochs: 7 })[0]!.about, /default 7$/);
});

Deno.test("every option of a training is refused where there is none", () => {
  refuseTraining({ macs: "0.5", data: "images" });
  for (const { flags } of trainingOptions({ epochs: 1 })) {
    const [flag] = flags.split(" ") as [string];
    const name = flag === "--batch-size" ? "batchSize" : flag.slice(2);
    assert.throws(() => refuseTraining({ [name]: "1" }), {
      name: "UsageError",
      message:
        `Cannot train without data: ${flag} is for the training on --data; name some, or leave ${flag} out`,
    });
  }
});
