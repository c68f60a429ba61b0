import { deepEqual } from "node:assert/strict";
import { bicubicUpsample } from "../../lib/nn/bicubic.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { toTensor } from "../../lib/superres/convert_image.ts";
import { proceduralTextures } from "../../lib/superres/procedural.ts";
import { imresize } from "../../lib/superres/resample.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { withEngine } from "../train/engines.ts";

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
