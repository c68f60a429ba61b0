import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { Model } from "../../../lib/onnx/model.ts";
import { dropInitializerInputs } from "../../../lib/onnx/passes/initializer_inputs.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { runNative } from "../run_native.ts";

/** A file of an IR version that lists its stored tensor as an input. */
function listed(irVersion: number): Model {
  const g = new GraphBuilder("listed");
  g.output(g.add(g.input("x", "float32", [2]), g.parameter("w", float32([1, 2]))), "y");
  const { graph } = g.model();
  return new Model({ ...graph, inputs: ["x", "w"] }, { irVersion, opsets: { "": 13 } });
}

Deno.test("up to IR version 3 a listed initializer is no input, and the file says 4 from then on", async () => {
  const { graph, info } = dropInitializerInputs(listed(3));
  assert.deepEqual([graph.inputs, info.irVersion, [...graph.initializers.keys()]], [["x"], 4, ["w"]]);
  const { y } = await runNative(new Model(graph, info), { x: float32([3, 4]) });
  assert.deepEqual([...y!.data as Float32Array], [4, 6]);
});

Deno.test("from IR version 4 on it is a default that may be fed over, and stays", () => {
  const model = listed(4);
  assert.equal(dropInitializerInputs(model), model);
});
