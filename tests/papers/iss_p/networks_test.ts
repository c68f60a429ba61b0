import assert from "node:assert/strict";
import { edsrTiny } from "../../../lib/nn/edsr_tiny.ts";
import { weightsOf } from "../../../lib/nn/weights.ts";
import { NETWORKS } from "../../../lib/papers/iss_p/networks.ts";
import { PRESETS, runsOf } from "../../../lib/papers/iss_p/presets.ts";
import { isPrunable } from "../../../lib/sparse/is_prunable.ts";
import { prunedCount } from "../../../lib/sparse/pruned_set.ts";
import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";

/** Learned numbers, those that can be pruned, in how many layers, and what is left of all at sparsities. */
const COUNTS: Record<
  string,
  [total: number, prunable: number, layers: number, left: Record<number, number>]
> = {
  "swinir-light ×2": [910_152, 861_300, 103, { 0.9: 134_982, 0.95: 91_917, 0.99: 57_464 }],
  "swinir-light ×3": [918_267, 869_400, 103, { 0.9: 135_807, 0.95: 92_337, 0.99: 57_560 }],
  "swinir-light ×4": [929_628, 880_740, 103, { 0.9: 136_962, 0.95: 92_925, 0.99: 57_695 }],
  // The published count of kept weights, and all biases.
  "edsr-L ×4": [43_089_923, 43_070_976, 69, { 0.95: 2_153_533 + 18_947 }],
  "edsr-baseline ×2": [1_369_859, 1_367_424, 36, {}],
  "edsr-tiny ×2": [9712, 9612, 9, { 0.9: 956 + 100, 0.95: 474 + 100, 0.99: 89 + 100 }],
};

Deno.test("every preset's network has as many weights as were published, or counted independently", () => {
  const runs = Object.values(PRESETS).flatMap((preset) => runsOf(preset));
  const networks = new Map(runs.map((run) => [`${run.network} ×${run.data.scale}`, run]));
  assert.deepEqual(new Set(networks.keys()), new Set(Object.keys(COUNTS)));
  for (const [name, { network, data }] of networks) {
    const [total, prunable, layers, left] = COUNTS[name]!;
    const learned = weightsOf(NETWORKS[network].build(data.scale, 0)).filter(({ role }) =>
      role !== "statistic"
    );
    const sizes = learned.filter(isPrunable).map(({ tensor: { dims } }) => sizeOf(dims));
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    assert.equal(sum(learned.map(({ tensor: { dims } }) => sizeOf(dims))), total, name);
    assert.deepEqual([sum(sizes), sizes.length], [prunable, layers], name);
    for (const [sparsity, kept] of Object.entries(left)) {
      assert.equal(
        total - sum(sizes.map((size) => prunedCount(size, Number(sparsity)))),
        kept,
        `${name} at ${sparsity}`,
      );
    }
  }
});

Deno.test("the small network has as many weights as its description says", () => {
  const sizes = [...edsrTiny().graph.initializers].filter(([name]) => name.endsWith(".weight"))
    .map(([, tensor]) => (tensor as Tensor).data.length);
  assert.deepEqual([sizes.length, sizes.reduce((a, b) => a + b)], [9, 9612]);
});
