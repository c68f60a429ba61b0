import { findDevice } from "../../kernels/webgpu/core/device.ts";
import { type Gpu, gpuOn } from "../../kernels/webgpu/core/gpu.ts";
import { importOrtWebgpu } from "../deps.ts";
import type { OpenOptions } from "./engines.ts";
import { ortRuntime } from "./ort_runtime.ts";
import { newQueue } from "../queue.ts";
import type { Ort } from "./ort_session.ts";
import type { Runtime } from "./runtime.ts";
import { shiftFilterGradients } from "./shifted_filter_gradients.ts";
import { folderOf } from "./wasm.ts";
import { avoidWebgpuFaults } from "./webgpu_operators.ts";

/** A runtime on WebGPU, with the device that its tensors live on. */
export interface WebgpuRuntime extends Runtime {
  /** The GPU for compute kernels, on the device of the sessions: both work on the same buffers. */
  readonly gpu: Gpu;
  /** Whether the adapter is software on the CPU: right, and slow. */
  readonly isCpu: boolean;
}

/** One module serves all runtimes of the process, and it takes one task at a time. */
const queue = newQueue();

/**
 * ONNX Runtime on WebGPU. Carried tensors stay in GPU buffers of {@linkcode WebgpuRuntime.gpu}, so that
 * compute kernels and sessions share them without copies.
 *
 * Closing the runtime destroys the device; until then a Deno process may not exit by itself.
 *
 * @throws Error where no adapter is found, saying what to install
 */
export async function openWebgpu(
  { wasmPaths }: Pick<OpenOptions, "wasmPaths"> = {},
): Promise<WebgpuRuntime> {
  const found = await findDevice();
  const { device, adapter, name, isCpu } = found;
  const gpu = gpuOn(found, { free: () => device.destroy() });
  const ort = await importOrtWebgpu().catch((error) => {
    gpu.close();
    throw error;
  });
  // More than one thread would be started from a blob address, which Deno's module loader refuses.
  ort.env.wasm.numThreads = 1;
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = folderOf(wasmPaths);
  ort.env.logLevel = "error";
  ort.env.webgpu.adapter = adapter;
  const runtime = ortRuntime(
    {
      ort: ort as unknown as Ort,
      prepare: (model) => shiftFilterGradients(avoidWebgpuFaults(model)),
      options: { executionProviders: [{ name: "webgpu", device }], graphOptimizationLevel: "all" },
      carryAt: "gpu-buffer",
      gpu,
      queue,
    },
    {
      name: "webgpu",
      device: name,
      free: () => {
        gpu.close();
        return Promise.resolve();
      },
    },
  );
  return { ...runtime, gpu, isCpu };
}
