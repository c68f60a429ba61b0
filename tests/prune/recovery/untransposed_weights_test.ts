import assert from "node:assert/strict";
import { permuted, untransposed } from "../../../lib/prune/recovery/untransposed_weights.ts";
import { float32, type Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { normalFeeds } from "../each_channel.ts";
import { runNative } from "../../onnx/run_native.ts";
import { Net } from "../net.ts";

Deno.test("axes are put in another order, and back", () => {
  const tensor = float32([1, 2, 3, 4, 5, 6], [1, 2, 3]);
  const turned = permuted(tensor, [2, 0, 1]);
  assert.deepEqual([turned.dims, [...turned.data as Float32Array]], [[3, 1, 2], [1, 4, 2, 5, 3, 6]]);
  assert.deepEqual(permuted(turned, [1, 2, 0]), tensor);
});

Deno.test("weights are stored as they are read, but not those that somebody else reads as they were", async () => {
  const net = new Net();
  const x = net.g.input("x", "float32", [2, 4]);
  const own = net.op("Transpose", [net.weight(3, 4)], { perm: [1, 0] });
  const shared = net.weight(3, 3);
  const both = net.op("MatMul", [net.op("MatMul", [x, own]), net.op("Transpose", [shared])]);
  net.g.output(net.op("MatMul", [both, shared]), "y");
  const model = net.g.model();
  const { working, turned } = untransposed(model);
  assert.deepEqual([...turned], [[own, { tensor: "w0", perm: [1, 0] }]]);
  assert.deepEqual((working.graph.initializers.get(own) as Tensor).dims, [4, 3]);
  const feeds = normalFeeds([2, 4]);
  const [a, b] = [await runNative(model, feeds), await runNative(working, feeds)];
  assertClose(a["y"]!.data as Float32Array, b["y"]!.data as Float32Array, REORDERED_FLOAT32, "y");
});
