import assert from "node:assert/strict";
import { vggBn } from "../../lib/nn/vgg_bn.ts";

const convolutions = (model: ReturnType<typeof vggBn>) =>
  [...model.graph.initializers].filter(([, { dims }]) => dims.length === 4);

Deno.test("layers stand where torchvision's vgg16_bn has them, with the channels of configuration D", () => {
  const model = vggBn({ depth: 16, widths: [2, 4, 8, 16, 16] });
  // Positions in `features` of the published checkpoint.
  const places = [0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40];
  assert.deepEqual(convolutions(model).map(([name]) => name), places.map((i) => `features.${i}.weight`));
  assert.deepEqual(convolutions(model).map(([, { dims }]) => dims[0]), [
    2,
    2,
    4,
    4,
    8,
    8,
    8,
    16,
    16,
    16,
    16,
    16,
    16,
  ]);
  for (const i of places) assert.ok(model.graph.initializers.has(`features.${i + 1}.running_var`), `${i}`);
});

Deno.test("the image ends at 1 × 1 by pooling, or is averaged at 4 × 4", () => {
  const widths = [1, 1, 1, 1, 1] as [number, number, number, number, number];
  for (const [ending, poolings, side] of [["pooled", 5, 1], ["averaged", 3, 4]] as const) {
    const { graph } = vggBn({ depth: 11, widths, ending });
    const pools = graph.nodes.filter(({ op }) => op === "MaxPool");
    assert.equal(pools.length, poolings);
    const last = graph.nodes.findLast(({ op }) => op === (ending === "pooled" ? "MaxPool" : "Relu"))!;
    assert.deepEqual(graph.values.get(last.outputs[0]!)!.shape, ["N", 1, side, side]);
  }
});
