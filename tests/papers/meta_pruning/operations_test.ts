import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { batchNorm2d, conv2d, globalPool, linear } from "../../../lib/nn/layers.ts";
import { vit } from "../../../lib/nn/vit.ts";
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

Deno.test("operations of a vision transformer are those of the counter's rules for modules", () => {
  const [tokens, width, hidden, classes, heads, layers] = [5, 8, 16, 3, 2, 2];
  const sizes = { image: 8, patch: 4, layers, heads, hidden: width, mlp: hidden, classes };
  const linear = (count: number, from: number, to: number) => count * from * to + to;
  const norm = 2 * tokens * width;
  const attention = tokens * width + // queries are scaled
    3 * tokens * width * width + 3 * tokens * width + // queries, keys, values
    heads * (2 * tokens * tokens * width / heads + tokens * tokens) + // two products, a softmax
    tokens * width * (width + 1);
  const mlp = linear(tokens, width, hidden) + tokens * hidden + linear(tokens, hidden, width);
  const patches = (tokens - 1) * width * (3 * 4 * 4 + 1);
  assert.equal(
    operationsOf(vit(sizes), { kind: "vit", pretrained: false, ...sizes }),
    patches + layers * (2 * norm + attention + mlp) + norm + linear(1, width, classes),
  );
});
