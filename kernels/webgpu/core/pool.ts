import { RangeError } from "../../../lib/errors.ts";

/** Buffers of a device, used again when they are given back. */
export interface Pool {
  /** A buffer of at least so many bytes, with undefined contents. */
  take(bytes: number): GPUBuffer;
  /** Gives a buffer back to be used again. */
  free(buffer: GPUBuffer): void;
  /** Destroys what waits, and what is in use. */
  clear(): void;
  /** Buffers in use, their bytes, and how many more buffers wait to be used again. */
  counters(): { buffers: number; bytes: number; pooled: number };
}

/** Sizes are rounded up to powers of two below this, in bytes, and to its multiples above. */
const LARGE = 2 ** 20;

/** At most so many buffers of one size wait. */
const KEPT = 8;

/** A pool of storage buffers that can be copied from and to. */
export function newPool(device: GPUDevice): Pool {
  const waiting = new Map<number, GPUBuffer[]>();
  const used = new Set<GPUBuffer>();
  return {
    take(bytes) {
      const size = roomFor(bytes);
      if (size > device.limits.maxBufferSize) {
        throw new RangeError(
          `Cannot take a buffer of ${bytes} bytes: this GPU's buffers hold at most ${device.limits.maxBufferSize}`,
        );
      }
      const buffer = waiting.get(size)?.pop() ?? device.createBuffer({
        size,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      });
      used.add(buffer);
      return buffer;
    },
    free(buffer) {
      if (!used.delete(buffer)) return;
      const { size } = buffer;
      const same = waiting.get(size) ?? [];
      waiting.set(size, same);
      if (same.length < KEPT) same.push(buffer);
      else buffer.destroy();
    },
    clear() {
      for (const buffer of [...used, ...[...waiting.values()].flat()]) buffer.destroy();
      used.clear();
      waiting.clear();
    },
    counters() {
      return {
        buffers: used.size,
        bytes: [...used].reduce((sum, { size }) => sum + size, 0),
        pooled: [...waiting.values()].reduce((sum, { length }) => sum + length, 0),
      };
    },
  };
}

function roomFor(bytes: number): number {
  if (bytes > LARGE) return Math.ceil(bytes / LARGE) * LARGE;
  return 2 ** Math.max(Math.ceil(Math.log2(Math.max(bytes, 1))), 4);
}
