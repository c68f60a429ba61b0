/** A tiny meta-training in the folder of the first argument; kills itself at the step of the second. */
import { metaTrain } from "../../lib/metanet/meta_train.ts";
import { metanetworkFor } from "../../lib/metanet/metanetwork_for.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";

const [folder, step] = Deno.args;
const random = seededRandom(1);
const data = {
  inputs: float32(Array.from({ length: 40 }, () => random.normal()), [10, 4]),
  targets: int64(Array.from({ length: 10 }, () => random.integer(3))),
};
const dataModels = [0, 1].map((seed) => mlp({ sizes: [4, 6, 5, 3], seed }));
await metaTrain(dataModels, metanetworkFor(dataModels[0]!, { hidden: 4 }), data, {
  epochs: 5,
  every: 2,
  batchSize: 4,
  folder: folder!,
  progress: {
    start: () => {},
    step: (done) => done === Number(step) ? Deno.kill(Deno.pid, "SIGKILL") : undefined,
    close: () => {},
  },
});
