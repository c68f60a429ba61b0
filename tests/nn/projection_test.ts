import assert from "node:assert/strict";
import { normal } from "../../lib/nn/init.ts";
import { type Draw, parameter, projection } from "../../lib/nn/projection.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { seededRandom } from "../../lib/random.ts";
import { float32, numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";

const drawn = (): Draw => ({ random: seededRandom(1), zero: false });

Deno.test("a projection is x·Wᵀ + b over the last axis, whatever comes before it", async () => {
  const g = new GraphBuilder("projected");
  const bias = float32([1, -1]);
  g.output(
    projection(g, g.input("x", "float32", ["N", "T", 3]), { name: "p", from: 3, to: 2 }, drawn()),
    "y",
  );
  const { graph } = g.model();
  const weight = numbersOf(graph.initializers.get("p.weight") as Tensor);
  assert.deepEqual(graph.initializers.get("p.weight")!.dims, [2, 3]);
  assert.ok(numbersOf(graph.initializers.get("p.bias") as Tensor).every((value) => value === 0));
  const model = g.model().withGraph({
    ...graph,
    initializers: new Map([...graph.initializers, ["p.bias", bias]]),
  });
  const x = Array.from({ length: 12 }, (_, i) => Math.sin(i));
  const { y } = await runNative(model, { x: float32(x, [2, 2, 3]) });
  const expected = [0, 3, 6, 9].flatMap((at) =>
    [0, 1].map((o) => [0, 1, 2].reduce((sum, i) => sum + x[at + i]! * weight[3 * o + i]!, o === 0 ? 1 : -1))
  );
  assert.deepEqual(y!.dims, [2, 2, 2]);
  assertClose(numbersOf(y!), expected, REORDERED_FLOAT32);
});

Deno.test("weights are drawn by their names, or are zeros that a network shares", () => {
  const weights = (draw: Draw, ...names: string[]) => {
    const g = new GraphBuilder("drawn");
    return names.map((name) =>
      g.tensor(parameter(g, name, { dims: [4, 4], init: normal(1) }, draw))! as Tensor
    );
  };
  const [a, b] = weights(drawn(), "a", "b");
  assert.notDeepEqual(a!.data, b!.data);
  assert.deepEqual(weights(drawn(), "b", "a")[1]!.data, a!.data, "whatever was drawn before");
  const [first, second] = weights({ ...drawn(), zero: true }, "a", "b");
  assert.ok(first === second && numbersOf(first!).every((value) => value === 0));
});
