import { findDevice } from "../../kernels/webgpu/device.ts";
import { importOrtWebgpu } from "../deps.ts";
import { ortRuntime } from "./ort_runtime.ts";
import { newQueue, type Ort } from "./ort_session.ts";
import type { Runtime } from "./runtime.ts";
import { shiftFilterGradients } from "./shifted_filter_gradients.ts";
import { avoidWebgpuFaults } from "./webgpu_operators.ts";

/** A runtime on WebGPU, with the device that its tensors live on. */
export interface WebgpuRuntime extends Runtime {
  readonly gpu: GPUDevice;
  /** Whether the adapter is software on the CPU: right, and slow. */
  readonly isCpu: boolean;
}

/** One module serves all runtimes of the process, and it takes one task at a time. */
const queue = newQueue();

/**
 * ONNX Runtime on WebGPU. Carried tensors stay in GPU buffers of {@linkcode WebgpuRuntime.gpu}, so that compute
 * kernels on that device and sessions can share them without copies.
 *
 * Closing the runtime destroys the device; until then a Deno process may not exit by itself.
 *
 * @throws Error where no adapter is found, saying what to install
 */
export async function openWebgpu(): Promise<WebgpuRuntime> {
  const { device, adapter, name, isCpu } = await findDevice();
  const ort = await importOrtWebgpu();
  // More than one thread would be started from a blob address, which Deno's module loader refuses.
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  ort.env.webgpu.adapter = adapter;
  const runtime = ortRuntime(
    {
      ort: ort as unknown as Ort,
      prepare: (model) => shiftFilterGradients(avoidWebgpuFaults(model)),
      options: { executionProviders: [{ name: "webgpu", device }], graphOptimizationLevel: "all" },
      carryAt: "gpu-buffer",
      queue,
    },
    {
      name: "webgpu",
      device: name,
      free: () => {
        device.destroy();
        return Promise.resolve();
      },
    },
  );
  return { ...runtime, gpu: device, isCpu };
}
