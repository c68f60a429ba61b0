import assert from "node:assert/strict";
import type { Matrix } from "../../../lib/compress/methods/method.ts";
import { METHODS } from "../../../lib/compress/methods/methods.ts";
import { outputSquares } from "../../../lib/compress/numeric/output_squares.ts";
import { seededRandom } from "../../../lib/random.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { productsOn } from "../../../lib/compress/numeric/products.ts";
import { assertClose } from "../../close.ts";
import { layer, target } from "../small_layer.ts";

Deno.test("a sweep's own loss is that of its result, and large products in float32 change little", async () => {
  const runtime = await openRuntime();
  const engine = productsOn(runtime);
  const products = { ...engine, isWorth: (steps: number) => steps > 1000 };
  try {
    for (const [seed, settings] of [[1, { sparsity: 0.5 }], [2, { bits: 3 }]] as const) {
      const matrix = layer(seed, 40);
      // More columns than a block of the factor and a panel of the sweep: 600, of a Gram matrix of full rank.
      const wide = tiled(matrix, 600);
      for (const each of [matrix, wide]) {
        for (const method of ["sparsegpt", "gptq"] as const) {
          if (method === "gptq" && !("bits" in settings)) continue;
          const options = target({ ...settings, blockSize: 32 });
          const exact = await METHODS[method].run(each, options);
          const change = each.weight.map((value, i) => value - exact.weight[i]!);
          const loss = await outputSquares(change, each.inputs!.gram, each.columns) / each.inputs!.sequences;
          assertClose([exact.loss!], [loss], { absolute: 0, relative: 1e-7 });
          const fast = await METHODS[method].run({ ...each, products }, options);
          assertClose([fast.loss!], [loss], { absolute: 0, relative: 1e-3 });
          const differ = fast.weight.filter((value, i) => Math.abs(value - exact.weight[i]!) > 1e-2).length;
          assert.ok(differ <= each.weight.length / 500, `${differ} of ${each.weight.length}`);
        }
      }
    }
  } finally {
    await engine.close();
    await runtime.close();
  }
});

/** A layer whose inputs are those of another, several times over, with noise of their own. */
function tiled({ weight, rows, columns, inputs, name }: Matrix, wide: number): Matrix {
  const random = seededRandom(7, "noise");
  const gram = new Float64Array(wide * wide);
  for (let i = 0; i < wide; i++) {
    for (let j = 0; j < wide; j++) gram[i * wide + j] = inputs!.gram[i % columns * columns + j % columns]!;
  }
  for (let i = 0; i < wide; i++) gram[i * (wide + 1)]! *= 1 + random.uniform(0.2, 0.5);
  return {
    name,
    rows,
    columns: wide,
    weight: Float64Array.from(
      { length: rows * wide },
      (_, i) => weight[i % weight.length]! * random.normal(),
    ),
    inputs: { ...inputs!, gram, absolute: new Float64Array(wide).fill(1) },
  };
}
