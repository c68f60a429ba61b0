import { deepEqual, equal } from "node:assert/strict";
import { mirrorToMultiple } from "../../lib/nn/mirror_to_multiple.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { runModel } from "../../lib/runtime/run_model.ts";

Deno.test("images are continued as in a mirror on their last pixel, however small", async () => {
  const g = new GraphBuilder();
  g.output(mirrorToMultiple(g, g.input("x", "float32", ["N", "C", "H", "W"]), 4), "y");
  const model = g.model();
  deepEqual(model.graph.values.get("y")!.shape, ["N", "C", "4*floor((H+3)/4)", "4*floor((W+3)/4)"]);
  const line = async (...pixels: number[]) => {
    const { y } = await runModel(model, { x: float32(pixels, [1, 1, 1, pixels.length]) });
    equal(y!.dims[2], 4);
    return [...(y!.data as Float32Array).subarray(0, y!.dims[3])];
  };
  deepEqual(await line(1, 2, 3, 4), [1, 2, 3, 4]);
  deepEqual(await line(1, 2, 3, 4, 5), [1, 2, 3, 4, 5, 4, 3, 2]);
  deepEqual(await line(1, 2), [1, 2, 1, 2]);
  deepEqual(await line(7), [7, 7, 7, 7]);
});
