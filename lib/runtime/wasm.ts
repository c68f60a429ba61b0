import { importOrtWasm } from "../deps.ts";
import type { CpuOptions } from "./native.ts";
import { ortRuntime } from "./ort_runtime.ts";
import { newQueue, type Ort } from "./ort_session.ts";
import type { Runtime } from "./runtime.ts";
import { shiftFilterGradients } from "./shifted_filter_gradients.ts";

/** One module serves all runtimes of the process, and it takes one task at a time. */
const queue = newQueue();

/** Threads of the module: fixed when its first session is made. */
let started: number | undefined;

/**
 * ONNX Runtime as WebAssembly on the CPU, with SIMD: everywhere, browsers included.
 *
 * Default one thread: with two, inference works, but a training step of a ResNet never came back.
 *
 * The number of threads holds for the process: later runtimes get that of the first.
 */
export async function openWasm(
  { threads = navigator.hardwareConcurrency }: CpuOptions = {},
): Promise<Runtime> {
  const ort = await importOrtWasm();
  started ??= ort.env.wasm.numThreads = threads;
  return ortRuntime(
    {
      ort: ort as unknown as Ort,
      prepare: shiftFilterGradients,
      options: { executionProviders: ["wasm"], graphOptimizationLevel: "all" },
      carryAt: "cpu",
      queue,
    },
    { name: "wasm", device: `CPU in WebAssembly, ${started} ${started === 1 ? "thread" : "threads"}` },
  );
}
