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
 * The number of threads holds for the process: later runtimes get that of the first. On Deno it is always
 * one, see {@linkcode mayShare}.
 */
export async function openWasm({ threads = 1 }: CpuOptions = {}): Promise<Runtime> {
  const ort = await importOrtWasm();
  started ??= ort.env.wasm.numThreads = mayShare() ? threads : 1;
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

/**
 * Whether threads may share the module's memory. Deno checks WebAssembly's bounds in software, against a size
 * that a thread reads anew only when it returns to JavaScript (denoland/deno#35658): when a run makes the
 * memory grow, the other threads die of accesses "out of bounds", and the one that waits for them spins
 * forever.
 */
function mayShare(): boolean {
  return !("Deno" in globalThis);
}
