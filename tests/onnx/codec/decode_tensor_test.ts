import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { bytesOf } from "../../../lib/tensor/arrays.ts";
import { loadModel } from "../../../lib/io/load_model.ts";
import { ELEMENT_TYPE, type Tensor } from "../../../lib/tensor/tensor.ts";

const FIXTURE = new URL("../../fixtures/onnx/everything.onnx", import.meta.url);
const listing: Record<string, { code: number; dims: number[]; bytes: string }> = JSON.parse(
  readFileSync(new URL("../../fixtures/onnx/everything.json", import.meta.url), "utf8"),
);

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("every element type in every form of storage has the bytes that ONNX's own library reads", async () => {
  const { graph } = await loadModel(FIXTURE);
  const codes = new Set<number>();
  for (const [name, { code, dims, bytes }] of Object.entries(listing)) {
    const tensor = graph.initializers.get(name);
    assert.ok(tensor, name);
    assert.equal(ELEMENT_TYPE[tensor.type], code, name);
    assert.deepEqual([...tensor.dims], dims, name);
    assert.equal(hex(bytesOf(tensor)), bytes, name);
    codes.add(code);
  }
  assert.equal(codes.size, Object.keys(ELEMENT_TYPE).length - 1, "all types but text");
  assert.deepEqual((graph.initializers.get("strings") as Tensor).data, ["plain", "größer"]);
});

Deno.test("float16 tensors hold the numbers, in the array that onnxruntime-common takes", async () => {
  const { graph } = await loadModel(FIXTURE);
  const half = graph.initializers.get("raw_float16") as Tensor;
  assert.deepEqual([...half.data as unknown as ArrayLike<number> as number[]], [0, 1, 1, 0, 1]);
});
