import assert from "node:assert/strict";
import type { AttributeLike } from "../../../lib/onnx/attribute.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { Dim } from "../../../lib/onnx/dim.ts";
import { spans, windowOf } from "../../../lib/onnx/gradients/window.ts";
import { numbers, run } from "./check.ts";
import { float32, numbersOf } from "../../../lib/tensor/tensor.ts";

/** The window of a max pooling over an axis. */
function windowOver(length: Dim, attributes: Record<string, AttributeLike>) {
  const g = new GraphBuilder("window");
  const input = g.input("x", "float32", [1, 1, length]);
  const [output] = g.node("MaxPool", [input], attributes);
  return windowOf(g, g.nodes.at(-1)!, { input, output: output! });
}

Deno.test("padding that an operator works out is what gives the same numbers when it is said", async () => {
  const { dims, data } = numbers([1, 1, 7]);
  const pooled = async (attributes: Record<string, AttributeLike>) => {
    const g = new GraphBuilder("pooled");
    g.output(g.node("MaxPool", [g.input("x", "float32", dims)], attributes)[0]!, "y");
    return numbersOf((await run(g.model(), { x: float32(data, dims) })).y!);
  };
  for (const auto_pad of ["SAME_UPPER", "SAME_LOWER", "VALID"]) {
    for (const [size, stride] of [[2, 1], [3, 1], [3, 2], [4, 3]] as const) {
      const automatic = { kernel_shape: [size], strides: [stride], auto_pad };
      const { begin, end, kernel, strides } = windowOver(7, automatic);
      const said = { kernel_shape: kernel, strides, pads: [...begin, ...end] };
      assert.deepEqual(await pooled(said), await pooled(automatic), `${auto_pad}, ${size} by ${stride}`);
    }
  }
});

Deno.test("at stride 1 padding needs no length; with another one an unknown length is an error", () => {
  const same = { kernel_shape: [3], auto_pad: "SAME_UPPER" };
  assert.deepEqual(windowOver("L", same), windowOver(7, same));
  assert.deepEqual(spans({ ...windowOver(9, same), dilations: [2] }), [5]);
  assert.throws(() => windowOver("L", { ...same, strides: [2] }), {
    name: "TypeError",
    message:
      /^Cannot differentiate MaxPool .*: its padding follows from the size of axis 2, which is "L"; give/,
  });
});
