import assert from "node:assert/strict";
import type { Gpu } from "../../kernels/webgpu/core/gpu.ts";
import { chosenGpu } from "../../lib/compress/chosen_gpu.ts";
import type { Runtime } from "../../lib/runtime/runtime.ts";

const gpu = { name: "one" } as Gpu;
const runtime = { engine: "webgpu", gpu: { name: "other" } } as unknown as Runtime;
const native = { engine: "native" } as Runtime;

Deno.test("a GPU that is given is taken, or else the runtime's", () => {
  assert.equal(chosenGpu({}), undefined);
  assert.equal(chosenGpu({ runtime: native }), undefined);
  assert.equal(chosenGpu({ runtime: native, gpu }), gpu);
  assert.equal(chosenGpu({ runtime })!.name, "other");
  assert.equal(chosenGpu({ runtime, precision: "float64" }), undefined);
});

Deno.test("two GPUs, and float64 on one, are refused", () => {
  assert.throws(
    () => chosenGpu({ runtime, gpu }),
    /Cannot compress on two GPUs: the runtime has one of its own, other; give its gpu, or leave gpu out/,
  );
  assert.throws(
    () => chosenGpu({ gpu, precision: "float64" }),
    /Cannot compress in float64 on one: its kernels compute in float32; leave out gpu or precision/,
  );
});
