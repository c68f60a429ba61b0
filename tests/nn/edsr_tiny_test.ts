import { deepEqual, equal } from "node:assert/strict";
import { edsrTiny } from "../../lib/nn/edsr_tiny.ts";
import { bicubicUpsample } from "../../lib/nn/bicubic.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
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
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { withEngine } from "../train/engines.ts";
import { tagged } from "../tags.ts";

for (const engine of ["native", "wasm", "webgpu"] as const) {
  withEngine("the bicubic skip is imresize, to its edges and at any size", engine, async (runtime) => {
    const [image] = proceduralTextures({ count: 1, size: 21, seed: 2 });
    const x = toTensor(image!);
    for (const factor of [2, 3, 4]) {
      const g = new GraphBuilder();
      g.output(bicubicUpsample(g, g.input("x", "float32", ["N", "C", "H", "W"]), factor), "y");
      const session = await runtime.session(g.model());
      for (const scale of [1, 1 / 3, 1 / 10]) {
        const small = imresize(x, scale);
        const { y } = await session.run({ x: small });
        const expected = imresize(small, factor);
        deepEqual(y!.dims, expected.dims);
        assertClose(y!.data as Float32Array, expected.data as Float32Array, REORDERED_FLOAT32);
      }
      await session.release();
    }
  });
}

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
