import type { Tensors } from "../runtime/runtime.ts";
import { bytesOf } from "../tensor/arrays.ts";
import { freeTensor } from "../tensor/free_tensor.ts";
import { storage } from "../tensor/element_types.ts";
import { sizeOf, type Tensor, tensorOf, type TensorType } from "../tensor/tensor.ts";
import type { CacheSlot } from "./graphs.ts";

/** Tokens by which the memory of a cache grows. */
const BLOCK = 128;

/** The cache before the first token, each tensor in memory of its own. */
export const emptyCache = (slots: readonly CacheSlot[]): Tensors =>
  Object.fromEntries(
    slots.map(({ past, type, dims }) => [past, view(new ArrayBuffer(0), type as TensorType, dims)]),
  );

/**
 * The cache after a step: what the step gave, or that behind what was there, in the same memory where there
 * is room. The memory of all tensors that nobody reads any more is given back.
 *
 * @param before the cache before the step
 * @param outputs what the step gave
 */
export function nextCache(slots: readonly CacheSlot[], before: Tensors, outputs: Tensors): Tensors {
  return Object.fromEntries(slots.map(({ past, present, gives }) => {
    const [old, given] = [before[past]!, outputs[present]!];
    const next = gives === "all" ? given : append(old, given);
    freeTensor(gives === "all" ? old : given);
    return [past, next];
  }));
}

/** Puts [1, new, …] behind [1, old, …], in memory for whole blocks of tokens. */
function append(old: Tensor, given: Tensor): Tensor {
  const [{ buffer, length }, fresh] = [bytesOf(old), bytesOf(given)];
  const [, added, ...rest] = given.dims as [number, number, ...number[]];
  const tokens = old.dims[1]! + added;
  const room = buffer.byteLength < length + fresh.length
    ? buffer.transfer(Math.ceil(tokens / BLOCK) * BLOCK * (fresh.length / added))
    : buffer;
  new Uint8Array(room, length, fresh.length).set(fresh);
  return view(room, old.type, [1, tokens, ...rest]);
}

/** The first numbers of a buffer as a tensor. */
function view(buffer: ArrayBuffer, type: TensorType, dims: readonly number[]): Tensor {
  return tensorOf(type, new storage[type].array!(buffer, 0, sizeOf(dims)), dims);
}
