import { RangeError } from "../../../lib/errors.ts";
import type { Binding, Gpu } from "./gpu.ts";

/** A run of a tensor's elements. */
export interface BindingChunk {
  /** The first one. */
  start: number;
  /** How many. */
  count: number;
}

/**
 * Cuts `count` elements into runs that a binding reaches, each but the last of a multiple of `unit` elements.
 * So many bytes of the binding as `reserve` says are left for neighbours that must be seen with them.
 *
 * @throws RangeError where not even one unit fits
 */
export function bindingChunks(
  gpu: Gpu,
  count: number,
  { bytesPerElement, unit = 1, reserve = 0 }: {
    bytesPerElement: number;
    unit?: number | undefined;
    reserve?: number | undefined;
  },
): BindingChunk[] {
  // A binding may have to begin a little before the part, see `bind`.
  const most = Math.floor((gpu.maxBinding - gpu.alignment - reserve) / bytesPerElement / unit) * unit;
  if (most <= 0 && count > 0) {
    throw new RangeError(
      `Cannot work on this tensor on ${gpu.name}: ${unit} elements must lie in one binding` +
        `${reserve > 0 ? ` with ${reserve} bytes around them` : ""}, and there a binding holds ` +
        `${gpu.maxBinding} bytes; use the CPU`,
    );
  }
  const list: BindingChunk[] = [];
  for (let start = 0; start < count; start += most) {
    list.push({ start, count: Math.min(most, count - start) });
  }
  return list;
}

/**
 * A part as a binding, and the place of its first element there: bindings begin at multiples of {@linkcode
 * Gpu.alignment}.
 */
export function bind(
  gpu: Gpu,
  buffer: GPUBuffer,
  { start, count }: BindingChunk,
  bytesPerElement: number,
): { binding: Binding; shift: number } {
  const from = start * bytesPerElement;
  const offset = Math.floor(from / gpu.alignment) * gpu.alignment;
  const size = Math.max(Math.ceil((from + count * bytesPerElement - offset) / 4) * 4, 4);
  return { binding: { buffer, offset, size }, shift: (from - offset) / bytesPerElement };
}
