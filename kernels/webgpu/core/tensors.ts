import { TypeError } from "../../../lib/errors.ts";
import { sizeOf, Tensor, type TensorType } from "../../../lib/tensor/tensor.ts";
import type { Gpu } from "./gpu.ts";

/** Element types that kernels work on. */
export type KernelType = "float32" | "float16" | "int32" | "uint32" | "uint8" | "int8";

const BYTES: Readonly<Record<KernelType, number>> = {
  float32: 4,
  float16: 2,
  int32: 4,
  uint32: 4,
  uint8: 1,
  int8: 1,
};

/** The GPU on which a buffer lies: a buffer itself does not say. */
const gpuOfBuffer = new WeakMap<GPUBuffer, Gpu>();

/** Bytes of a tensor's elements. */
export function byteLength({ type, dims }: Tensor): number {
  return sizeOf(dims) * bytesPerElement({ type });
}

/** Bytes of one element. */
export function bytesPerElement({ type }: Pick<Tensor, "type">): number {
  if (Object.hasOwn(BYTES, type)) return BYTES[type as KernelType];
  throw new TypeError(
    `Cannot use a tensor of ${type} in a kernel: expected one of ${Object.keys(BYTES).join(", ")}`,
  );
}

/** A tensor on the GPU whose elements are whatever was there; `dispose` gives its buffer back. */
export function emptyOnGpu(gpu: Gpu, type: KernelType, dims: readonly number[]): Tensor {
  return onGpu(gpu, gpu.take(sizeOf(dims) * bytesPerElement({ type })), type, dims);
}

/** A tensor copied to the GPU; `dispose` gives its buffer back. */
export function toGpu(gpu: Gpu, tensor: Tensor): Tensor {
  if (tensor.location !== "cpu") {
    throw new TypeError(`Cannot copy a tensor to the GPU: it is at "${tensor.location}" already`);
  }
  const { data, type, dims } = tensor;
  const copy = emptyOnGpu(gpu, requireType(type), dims);
  const { buffer, byteOffset, byteLength } = data as Float32Array<ArrayBuffer>;
  if (byteLength === 0) return copy;
  const whole = byteLength % 4 === 0
    ? new Uint8Array(buffer, byteOffset, byteLength)
    : padded(new Uint8Array(buffer, byteOffset, byteLength));
  gpu.device.queue.writeBuffer(copy.gpuBuffer as GPUBuffer, 0, whole);
  return copy;
}

/** Buffers are written in words of four bytes. */
function padded(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const words = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  words.set(bytes);
  return words;
}

/** A tensor copied to the CPU; one that is there is given back as it is. The tensor on the GPU stays. */
export async function toCpu(tensor: Tensor): Promise<Tensor> {
  if (tensor.location === "cpu") return tensor;
  const gpu = placeOf("toCpu", "tensor", tensor)!;
  const type = requireType(tensor.type);
  // `getData` would turn the tensor itself into one on the CPU, and lose its buffer.
  const bytes = await gpu.read(bufferOf(tensor), byteLength(tensor));
  return new Tensor(type as "float32", arrayOf(type, bytes) as Float32Array, tensor.dims);
}

/** A tensor around a buffer of a GPU, so that kernels know where it lies. */
function onGpu(
  gpu: Gpu,
  buffer: GPUBuffer,
  type: KernelType,
  dims: readonly number[],
): Tensor {
  gpuOfBuffer.set(buffer, gpu);
  return Tensor.fromGpuBuffer(buffer, {
    dataType: type as "float32",
    dims,
    dispose: () => gpu.free(buffer),
    download: async () =>
      arrayOf(type, await gpu.read(buffer, sizeOf(dims) * bytesPerElement({ type }))) as Float32Array,
  });
}

/** Says of a tensor that somebody else made, such as ONNX Runtime, on which GPU it lies. */
export function claim(gpu: Gpu, tensor: Tensor): Tensor {
  if (tensor.location === "gpu-buffer") gpuOfBuffer.set(tensor.gpuBuffer as GPUBuffer, gpu);
  return tensor;
}

/**
 * A tensor's elements under another shape, without a copy: they stay the tensor's, which alone is disposed
 * of.
 */
