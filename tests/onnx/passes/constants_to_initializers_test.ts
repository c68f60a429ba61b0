import assert from "node:assert/strict";
import { type AttributeLike, float } from "../../../lib/onnx/attribute.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import {
  constantsToInitializers,
  tensorOfConstant,
} from "../../../lib/onnx/passes/constants_to_initializers.ts";
import { float32, isTensor, type Tensor } from "../../../lib/tensor/tensor.ts";
import { runNative } from "../run_native.ts";
import { graphWithConstants } from "./graph_with_constants.ts";

Deno.test("constantsToInitializers makes tensors of ConstantOfShape and Identity, and leaves the rest", () => {
  const { graph } = constantsToInitializers(graphWithConstants());
  assert.deepEqual(graph.nodes.map(({ op }) => op).sort(), [
    "Add",
    "Identity",
    "MatMul",
    "Relu",
    "Transpose",
  ]);
  const tensors = [...graph.initializers.values()].filter(isTensor).map((
    { data },
  ) => [...data as Float32Array]);
  assert.ok(tensors.some((data) => data.length === 6 && data.every((value) => value === 2)));
});

Deno.test("a Constant is the tensor that ONNX Runtime makes of it, in whichever attribute it lies", async () => {
  const values: Record<string, AttributeLike> = {
    value: float32([1, 2], [2, 1]),
    value_float: float(3),
    value_floats: { type: "floats", value: [4, 5] },
    value_int: 6,
    value_ints: [7, 8],
    value_string: "nine",
    value_strings: { type: "strings", value: ["ten", "elf"] },
  };
  const g = new GraphBuilder("constants");
  for (const [name, value] of Object.entries(values)) {
    g.output(g.node("Constant", [], { [name]: value })[0]!, name);
  }
  const made = await runNative(g.model(), {});
  for (const node of g.graph().nodes.filter(({ op }) => op === "Constant")) {
    const [name] = Object.keys(node.attributes);
    const { type, dims, data } = tensorOfConstant(node) as Tensor;
    const expected = made[name!]!;
    assert.deepEqual([type, dims, [...data as unknown[] as string[]]], [expected.type, [...expected.dims], [
      ...expected.data as unknown[] as string[],
    ]], name);
  }
});
