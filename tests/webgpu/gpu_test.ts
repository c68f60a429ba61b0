import assert from "node:assert/strict";
import { floatBits, gpuOn, openGpu, type Shader } from "../../kernels/webgpu/core/gpu.ts";
import { bind, bindingChunks } from "../../kernels/webgpu/core/binding_chunks.ts";
import { bufferOf, claim, emptyOnGpu, gpuOf, toCpu, toGpu } from "../../kernels/webgpu/core/tensors.ts";
import { float32, Tensor } from "../../lib/tensor/tensor.ts";
import { withGpu } from "./with_gpu.ts";

const scale: Shader = {
  name: "scale",
  code: `
@group(0) @binding(0) var<uniform> factor: f32;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&x)) { x[id.x] *= factor; }
}`,
};

withGpu("passes run in order, each with its own parameters, and compile once", async (gpu) => {
  const tensor = toGpu(gpu, float32([1, 2, 3, 4, 5, 6, 7, 8]));
  const pass = (factor: number) => ({
    shader: scale,
    bindings: [bufferOf(tensor)],
    params: [floatBits(factor)],
    workgroups: [2] as const,
  });
  await gpu.run([pass(2), pass(5), pass(-1)]);
  await gpu.run([pass(0.5)]);
  assert.deepEqual([...(await toCpu(tensor)).data], [-5, -10, -15, -20, -25, -30, -35, -40]);
  const { pipelines, passes, buffers } = gpu.counters();
  assert.deepEqual({ pipelines, passes, buffers }, { pipelines: 1, passes: 4, buffers: 1 });
});

withGpu("what is given back is used again", async (gpu) => {
  const first = toGpu(gpu, float32([1, 2, 3]));
  const buffer = bufferOf(first);
  first.dispose();
  assert.deepEqual({ ...gpu.counters(), passes: 0 }, {
    pipelines: 0,
    passes: 0,
    buffers: 0,
    bytes: 0,
    pooled: 1,
  });
  const second = emptyOnGpu(gpu, "float32", [4]);
  assert.equal(bufferOf(second), buffer);
  assert.equal(gpu.counters().pooled, 0);
  await gpu.idle();
});

withGpu("tensors of all types come back as they went, odd sizes and empty ones too", async (gpu) => {
  const tensors = [
    float32([1.5, -2, NaN]),
    new Tensor("float16", Float16Array.of(1, 2.5, -3) as unknown as Uint16Array, [3]),
    new Tensor("uint8", Uint8Array.of(1, 2, 3, 4, 5), [5]),
    new Tensor("int32", Int32Array.of(-7), []),
    float32([], [0, 3]),
  ];
  for (const tensor of tensors) {
    const back = await toCpu(toGpu(gpu, tensor));
    assert.deepEqual([back.type, back.dims, back.data], [tensor.type, tensor.dims, tensor.data]);
  }
  assert.throws(() => toGpu(gpu, new Tensor("int64", [1n], [1])), /a tensor of int64|is int64/);
});

withGpu("a shader that does not compile is named, each time", async (gpu) => {
  const broken = { name: "brokenShader", code: "@compute @workgroup_size(1) fn main() { nonsense }" };
  for (let i = 0; i < 2; i++) {
    await assert.rejects(
      gpu.run([{ shader: broken, bindings: [], workgroups: [1] }]),
      /Cannot run brokenShader: /,
    );
  }
});

withGpu("a buffer of another device is refused before anything is written", async (gpu) => {
  const other = await openGpu();
  try {
    const [here, there] = [toGpu(gpu, float32([1, 2])), toGpu(other, float32([3, 4]))];
    const pass = (tensor: Tensor) => ({
      shader: scale,
      bindings: [bufferOf(tensor)],
      params: [floatBits(2)],
      workgroups: [1] as const,
    });
    await assert.rejects(gpu.run([pass(here), pass(there)]), /Cannot run scale: /);
    assert.deepEqual([...(await toCpu(here)).data], [1, 2]);
    assert.throws(() => gpuOf("scale", { here, there }), /"there" on another device/);
  } finally {
    other.close();
  }
});

withGpu("tensors that nobody told about are refused until they are claimed", async (gpu) => {
  const buffer = gpu.take(16);
  const tensor = Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims: [4] });
  assert.throws(() => gpuOf("mask", { tensor }), /not known; tell it with claim/);
  assert.equal(gpuOf("mask", { tensor: claim(gpu, tensor) }), gpu);
  await gpu.idle();
});

withGpu("a lost device says so, and what to do", async (gpu) => {
  const tensor = toGpu(gpu, float32([1]));
  gpu.device.destroy();
  await gpu.device.lost;
  await assert.rejects(
    gpu.run([{ shader: scale, bindings: [bufferOf(tensor)], params: [0], workgroups: [1] }]),
    /Cannot run scale: the GPU device was lost .*open another one/,
  );
  await assert.rejects(toCpu(tensor), /Cannot read from the GPU: the GPU device was lost/);
  assert.throws(() => gpu.take(4), /device was lost/);
});

withGpu("parts lie side by side, keep to the binding and begin where one may begin", async (gpu) => {
  const small = gpuOn(gpu, { maxBinding: 1024 });
  const buffer = gpu.take(40_000);
  for (const [count, bytes, unit] of [[9_999, 4, 1], [9_999, 4, 101], [7, 2, 1], [10_000, 2, 3]] as const) {
    let next = 0;
    for (const part of bindingChunks(small, count, { bytesPerElement: bytes, unit })) {
      assert.equal(part.start, next);
      next += part.count;
      assert.ok(part.count % unit === 0 || next === count);
      const { binding, shift } = bind(small, buffer, part, bytes);
      assert.equal(binding.offset! % small.alignment, 0);
      assert.ok(binding.size! <= small.maxBinding && binding.size! % 4 === 0);
      assert.equal(binding.offset! + shift * bytes, part.start * bytes);
      assert.ok((shift + part.count) * bytes <= binding.size!);
    }
    assert.equal(next, count);
  }
  assert.deepEqual(bindingChunks(small, 0, { bytesPerElement: 4 }), []);
  assert.throws(
    () => bindingChunks(small, 500, { bytesPerElement: 4, unit: 500 }),
    /500 elements must lie in one binding/,
  );
  await gpu.idle();
});
