import { deepEqual, equal } from "node:assert/strict";
import { edsrTiny } from "../../lib/nn/edsr_tiny.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { sizeOf } from "../../lib/tensor/tensor.ts";
import { patches } from "../../lib/superres/patches.ts";
import { psnr } from "../../lib/superres/psnr.ts";
import { toTensor } from "../../lib/superres/convert_image.ts";
import { proceduralTextures } from "../../lib/superres/procedural.ts";
import { imresize } from "../../lib/superres/resample.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { fit } from "../../lib/train/fit.ts";
import { meanAbsoluteError } from "../../lib/train/losses.ts";
import { adamW } from "../../lib/train/optimizers.ts";
import { constantRate } from "../../lib/train/schedules.ts";
import { withEngine } from "../train/engines.ts";
import { tagged } from "../tags.ts";

Deno.test("edsrTiny has 9,612 weights in 8 convolutions and 100 biases, and starts close to bicubic", () => {
  const model = edsrTiny();
  const total = (role: string) =>
    weightsOf(model).filter((weight) => weight.role === role).map(({ tensor }) => sizeOf(tensor.dims));
  deepEqual(total("weight"), [108, 1296, 1296, 1296, 1296, 1296, 1296, 1296, 432]);
  equal(total("bias").reduce((a, b) => a + b), 100);
  deepEqual(countMacs(model, { inputShapes: { input: [1, 1, 16, 16] } }), {
    macs: 9612 * 256,
    parameters: 9712,
  });
});

for (const engine of ["native", "wasm"] as const) {
  withEngine(tagged("edsrTiny learns to enlarge better than bicubic", "slow"), engine, async (runtime) => {
    const [hr] = proceduralTextures({ count: 1, size: 48, seed: 1 });
    const lr = imresize(hr!, 1 / 2);
    const source = patches([{ hr: hr!, lr }], { scale: 2, size: 12, batchSize: 4, stepsPerEpoch: 100 });
    const { model } = await fit(edsrTiny(), source, {
      runtime,
      epochs: 1,
      loss: meanAbsoluteError(),
      optimizer: adamW({ weightDecay: 0 }),
      schedule: constantRate(2e-3),
    });
    const { output } = await runModel(model, { input: toTensor(lr) }, { runtime });
    const gain = psnr(output!, toTensor(hr!)) - psnr(toTensor(imresize(lr, 2)), toTensor(hr!));
    equal(gain > 0.2, true, `${gain} dB`);
  });
}
