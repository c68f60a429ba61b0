import { WASM_PAGE } from "../../kernels/webgpu/linear/wasm_code.ts";
import { RangeError } from "../errors.ts";
import { openRowKernels, type RowKernels, SETTINGS_BYTES } from "./row_kernels.ts";

/** The memory of kernels for rows of one width: tables in it, and room for what a step takes. */
export interface RowMemory {
  /** The kernels. */
  kernels: RowKernels;
  /** Numbers of a row. */
  features: number;
  /** Room for numbers for good, all zero: what gives them, since a memory that grew has other arrays. */
  keep(length: number): () => Float32Array;
  /** The address of room for so many numbers; what lay under this name before is gone. */
  room(name: string, length: number): number;
  /** Numbers in the memory: those of a room, until it is next asked for. */
  floats(address: number, length: number): Float32Array;
  /** The address of numbers: where they lie, or where they were copied to. */
  put(name: string, numbers: ArrayLike<number>): number;
  /** The address of indices of rows, copied. */
  putRows(name: string, rows: ArrayLike<number>): number;
  /** Settings of the next update. */
  set(settings: readonly number[]): void;
  /** Whether an array lies in the memory. */
  holds(array: Float32Array): boolean;
}

/** Opens a memory that is as good as empty. */
export function rowMemory(features: number): RowMemory {
  const kernels = openRowKernels(features);
  const { memory } = kernels;
  const rooms = new Map<string, { at: number; bytes: number }>();
  let end = SETTINGS_BYTES;

  function reserve(bytes: number): number {
    const at = end;
    end += 16 * Math.ceil(bytes / 16);
    const missing = Math.ceil((end - memory.buffer.byteLength) / WASM_PAGE);
    try {
      if (missing > 0) memory.grow(missing);
    } catch (cause) {
      end = at;
      throw new RangeError(
        `Cannot lay ${bytes} bytes beside ${at} others in WebAssembly's memory, which holds 4 GiB at most: take a ` +
          "smaller batch, or lay tables elsewhere by `allocate`",
        { cause },
      );
    }
    return at;
  }
  const floats = (at: number, length: number) => new Float32Array(memory.buffer, at, length);
  /** Twice what there was at least, so that rooms that were left take no more than those that are used. */
  function room(name: string, length: number): number {
    const known = rooms.get(name);
    if (known && known.bytes >= 4 * length) return known.at;
    const bytes = Math.max(4 * length, 2 * (known?.bytes ?? 0));
    const at = reserve(bytes);
    rooms.set(name, { at, bytes });
    return at;
  }
  const holds = ({ buffer }: Float32Array) => buffer === memory.buffer;
  return {
    kernels,
    features,
    keep(length) {
      const at = reserve(4 * length);
      let array = floats(at, length);
      return () => holds(array) ? array : array = floats(at, length);
    },
    room,
    floats,
    put(name, numbers) {
      if (numbers instanceof Float32Array && holds(numbers)) return numbers.byteOffset;
      const at = room(name, numbers.length);
      floats(at, numbers.length).set(numbers);
      return at;
    },
    putRows(name, rows) {
      const at = room(name, rows.length);
      new Int32Array(memory.buffer, at, rows.length).set(rows);
      return at;
    },
    set: (settings) => floats(0, settings.length).set(settings),
    holds,
  };
}

/** Rows of arrays where kernels reach them. */
export interface RowsWithin {
  /** Addresses at which the arrays begin. */
  arrays: number[];
  /** Address of the indices of their rows. */
  rows: number;
  /** Writes rows that were copied back to where they came from. */
  putBack(): void;
}

/**
 * Brings rows of arrays, each row once, to where kernels reach them: of arrays in the memory just their
 * indices, of others, such as files that are mapped into memory, a copy.
 */
export function bringRows(
  memory: RowMemory,
  arrays: () => readonly Float32Array[],
  rows: ArrayLike<number>,
): RowsWithin {
  if (arrays().every(memory.holds)) {
    const at = memory.putRows("rows", rows);
    return { arrays: arrays().map(({ byteOffset }) => byteOffset), rows: at, putBack() {} };
  }
  const { features } = memory;
  const length = rows.length * features;
  const copies = arrays().map((_, k) => memory.room(`copy ${k}`, length));
  const at = memory.putRows("rows", countUp(rows.length));
  arrays().forEach((array, k) => gather(array, memory.floats(copies[k]!, length), rows, features));
  return {
    arrays: copies,
    rows: at,
    putBack: () =>
      arrays().forEach((array, k) => scatter(array, memory.floats(copies[k]!, length), rows, features)),
  };
}

/** Copies rows out of an array, one after the other. */
function gather(array: Float32Array, copy: Float32Array, rows: ArrayLike<number>, features: number): void {
  for (let i = 0, to = 0; i < rows.length; i++) {
    const start = rows[i]! * features;
    for (let j = 0; j < features; j++) copy[to++] = array[start + j]!;
  }
}

/** Copies rows back to where they came from. */
function scatter(array: Float32Array, copy: Float32Array, rows: ArrayLike<number>, features: number): void {
  for (let i = 0, from = 0; i < rows.length; i++) {
    const start = rows[i]! * features;
    for (let j = 0; j < features; j++) array[start + j] = copy[from++]!;
  }
}

/** 0, 1, 2, … */
function countUp(length: number): Int32Array {
  const numbers = new Int32Array(length);
  for (let i = 0; i < length; i++) numbers[i] = i;
  return numbers;
}
