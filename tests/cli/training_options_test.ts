import assert from "node:assert/strict";
import {
  refuseTraining,
  requireCheckpoint,
  trainingOf,
  trainingOptions,
} from "../../lib/cli/training_options.ts";
import { inFolder } from "../in_folder.ts";

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

Deno.test("where no checkpoint could be saved, that is said before there is one", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => `${folder}/${name}`;
    const check = (checkpoint: string) => requireCheckpoint({ checkpoint }, at("source"));
    await Deno.writeTextFile(at("source"), "");
    await Deno.symlink(at("source"), at("link"));
    await requireCheckpoint({}, at("source"));
    await check(at("run.safetensors"));
    await assert.rejects(check(at("run.onnx")), {
      name: "UsageError",
      message: /expected a name in \.safetensors/,
    });
    for (const name of ["source", "link"]) {
      await assert.rejects(check(at(name)), {
        name: "UsageError",
        message: /source is read from it; name another/,
      });
    }
    await assert.rejects(
      check(at("missing/run")),
      /Cannot save the checkpoint .*: no such file or directory/i,
    );
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["link", "source"]);
  });
});
