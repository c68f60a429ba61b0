import assert from "node:assert/strict";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { permuteChannels } from "../../lib/prune/permute_channels.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";
import { ARCHITECTURES } from "./architectures.ts";
import { Net } from "./net.ts";
import { OPERATORS } from "./operators.ts";

for (const [name, [, shape, build]] of Object.entries({ ...OPERATORS, ...ARCHITECTURES })) {
  Deno.test(`channels in another order, the same function: ${name}`, async () => {
    const n = new Net();
    n.g.output(build(n, n.g.input("x", "float32", shape)), "y");
    const model = n.g.model();
    const dims = shape.map((size) => size === "N" ? 2 : size);
    const size = dims.reduce((a, b) => a * b, 1);
    const x = new Tensor("float32", Float32Array.from({ length: size }, (_, i) => Math.sin(i)), dims);
    const before = (await runNative(model, { x })).y!;
    let permuted = model;
    for (const group of channelGroups(model).prunable) {
      permuted = permuteChannels(permuted, group, seededRandom(group.id).permutation(group.channels));
    }
    const after = (await runNative(permuted, { x })).y!;
    assertClose(after.data as Float32Array, before.data as Float32Array, REORDERED_FLOAT32);
  });
}

Deno.test("permuteChannels says what is wrong with a group or an order", () => {
  const model = mlp({ sizes: [2, 3, 1] });
  const { groups, prunable: [hidden] } = channelGroups(model);
  assert.throws(() => permuteChannels(model, hidden!, [0, 1, 1]), {
    name: "RangeError",
    message: 'Cannot permute group "0.weight" to [0, 1, 1]: expected each number from 0 to 2 once',
  });
  const output = groups.find(({ protectedBy }) => protectedBy.length > 0)!;
  assert.throws(() => permuteChannels(model, output, [0]), {
    name: "TypeError",
    message: /told apart by their place/,
  });
  assert.throws(() => permuteChannels(mlp({ sizes: [2, 4, 1] }), hidden!, [0, 1, 2]), {
    name: "TypeError",
    message: /another model/,
  });
});
