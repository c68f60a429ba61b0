import { Error } from "../../../lib/errors.ts";

/** A GPU that can be used, and what it is. */
export interface FoundDevice {
  /** The device that was opened. */
  device: GPUDevice;
  /** The adapter it is of. */
  adapter: GPUAdapter;
  /** The adapter in words: its description, or its vendor and architecture. */
  name: string;
  /** Whether the adapter is software on the CPU: right, and slow. */
  isCpu: boolean;
}

/** Programs that pose as a GPU, where the adapter itself does not say so. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|software|basic render|warp/i;

/** Limits that decide how large a tensor or a kernel may be: the adapter's own, not the portable minimum. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
] as const;

/** Features that kernels and ONNX Runtime use where they are there. */
const FEATURES = ["shader-f16", "subgroups", "timestamp-query"] as const;

/**
 * Opens the fastest GPU adapter of this machine, software ones included: by the `navigator.gpu` of Deno and
 * browsers, on Node by Dawn, the npm package `webgpu`, where it is installed beside.
 *
 * Each call opens a device of its own, to be destroyed by the caller.
 *
 * @throws Error saying what is missing, where there is no adapter
 */
export async function findDevice(): Promise<FoundDevice> {
  const gpu = (globalThis.navigator as { gpu?: GPU } | undefined)?.gpu ?? await dawn();
  const adapter = await quietly(() => gpu.requestAdapter({ powerPreference: "high-performance" }));
  if (!adapter) {
    throw new Error(
      "Cannot use WebGPU: no adapter found; install the graphics driver with its Vulkan part: for AMD, Intel and " +
        "software the package mesa-vulkan-drivers on Debian, Ubuntu, Fedora and in WSL, for NVIDIA its own driver",
    );
  }
  const { info } = adapter;
  const name = info.description || [info.vendor, info.architecture].filter(Boolean).join(" ") ||
    "unnamed adapter";
  const device = await adapter.requestDevice({
    requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)) as GPUFeatureName[],
    requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
  });
  return { device, adapter, name, isCpu: info.isFallbackAdapter === true || SOFTWARE.test(name) };
}

/**
 * The package's name is not written where it is imported: Deno would download its 130 MB for those who never
 * need it.
 */
const DAWN: string = "webgpu";

let kept: GPU | undefined;

/** Chromium's WebGPU, for Node, which has none. */
async function dawn(): Promise<GPU> {
  if (kept) return kept;
  if ("Deno" in globalThis || !("process" in globalThis)) {
    throw new Error(
      "Cannot use WebGPU: this JavaScript runtime has no navigator.gpu; expected Deno 2.9, Node, or a browser with " +
        "WebGPU, which gives it to pages from https and from localhost only",
    );
  }
  try {
    const { create, globals } = await import(DAWN);
    Object.assign(globalThis, globals);
    // Dawn ends when this is collected, whatever devices there still are.
    return kept = create([]) as GPU;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot use WebGPU: Node needs Dawn for it; run \`npm install webgpu\` (${reason})`, {
      cause: error,
    });
  }
}

/**
 * Runs `find` with XDG_RUNTIME_DIR set: without one, the Vulkan loader prints an error that means nothing.
 */
async function quietly<T>(find: () => Promise<T>): Promise<T> {
  const { Deno: deno } = globalThis as { Deno?: typeof Deno };
  const name = "XDG_RUNTIME_DIR";
  const may = deno && deno.build.os === "linux" &&
    (await deno.permissions.query({ name: "env", variable: name })).state === "granted";
  if (!may || deno.env.get(name)) return await find();
  deno.env.set(name, "/tmp");
  try {
    return await find();
  } finally {
    deno.env.delete(name);
  }
}
