import { importOrtWasm } from "../deps.ts";
import type { OpenOptions } from "./engines.ts";
import { ortRuntime } from "./ort_runtime.ts";
import { newQueue } from "../queue.ts";
import type { Ort } from "./ort_session.ts";
import type { Runtime } from "./runtime.ts";
import { shiftFilterGradients } from "./shifted_filter_gradients.ts";

/** One module serves all runtimes of the process, and it takes one task at a time. */
const queue = newQueue();

/** Threads of the module: fixed when its first session is made. */
let started: number | undefined;

/**
 * ONNX Runtime as WebAssembly on the CPU, with SIMD: everywhere, browsers included.
 *
 * The number of threads and the place of the files hold for the process: later runtimes get those of the
 * first. On Deno there is always one thread, see {@linkcode mayShare}.
 */
export async function openWasm(
  { threads = 1, wasmPaths }: Pick<OpenOptions, "threads" | "wasmPaths"> = {},
): Promise<Runtime> {
  const ort = await importOrtWasm();
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = folderOf(wasmPaths);
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
 * forever. Pages share memory only where they are isolated from other origins.
 */
function mayShare(): boolean {
  // Of a page; where there are no pages, it is not said.
  const { crossOriginIsolated = true } = globalThis as { crossOriginIsolated?: boolean };
  return !("Deno" in globalThis) && crossOriginIsolated;
}

/** An address of a folder, as files' names are put behind it. */
export function folderOf(address: string | URL): string {
  return `${address}`.replace(/(?<!\/)$/, "/");
}
