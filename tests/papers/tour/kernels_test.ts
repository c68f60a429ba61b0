import assert from "node:assert/strict";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { numbersOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { filterKernels } from "../../../lib/papers/tour/kernels.ts";

Deno.test("the kernels of the tour find what sorting all weights finds", async () => {
  const model = resnetCifar({ depth: 20, widths: [4, 8, 16] });
  const filters = [...model.graph.initializers.values()].filter(({ dims }) => dims.length === 4) as Tensor[];
  const magnitudes = filters.flatMap((tensor) => numbersOf(tensor).map(Math.abs)).sort((a, b) => a - b);
  const median = magnitudes[Math.floor(magnitudes.length / 2) - 1]!;
  const [norms, threshold, masks] = await filterKernels(model);
  assert.ok(norms!.device.length > 0);
  assert.match(
    norms!.found,
    new RegExp(`^${filters.reduce((sum, { dims }) => sum + dims[0]!, 0)} filters, `),
  );
  assert.equal(
    threshold!.found,
    `half of ${magnitudes.length.toLocaleString("en")} weights lie under ${median.toPrecision(3)}`,
  );
  const least = Math.min(...filters.map((tensor) => {
    const numbers = numbersOf(tensor);
    return 100 * numbers.filter((weight) => Math.abs(weight) > median).length / numbers.length;
  }));
  assert.match(masks!.found, new RegExp(`would keep least, ${least.toFixed(0)} %$`));
  for (const { ms } of [norms!, threshold!, masks!]) assert.ok(ms > 0);
});
