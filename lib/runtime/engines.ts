import { COUNT, requireNumbers } from "../bounds.ts";
import { Error, RangeError, TypeError } from "../errors.ts";
import { quoted } from "../printable.ts";
import { requireOptions, withoutUndefined } from "../options.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { float32 } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";
import { openNative } from "./native.ts";
import type { EngineName, Runtime } from "./runtime.ts";
import { openWasm } from "./wasm.ts";
import { openWebgpu } from "./webgpu.ts";

/** State of an engine on this machine. */
export interface EngineReport {
  /** Name of the engine, as {@linkcode openRuntime} takes it. */
  name: EngineName;
  /** Whether the engine loads and answered a known question rightly. */
  available: boolean;
  /** The processor or adapter behind it, in words; absent where it is not available. */
  device?: string;
  /** Whether {@linkcode openRuntime} takes it by itself. */
  automatic: boolean;
  /** Why it is not available, or why it is not taken by itself. */
  reason?: string;
}

/** Settings of {@linkcode openRuntime}. */
export interface OpenOptions {
  /** Which engine. Default: native code, else a real GPU, else WebAssembly. */
  engine?: EngineName | undefined;
  /**
   * Threads of the engines on the CPU. Default: native, all processors; WebAssembly, one, and always one on
   * Deno and in a page that is not isolated from other origins (`crossOriginIsolated`), as `device` says.
   */
  threads?: number | undefined;
  /**
   * Address of the folder in which ONNX Runtime's `.wasm` and `.mjs` files lie, for pages; it holds from the
   * first session of the process on. Default: beside the program's own file.
   */
  wasmPaths?: string | URL | undefined;
}

interface Opener {
  name: EngineName;
  /** Whether it loads only at its first session: opened, it may still not work. */
  isLazy: boolean;
  open(options: OpenOptions): Promise<Runtime>;
}

/** From the one most wanted to the one that is always there. */
const OPENERS: readonly Opener[] = [
  {
    name: "native",
    isLazy: false,
    open: ({ threads }) => openNative(threads === undefined ? {} : { threads }),
  },
  { name: "webgpu", isLazy: true, open: openWebgpu },
  { name: "wasm", isLazy: true, open: openWasm },
];

/**
 * Opens an engine: the one asked for, or the first that works of native code, WebGPU on a real GPU,
 * WebAssembly.
 *
 * Native code comes first because it starts at once, runs every operator in every element type, and computes
 * the same numbers on every machine of a kind. Where there is a GPU, `engine: "webgpu"` is worth a try.
 * Software that poses as a GPU is never taken unless asked for; an engine that is asked for may say only at
 * its first session that it does not load. Close the runtime when done: with WebGPU a process may not exit
 * before.
 *
 * @throws RangeError where no engine has the name asked for, or `threads` is no whole number from 1
 * @throws Error saying why the engine asked for, or every engine, does not work
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { float32 } from "../tensor/tensor.ts";
 *
 * const runtime = await openRuntime({ engine: "wasm" });
 * const session = await runtime.session(mlp({ sizes: [2, 3] }));
 * const { logits } = await session.run({ input: float32([1, 2], [1, 2]) });
 * assert.deepEqual(logits!.dims, [1, 3]);
 * await session.release();
 * await runtime.close();
 * ```
 */
export async function openRuntime(options: OpenOptions = {}): Promise<Runtime> {
  if (typeof options !== "object") {
    throw new TypeError(
      `Cannot open an engine by ${quoted(options)}: expected options, such as { engine: "wasm" }`,
    );
  }
  requireOptions("openRuntime", options, { engine: true, threads: true, wasmPaths: true });
  const { engine, threads } = options;
  if (threads !== undefined) requireNumbers("open a runtime", { threads }, COUNT);
  if (engine !== undefined) {
    const opener = OPENERS.find(({ name }) => name === engine);
    if (!opener) {
      throw new RangeError(
        `Cannot open engine ${quoted(engine)}: expected one of ${
          OPENERS.map(({ name }) => `${quoted(name)}`).join(", ")
        }`,
      );
    }
    return await opener.open(options);
  }
  const reasons: string[] = [];
  for (const opener of OPENERS) {
    let runtime: Runtime | undefined;
    try {
      runtime = await opener.open(options);
      if (isSoftwareGpu(runtime)) throw new Error(SOFTWARE_GPU);
      if (opener.isLazy) await ask(runtime);
      return runtime;
    } catch (error) {
      reasons.push(`${opener.name}: ${messageOf(error)}`);
      // What does not work may not close either.
      await runtime?.close().catch(() => {});
    }
  }
  throw new Error(`Cannot open any engine: ${reasons.join("; ")}`);
}

const SOFTWARE_GPU = "its adapter is software on the CPU: right, but slower than the other engines";

function isSoftwareGpu(runtime: Runtime): boolean {
  return "isCpu" in runtime && runtime.isCpu === true;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Tries every engine with a tiny question whose answer is known, and says what came of it. */
export async function engines(): Promise<EngineReport[]> {
  const reports: EngineReport[] = [];
  for (const opener of OPENERS) {
    const taken = reports.find(({ automatic }) => automatic)?.name;
    reports.push(await report(opener, taken));
  }
  return reports;
}

async function report({ name, open }: Opener, taken: EngineName | undefined): Promise<EngineReport> {
  let runtime: Runtime | undefined;
  try {
    runtime = await open({});
    await ask(runtime);
    const reason = isSoftwareGpu(runtime)
      ? SOFTWARE_GPU
      : taken && `${taken} comes first; ask for this one with openRuntime({ engine: ${quoted(name)} })`;
    const { device } = runtime;
    return withoutUndefined({ name, available: true, device, automatic: !reason, reason });
  } catch (error) {
    return { name, available: false, automatic: false, reason: messageOf(error) };
  } finally {
    await runtime?.close();
  }
}

async function ask(runtime: Runtime): Promise<void> {
  const session = await runtime.session(question());
  const { y } = await session.run({ x: float32([1, 2, 3, 4], [2, 2]) });
  await session.release();
  const answer = Array.from(floats(y!));
  if (answer.join() !== "17,30,25,42") {
    throw new Error(`It computes wrongly: expected 17, 30, 25, 42, but got ${answer.join(", ")}`);
  }
}

/** x·[[1, 2], [3, 4]] + [10, 20] */
function question(): Model {
  const g = new GraphBuilder("question");
  const x = g.input("x", "float32", [2, 2]);
  const product = g.matMul(x, g.constant(float32([1, 2, 3, 4], [2, 2])));
  g.output(g.add(product, g.constant(float32([10, 20]))), "y");
  return g.model();
}
