import { Error, RangeError } from "../../../lib/errors.ts";
import { findDevice, type FoundDevice } from "./device.ts";
import { newPool, type Pool } from "./pool.ts";

/** A compute shader. */
export interface Shader {
  /** Name in error messages and profiles. */
  name: string;
  /**
   * WGSL with one entry point, `main`. Binding 0 of group 0 is the uniform of parameters, where it has any;
   * the storage buffers follow from 1 on.
   */
  code: string;
}

/** A buffer, or a part of one. */
export interface Binding {
  /** The buffer. */
  buffer: GPUBuffer;
  /** Where the part begins, in bytes, a multiple of {@linkcode Gpu.alignment}. Default 0. */
  offset?: number;
  /** Length of the part in bytes, a multiple of 4. Default: to the buffer's end. */
  size?: number;
}

/** One use of a shader. */
export interface Pass {
  /** The shader that runs. */
  shader: Shader;
  /** Storage buffers, in the order of their binding numbers, which begin at 1. */
  bindings: readonly (GPUBuffer | Binding)[];
  /** The uniform's 32-bit words: whole numbers, or numbers of {@linkcode floatBits}. Default: no uniform. */
  params?: readonly number[];
  /** Workgroups along x, y and z. */
  workgroups: readonly [x: number, y?: number, z?: number];
}

/** Counts of a GPU's work and memory, for tests, benchmarks and the search for leaks. */
export interface GpuCounters {
  /** Pipelines compiled on the device. Each is compiled once. */
  pipelines: number;
  /** Passes that ran. */
  passes: number;
  /** Buffers in use: what was taken and not given back. */
  buffers: number;
  /** Bytes of the buffers in use. */
  bytes: number;
  /** Buffers that wait to be used again. */
  pooled: number;
}

