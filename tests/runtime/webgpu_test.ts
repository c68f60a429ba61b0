import assert from "node:assert/strict";
import { providePackages } from "../../lib/deps.ts";
import { openWebgpu } from "../../lib/runtime/webgpu.ts";

/** An adapter of a GPU that is not there, whose devices count how often they are destroyed. */
function fakeGpu(): { gpu: unknown; destroyed: () => number } {
  let destroyed = 0;
  const device = { limits: {}, lost: new Promise(() => {}), destroy: () => void destroyed++ };
  const requestDevice = () => Promise.resolve(device);
  const adapter = { info: { description: "made up" }, features: new Set(), limits: {}, requestDevice };
  return { gpu: { requestAdapter: () => Promise.resolve(adapter) }, destroyed: () => destroyed };
}

Deno.test("a device is destroyed where ONNX Runtime's package does not load", async () => {
  const { gpu, destroyed } = fakeGpu();
  const name = "npm:onnxruntime-web@1.30.0/webgpu";
  providePackages({ [name]: () => Promise.reject(new Error("offline")) });
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  try {
    await assert.rejects(openWebgpu(), { message: /^Cannot load npm:onnxruntime-web.*: offline; / });
  } finally {
    Reflect.deleteProperty(navigator, "gpu");
    providePackages({ [name]: () => import(name) });
  }
  assert.equal(destroyed(), 1);
});
