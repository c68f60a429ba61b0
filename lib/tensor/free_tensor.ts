import { arrayOf } from "./arrays.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Gives the memory of a tensor on the CPU back that nobody else reads any more; it is empty then. The
 * garbage collector sees small objects and comes late, and lets what each run leaves behind gather.
 */
export function freeTensor(tensor: Tensor): void {
  // Not all browsers have it.
  if (tensor.type !== "string") (arrayOf(tensor).buffer as ArrayBuffer).transfer?.(0);
}
