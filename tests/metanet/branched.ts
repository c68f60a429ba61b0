import { batchNorm2d, conv2d, linear } from "../../lib/nn/layers.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";

/** A residual connection, a concatenation of two branches, a grouped and a depthwise layer, and a flattened map. */
export function branched(): Model {
  const random = seededRandom(8);
  const g = new GraphBuilder("branched");
  const conv = (x: string, name: string, from: number, out: number, kernel: number, groups = 1) =>
    conv2d(g, x, { name, random, in: from, out, kernel, padding: (kernel - 1) / 2, groups });
  const x = g.input("input", "float32", ["N", 3, 6, 6]);
  const stem = g.relu(batchNorm2d(g, conv(x, "stem", 3, 4, 3), { name: "norm", features: 4 }));
  const sum = g.relu(g.add(stem, conv(g.relu(conv(stem, "inner", 4, 5, 1)), "outer", 5, 4, 3)));
  const mergeAxes = g.concat([conv(sum, "left", 4, 2, 3), conv(sum, "right", 4, 4, 1)], 1);
  const grouped = g.relu(conv(conv(mergeAxes, "grouped", 6, 4, 3, 2), "depthwise", 4, 4, 3, 4));
  const flat = g.flatten(g.maxPool(grouped, [3, 3], { strides: [3, 3] }));
  g.output(linear(g, flat, { name: "out", random, in: 16, out: 3 }), "logits");
  return g.model();
}
