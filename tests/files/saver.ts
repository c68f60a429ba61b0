/** Saves a model again and again, until it is killed: `saver.ts <folder>`. Says so when it begins. */
import { mlp, saveModel } from "../../mod.ts";
import { writeCheckpoint } from "../../lib/train/checkpoint.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

const folder = Deno.args[0]!;
console.log("begun");
for (let i = 0;; i++) {
  const model = mlp({ sizes: [64, 64, 4], seed: i % 3 });
  await saveModel(model, `${folder}/plain.onnx`);
  await saveModel(model, `${folder}/beside.onnx`, { externalData: 64 });
  await writeCheckpoint(`${folder}/run`, {
    fingerprint: "f",
    step: i,
    running: { loss: 1, examples: 1 },
    unseen: { loss: 0, steps: 0 },
    rates: [],
    history: [],
    state: { w: float32(new Float32Array(20_000).fill(i), [20_000]) },
  });
}
