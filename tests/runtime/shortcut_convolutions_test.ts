import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { seededRandom } from "../../lib/random.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { convolveShortcuts } from "../../lib/runtime/shortcut_convolutions.ts";
import { float32, numbersOf } from "../../lib/tensor/tensor.ts";

/** A convolution, and a shortcut that adds channels of a value around those of every so many pixels. */
function shortcut({ front = 1, back = 2, step = 2, value = 0, pads = [0, 0] } = {}): Model {
  const g = new GraphBuilder();
  const random = seededRandom(1);
  const x = g.input("x", "float32", [2, 3, 6, 6]);
  const weight = float32(Float32Array.from({ length: 3 * 3 }, () => random.normal()), [3, 3, 1, 1]);
  const y = g.conv(x, g.parameter("w", weight));
  const every = step > 1 ? g.slice(y, [0, 0], [6, 6], [2, 3], [step, step]) : y;
  const amounts = g.ints([0, front, ...pads, 0, back, ...pads]);
  g.output(g.node("Pad", [every, amounts, g.constant(float32([value], []))])[0]!, "y");
  return g.model();
}

const opsOf = ({ graph }: Model) =>
  graph.nodes.map(({ op }) => op).filter((op) => op !== "Constant" && op !== "Identity");

Deno.test("a shortcut that adds channels of zeros is a convolution of ones, to the last bit", async () => {
  const runtime = await openRuntime({ engine: "native" });
  const random = seededRandom(2);
  const x = float32(Float32Array.from({ length: 216 }, () => random.normal()), [2, 3, 6, 6]);
  try {
    for (const how of [{}, { step: 3 }, { step: 1 }, { front: 0, back: 1 }]) {
      const model = shortcut(how);
      const convolved = convolveShortcuts(model);
      assert.deepEqual(opsOf(convolved), ["Conv", "Conv"]);
      // Bytes are run as they are.
      const [plain, own] = [await runtime.session(model.toOnnx()), await runtime.session(convolved.toOnnx())];
      const [expected, found] = [await plain.run({ x }), await own.run({ x })];
      assert.deepEqual(found.y!.dims, expected.y!.dims);
      assert.deepEqual(numbersOf(found.y!), numbersOf(expected.y!));
    }
  } finally {
    await runtime.close();
  }
});

Deno.test("what pads with other numbers, or the image, stays, and so does a network without padding", () => {
  for (const how of [{ value: 1 }, { pads: [1, 1] }, { front: -1, back: 3 }]) {
    assert.ok(opsOf(convolveShortcuts(shortcut(how))).includes("Pad"));
  }
  const plain = mlp({ sizes: [3, 2] });
  assert.equal(convolveShortcuts(plain), plain);
});