/** A GPU that runs compute kernels. */
export interface Gpu {
  /** The device that passes run on. */
  readonly device: GPUDevice;
  /** The adapter in words. */
  readonly name: string;
  /** Whether the adapter is software on the CPU: right, and slow. */
  readonly isCpu: boolean;
  /** Bytes that one binding reaches; larger tensors are worked on in parts. */
  readonly maxBinding: number;
  /** Where a part of a buffer may begin: multiples of so many bytes. */
  readonly alignment: number;
  /**
   * Runs passes one after another, each on what the one before it wrote.
   *
   * Resolves when they are checked and submitted, not when they are done: what reads the results waits by
   * itself.
   *
   * @throws Error where a pass is not valid, naming its shader, or the device was lost; then nothing was
   * written
   */
  run(passes: readonly Pass[]): Promise<void>;
  /** A buffer of at least so many bytes, whose contents are whatever was there. */
  take(bytes: number): GPUBuffer;
  /** Gives a buffer back. */
  free(buffer: GPUBuffer): void;
  /** The first `bytes` of a buffer, on the CPU. */
  read(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer>;
  /** Waits until all that was submitted is done. */
  idle(): Promise<void>;
  /** Counts of the GPU's work so far, and of the memory that it holds. */
  counters(): GpuCounters;
  /** Frees all buffers; destroys the device, unless it is somebody else's. Then the process can exit. */
  close(): void;
}

/** Settings of {@linkcode gpuOn}. */
export interface GpuOptions {
  /**
   * Bytes that one binding may reach, when less than the device's limit: so tests cut small tensors in parts.
   */
  maxBinding?: number | undefined;
}

/**
 * Opens a GPU for compute kernels, software adapters included.
 *
 * Where a runtime on WebGPU is open, take its `gpu` instead: then kernels and sessions share buffers. Close
 * it when done, a process may not exit before.
 *
 * @throws Error saying what is missing, and what to install
 */
export async function openGpu(options: GpuOptions = {}): Promise<Gpu> {
  const found = await findDevice();
  return gpuOn(found, { ...options, free: () => found.device.destroy() });
}

/** A device's pipelines by their code, for all that run kernels on it. */
const compiled = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>();

function pipelinesOf(device: GPUDevice): Map<string, GPUComputePipeline> {
  const known = compiled.get(device) ?? new Map<string, GPUComputePipeline>();
  compiled.set(device, known);
  return known;
}

/** Kernels on a device that somebody else made. */
export function gpuOn(
  { device, name, isCpu }: Pick<FoundDevice, "device" | "name" | "isCpu">,
  { maxBinding = Infinity, free }: GpuOptions & {
    /** Further work of closing, beyond giving buffers back. Default: nothing. */
    free?: () => void;
  } = {},
): Gpu {
  const { limits } = device;
  const pipelines = pipelinesOf(device);
  const pool: Pool = newPool(device);
  let passes = 0;
  let gone: string | undefined;
  let uniforms: GPUBuffer | undefined;
  device.lost.then(({ reason, message }) => {
    gone ??=
      `the GPU device was lost (${reason || "unknown reason"}${
        message ? `: ${message}` : ""
      }), and with it ` +
      "all tensors on it; open another one and load them again";
  });

  function requireDevice(action: string): void {
    if (gone) throw new Error(`Cannot ${action}: ${gone}`);
  }

  function pipelineOf({ name, code }: Shader): GPUComputePipeline {
    const known = pipelines.get(code);
    if (known) return known;
    const module = device.createShaderModule({ label: name, code });
    const pipeline = device.createComputePipeline({
      label: name,
      layout: "auto",
      compute: { module, entryPoint: "main" },
    });
    pipelines.set(code, pipeline);
    return pipeline;
  }

  /** All uniforms of a run in one buffer: what is written to it stays in order with what is submitted. */
  function writeUniforms(list: readonly Pass[]): GPUBuffer | undefined {
    const slots = list.filter(({ params }) => params).length;
    if (slots === 0) return undefined;
    const stride = limits.minUniformBufferOffsetAlignment;
    const words = new Uint32Array(slots * stride / 4);
    let slot = 0;
    for (const { params, shader } of list) {
      if (!params) continue;
      if (params.length * 4 > stride) {
        throw new RangeError(
          `Cannot run ${shader.name}: ${params.length} parameters, at most ${stride / 4} fit`,
        );
      }
      words.set(params, slot++ * stride / 4);
    }
    if (!uniforms || uniforms.size < words.byteLength) {
      uniforms?.destroy();
      const size = 2 ** Math.ceil(Math.log2(words.byteLength));
      uniforms = device.createBuffer({ size, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    }
    device.queue.writeBuffer(uniforms, 0, words);
    return uniforms;
  }

  function submit(list: readonly Pass[]): void {
    const uniform = writeUniforms(list);
    const stride = limits.minUniformBufferOffsetAlignment;
    const encoder = device.createCommandEncoder();
    const encoded = encoder.beginComputePass();
    let slot = 0;
    for (const { shader, bindings, params, workgroups } of list) {
      const pipeline = pipelineOf(shader);
      const entries: GPUBindGroupEntry[] = bindings.map((binding, i) => ({
        binding: i + 1,
        resource: "buffer" in binding ? binding : { buffer: binding },
      }));
      if (params) {
        const size = Math.ceil(params.length / 4) * 16;
        entries.unshift({ binding: 0, resource: { buffer: uniform!, offset: slot++ * stride, size } });
      }
      encoded.setPipeline(pipeline);
      encoded.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
      const [x, y = 1, z = 1] = workgroups;
      encoded.dispatchWorkgroups(x, y, z);
    }
    encoded.end();
    device.queue.submit([encoder.finish()]);
  }

  async function run(list: readonly Pass[]): Promise<void> {
    requireDevice(`run ${list[0]?.shader.name ?? "nothing"}`);
    if (list.length === 0) return;
    device.pushErrorScope("validation");
    const thrown = attempt(() => submit(list));
    const invalid = await device.popErrorScope();
    const error = thrown ?? invalid;
    requireDevice(`run ${list[0]!.shader.name}`);
    if (error) {
      // A shader that does not compile must say so again the next time.
      for (const { shader } of list) pipelines.delete(shader.code);
      const names = [...new Set(list.map(({ shader }) => shader.name))].join(", ");
      throw new Error(`Cannot run ${names}: ${error.message}`);
    }
    passes += list.length;
  }

  async function read(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    requireDevice("read from the GPU");
    const size = Math.ceil(bytes / 4) * 4;
    const copy = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    try {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 0, copy, 0, size);
      device.queue.submit([encoder.finish()]);
      await copy.mapAsync(GPUMapMode.READ).catch((error) => {
        requireDevice("read from the GPU");
        throw error;
      });
      return copy.getMappedRange().slice(0, bytes);
    } finally {
      copy.destroy();
    }
  }

  return {
    device,
    name,
    isCpu,
    maxBinding: Math.min(maxBinding, limits.maxStorageBufferBindingSize),
    alignment: limits.minStorageBufferOffsetAlignment,
    run,
    take(bytes) {
      requireDevice("take a buffer");
      return pool.take(bytes);
    },
    free: pool.free,
    read,
    idle: () => device.queue.onSubmittedWorkDone().then(() => {}),
    counters: () => ({ pipelines: pipelines.size, passes, ...pool.counters() }),
    close() {
      gone ??= "this GPU was closed; open another one";
      uniforms?.destroy();
      pool.clear();
      free?.();
    },
  };
}

/** The error of a task, if it throws one. */
function attempt(task: () => void): Error | undefined {
  try {
    task();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** A float as the 32-bit word that {@linkcode Pass.params} takes. */
export function floatBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

/**
 * Workgroups for `count` of them along x, and more along y where one dimension does not reach: the shader's
 * number is `id.x + id.y * groups.x`, which may lie behind the last.
 */
export function grid(count: number): [x: number, y: number] {
  const x = Math.min(Math.max(count, 1), 65535);
  return [x, Math.ceil(Math.max(count, 1) / x)];
}
