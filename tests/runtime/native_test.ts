import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { Model } from "../../lib/onnx/model.ts";
import { openNative } from "../../lib/runtime/native.ts";
import { float32, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";

Deno.test("native code says how many threads it has, and computes", async () => {
  for (const [threads, device] of [[1, "CPU, 1 thread"], [2, "CPU, 2 threads"]] as const) {
    const runtime = await openNative({ threads });
    assert.deepEqual([runtime.engine, runtime.device], ["native", device]);
    const session = await runtime.session(mlp({ sizes: [2, 1] }));
    const { logits } = await session.run({ input: float32([0, 0], [1, 2]) });
    assert.deepEqual(logits!.dims, [1, 1]);
    await runtime.close();
  }
});

Deno.test("models of older operator sets run as they are", async () => {
  const runtime = await openNative();
  const g = new GraphBuilder("old");
  const x = g.input("x", "float32", [2, 2]);
  // The axes of a sum were an attribute then.
  const y = g.node("ReduceSum", [x], { axes: [1], keepdims: 0 })[0]!;
  g.output(y, "y");
  const model = g.model();
  const session = await runtime.session(new Model(model.graph, { ...model.info, opsets: { "": 11 } }));
  assert.deepEqual(numbersOf((await session.run({ x: float32([1, 2, 3, 4], [2, 2]) })).y!), [3, 7]);
  await runtime.close();
});

Deno.test("sums of products of bytes do not overflow, whichever instructions the processor has", async () => {
  const k = 64;
  const g = new GraphBuilder("bytes", { "": 21 });
  const x = g.input("x", "uint8", [1, k]);
  const w = g.parameter("w", new Tensor("int8", new Int8Array(k * 2).fill(127), [k, 2]));
  g.output(g.node("MatMulInteger", [x, w])[0]!, "y");
  const runtime = await openNative();
  const session = await runtime.session(g.model());
  const { y } = await session.run({ x: new Tensor("uint8", new Uint8Array(k).fill(255), [1, k]) });
  assert.deepEqual([...y!.data as Int32Array], [k * 255 * 127, k * 255 * 127]);
  await runtime.close();
});

Deno.test("products of signed bytes run, for which some processors have no exact sums", async () => {
  const g = new GraphBuilder("signed", { "": 13 });
  const scale = (name: string, value: number) => g.parameter(name, float32([value], []));
  const zero = (name: string) => g.parameter(name, new Tensor("int8", Int8Array.of(0), []));
  const x = g.input("x", "int8", [1, 2]);
  // Sums of smaller weights cannot overflow.
  const w = g.parameter("w", new Tensor("int8", Int8Array.of(100, -120), [2, 1]));
  const [product] = g.node("QLinearMatMul", [
    ...[x, scale("x scale", 1), zero("x zero"), w, scale("w scale", 1), zero("w zero")],
    ...[scale("y scale", 10), zero("y zero")],
  ]);
  g.output(product!, "y");
  const runtime = await openNative();
  const session = await runtime.session(g.model());
  const { y } = await session.run({ x: new Tensor("int8", Int8Array.of(5, 2), [1, 2]) });
  assert.deepEqual([...y!.data as Int8Array], [(5 * 100 - 2 * 120) / 10]);
  await runtime.close();
});
