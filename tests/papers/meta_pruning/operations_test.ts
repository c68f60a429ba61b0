import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { batchNorm2d, conv2d, globalPool, linear } from "../../../lib/nn/layers.ts";
import { operationsOf } from "../../../lib/papers/meta_pruning/operations.ts";
import { seededRandom } from "../../../lib/random.ts";

const random = seededRandom(0);

/** A convolution with a norm, a shortcut around a second one, and a classifier. */
function network() {
  const g = new GraphBuilder();
  const x = g.input("input", "float32", ["N", 3, 8, 8]);
  const norm = (name: string, y: string) => batchNorm2d(g, y, { name, features: 4 });
  const first = g.relu(
    norm("bn1", conv2d(g, x, { name: "conv1", random, in: 3, out: 4, kernel: 3, padding: 1, bias: false })),
  );
  const second = norm(
    "bn2",
    conv2d(g, first, { name: "conv2", random, in: 4, out: 4, kernel: 1, bias: true }),
  );
  const sum = g.relu(g.add(second, first));
  g.output(linear(g, globalPool(g, sum), { name: "linear", random, in: 4, out: 5 }), "logits");
  return g.model();
}

Deno.test("operations are products and biases, two for a norm's numbers, one for a ReLU's and for what a pooling reads", () => {
  const [image, map] = [3 * 64, 4 * 64];
  const products = image * 4 * 9 + map * 4 + 4 * 5;
  const biases = map + 5;
  const norms = 2 * 2 * map;
  const pooled = map;
  const cnn = { kind: "cnn", widths: [4, 4, 4] } as const;
  assert.equal(operationsOf(network(), cnn), products + biases + norms + pooled + 2 * map);
  // Of published ResNets the counter does not see the ReLU behind a sum.
  const resnet = { kind: "resnet", depth: 56, classes: 10, shortcut: "A" } as const;
  assert.equal(operationsOf(network(), resnet), products + biases + norms + pooled + map);
});
