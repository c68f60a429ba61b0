import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { shiftFilterGradients } from "../../lib/runtime/shifted_filter_gradients.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { CONVOLUTIONS, filterGradientOf } from "./filter_gradients.ts";

for (const [name, convolution] of Object.entries(CONVOLUTIONS)) {
  Deno.test(`a filter gradient as a product of shifted views is the same: ${name}`, async () => {
    const { model, gradient, feeds } = filterGradientOf(convolution);
    const shifted = shiftFilterGradients(model);
    const count = (of: typeof model, op: string) => of.graph.nodes.filter((node) => node.op === op).length;
    assert.deepEqual([count(shifted, "Conv"), count(shifted, "MatMul")], [count(model, "Conv") - 1, 1]);
    const runtime = await openRuntime({ engine: "native" });
    try {
      // Bytes are run as they are.
      const [plain, own] = [await runtime.session(model.toOnnx()), await runtime.session(shifted.toOnnx())];
      const [expected, found] = [await plain.run(feeds), await own.run(feeds)];
      assert.deepEqual(found[gradient]!.dims, convolution.w);
      assertClose(
        found[gradient]!.data as Float32Array,
        expected[gradient]!.data as Float32Array,
        REORDERED_FLOAT32,
      );
    } finally {
      await runtime.close();
    }
  });
}

Deno.test("a model without filter gradients is left as it is", () => {
  const model = mlp({ sizes: [3, 2] });
  assert.equal(shiftFilterGradients(model), model);
});
