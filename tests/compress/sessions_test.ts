import assert from "node:assert/strict";
import { compress, type CompressOptions } from "../../lib/compress/mod.ts";
import { productsOn } from "../../lib/compress/numeric/products.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { seededRandom } from "../../lib/random.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { counted } from "./counted_runtime.ts";

const random = seededRandom(7, "sessions");
const record = { input: float32(Array.from({ length: 20 * 6 }, () => random.normal()), [20, 6]) };

const METHODS: readonly CompressOptions[] = [
  { method: "gptaq", bits: 4 }, // compares with the model as it was: two sessions a stage
  { method: "rtn", bits: 4, allocation: "calibrated" },
];

for (const options of METHODS) {
  Deno.test(`compress: whichever session does not open, none stays open (${options.method})`, async () => {
    const model = mlp({ sizes: [6, 5, 4] });
    for (let refused = 1, all = Infinity; refused <= all; refused++) {
      const { runtime, count } = await counted(refused);
      try {
        const run = compress(model, { ...options, calibration: [record], runtime });
        const failed = await run.then(() => false, (error) => /no memory for a session/.test(String(error)));
        if (failed) assert.ok(refused < 20);
        else {
          all = refused; // it took fewer sessions than that
          assert.ok(refused > 4);
        }
        assert.equal(count.open, 0, `${refused}`);
      } finally {
        await runtime.close();
      }
    }
  });
}

Deno.test("productsOn: one whose session did not open is closed without an error", async () => {
  const { runtime } = await counted(1);
  try {
    const products = productsOn(runtime);
    await assert.rejects(products.multiply(Float32Array.of(2), Float32Array.of(3), 1, 1, 1), /no memory/);
    await products.close();
  } finally {
    await runtime.close();
  }
});
