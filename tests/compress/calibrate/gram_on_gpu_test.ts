import assert from "node:assert/strict";
import { gramOnGpu } from "../../../lib/compress/calibrate/gram_on_gpu.ts";
import { seededRandom } from "../../../lib/random.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { assertClose, COMPENSATED_FLOAT32 } from "../../close.ts";
import { withGpu } from "../../webgpu/with_gpu.ts";
import { toGpu } from "../../../kernels/webgpu/core/tensors.ts";

withGpu("gramOnGpu: the sum over tokens of many records, in float64's digits", async (gpu) => {
  const columns = 5;
  const random = seededRandom(6, "tokens");
  const expected = new Float64Array(columns * columns);
  {
    using sum = gramOnGpu(gpu, columns);
    for (let record = 0; record < 300; record++) {
      const x = Float32Array.from({ length: 3 * columns }, () => 10 + random.normal());
      for (let at = 0; at < x.length; at += columns) {
        expected.forEach((_, i) => expected[i]! += x[at + Math.floor(i / columns)]! * x[at + i % columns]!);
      }
      const tokens = float32(x, [1, 3, columns]);
      await sum.add(record % 2 ? tokens : toGpu(gpu, tokens));
    }
    assertClose(await sum.read(), expected, COMPENSATED_FLOAT32);
    assert.equal(gpu.counters().buffers, 2);
  }
  assert.equal(gpu.counters().buffers, 0);
});
