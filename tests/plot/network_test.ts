import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { float32 } from "../../lib/tensor/tensor.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { drawNetwork } from "../../lib/plot/network.ts";
import { PALETTE } from "../../lib/plot/palette.ts";
import { assertPicture } from "./picture.ts";
import { select } from "./select.ts";

Deno.test("drawNetwork draws a residual network with one box per weighted operator", () => {
  const g = new GraphBuilder("residual");
  const x = g.input("x", "float32", ["N", 2, 8, 8]);
  const weight = (name: string, dims: number[]) =>
    g.parameter(name, float32(new Array(dims.reduce((a, b) => a * b)).fill(0.5), dims));
  const h = g.relu(g.conv(x, weight("w1", [2, 2, 3, 3]), undefined, { pads: [1, 1, 1, 1] }));
  g.output(g.add(g.conv(h, weight("w2", [2, 2, 1, 1])), x), "y");
  const figure = drawNetwork(g.model(), { color: (node) => node.op === "Conv" ? PALETTE[0] : undefined });
  deepStrictEqual(
    select(figure, "g > text").map((text) => text.textContent),
    ["x [N, 2, 8, 8]", "conv 3×3 · 2→2 · ReLU", "conv 1×1 · 2→2", "+", "y"],
  );
  strictEqual(select(figure, "path[marker-end]").length, 5);
  assertPicture(figure, "network");
});
