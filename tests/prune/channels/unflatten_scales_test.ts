import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { unflattenScales } from "../../../lib/prune/channels/unflatten_scales.ts";
import { float32, Tensor } from "../../../lib/tensor/tensor.ts";

Deno.test("vectors of scales and zero points become rows of blocks, others stay", () => {
  const g = new GraphBuilder("flat", { "": 21, "com.microsoft": 1 });
  const codes = g.parameter("codes", new Tensor("uint8", new Uint8Array(2 * 3 * 8), [2, 3, 8]));
  const scales = g.parameter("scales", float32([1, 2, 3, 4, 5, 6]));
  const shared = g.parameter("shared", float32([1, 2, 3, 4, 5, 6]));
  const zeros = g.parameter("zeros", new Tensor("uint8", new Uint8Array(4), [4]));
  const x = g.input("x", "float32", [1, 48]);
  const attributes = { K: 48, N: 2, bits: 4, block_size: 16 };
  const product = (by: string) =>
    g.node("MatMulNBits", [x, codes, by as typeof x, zeros], attributes, { domain: "com.microsoft" })[0]!;
  g.output(product(scales), "y");
  g.output(product(shared), "z");
  g.output(g.relu(shared), "w");
  const model = g.model();
  const { initializers, nodes } = unflattenScales(model).graph;
  const [one, other] = nodes.filter(({ op }) => op === "MatMulNBits").map(({ inputs }) => inputs);
  const dims = ["codes", "scales", "shared", "zeros"].map((name) => initializers.get(name)!.dims);
  assert.deepEqual(dims, [[2, 3, 8], [2, 3], [6], [2, 2]]);
  // Whoever else reads a vector keeps it, and the product has one of its own.
  assert.deepEqual(initializers.get(other![2]!)!.dims, [2, 3]);
  assert.notEqual(other![2], "shared");
  assert.deepEqual(nodes.find(({ op }) => op === "Relu")!.inputs, ["shared"]);
  assert.equal(one![3], other![3], "with the same codes zero points stay one tensor");
  assert.deepEqual(
    (initializers.get("scales") as Tensor).data,
    (model.graph.initializers.get("scales") as Tensor).data,
  );
});