export function viewOf(tensor: Tensor, dims: readonly number[]): Tensor {
  if (tensor.location === "cpu") return tensor.reshape(dims);
  // A tensor that owns its buffer refuses to be reshaped.
  return Tensor.fromGpuBuffer(bufferOf(tensor), { dataType: tensor.type as "float32", dims });
}

const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  uint32: Uint32Array,
  uint8: Uint8Array,
  int8: Int8Array,
} as const;

function arrayOf(type: KernelType, bytes: ArrayBuffer): Tensor.DataType {
  if (type !== "float16") return new ARRAYS[type](bytes);
  // As onnxruntime-common: bits, where the engine is older than Float16Array.
  return (globalThis.Float16Array ? new Float16Array(bytes) : new Uint16Array(bytes)) as Tensor.DataType;
}

/** The GPU buffer of a tensor that lies on one. */
export function bufferOf(tensor: Tensor): GPUBuffer {
  return tensor.gpuBuffer as GPUBuffer;
}

/**
 * The GPU on which all of the tensors lie, or `undefined` where all lie on the CPU: there the twin computes.
 *
 * @throws TypeError where they lie at different places, or on a GPU that nobody told
 */
export function gpuOf(
  kernel: string,
  tensors: Readonly<Record<string, Tensor | undefined>>,
): Gpu | undefined {
  const places = Object.entries(tensors).flatMap(([name, tensor]) => tensor ? [{ name, tensor }] : []);
  const [first, ...others] = places.map(({ name, tensor }) => ({ name, at: placeOf(kernel, name, tensor) }));
  for (const { name, at } of others) {
    if (at === first!.at) continue;
    const say = (place: Gpu | undefined) => place ? `on ${place.name}` : "on the CPU";
    throw new TypeError(
      `Cannot run ${kernel}: "${first!.name}" lies ${say(first!.at)}, but "${name}" ` +
        `${
          at && first!.at ? "on another device" : `lies ${say(at)}`
        }; bring them to one place with toGpu or toCpu`,
    );
  }
  return first?.at;
}

function placeOf(kernel: string, name: string, tensor: Tensor): Gpu | undefined {
  if (!Array.isArray(tensor?.dims)) {
    throw new TypeError(`Cannot run ${kernel}: expected a Tensor as "${name}", but got ${typeof tensor}`);
  }
  if (tensor.location === "cpu") return undefined;
  const gpu = tensor.location === "gpu-buffer" ? gpuOfBuffer.get(tensor.gpuBuffer as GPUBuffer) : undefined;
  if (gpu) return gpu;
  throw new TypeError(
    `Cannot run ${kernel}: "${name}" lies at "${tensor.location}" on a device that is not known; tell it with ` +
      "claim(gpu, tensor), or copy it with toCpu",
  );
}

/** The type, if it is one of those that a kernel takes. */
export function requireType(
  type: TensorType,
  allowed: readonly KernelType[] = Object.keys(BYTES) as KernelType[],
  kernel = "a kernel",
  name = "the tensor",
): KernelType {
  if ((allowed as readonly string[]).includes(type)) return type as KernelType;
  throw new TypeError(
    `Cannot run ${kernel}: ${name} is ${type}, expected ${allowed.join(" or ")}`,
  );
}

/** Checks that two tensors have one shape. */
export function requireSameShape(kernel: string, named: Readonly<Record<string, Tensor>>): void {
  const [[firstName, first], ...others] = Object.entries(named) as [[string, Tensor], ...[string, Tensor][]];
  for (const [name, { dims }] of others) {
    if (dims.length === first.dims.length && dims.every((dim, i) => dim === first.dims[i])) continue;
    throw new TypeError(
      `Cannot run ${kernel}: "${name}" is [${dims.join(", ")}], expected the shape of "${firstName}", ` +
        `[${first.dims.join(", ")}]`,
    );
  }
}

/** The numbers of a float tensor on the CPU, to be read and written by index. */
export function floatsOf(tensor: Tensor): Float32Array | Float16Array {
  const { data } = tensor;
  if (data instanceof Float32Array) return data;
  if (globalThis.Float16Array && data instanceof Float16Array) return data;
  throw new TypeError(
    `Cannot compute with ${tensor.type} on the CPU: expected float32` +
      (tensor.type === "float16" ? ", or a JavaScript engine that knows Float16Array" : ""),
  );
}
