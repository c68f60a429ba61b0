import assert from "node:assert/strict";
import { openWebgpu } from "../../lib/runtime/webgpu.ts";
import { withPackages } from "./with_packages.ts";
import { withFakeGpu } from "./fake_gpu.ts";

Deno.test("a device is destroyed where ONNX Runtime's package does not load", async () => {
  const packages = { "npm:onnxruntime-web@1.30.0/webgpu": () => Promise.reject(new Error("offline")) };
  const destroyed = await withFakeGpu(() =>
    withPackages(
      packages,
      () => assert.rejects(openWebgpu(), { message: /^Cannot load npm:onnxruntime-web.*: offline; / }),
    )
  );
  assert.equal(destroyed, 1);
});
