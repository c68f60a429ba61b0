import type { DistinctRows } from "./distinct_rows.ts";
import { type RowAdamOptions, rowAdamWithin, type RowOptimizer, type RowState } from "./row_adam.ts";
import { bringRows, type RowMemory, rowMemory } from "./row_memory.ts";
import { rowSgdWithin } from "./row_sgd.ts";

/** Settings of {@linkcode rowTable}. */
export interface RowTableOptions {
  /** Numbers of a row. */
  features: number;
  /** Adam, or plain gradient descent without L2. */
  optimizer: "adam" | "sgd";
  /** L2 of Adam, and how rows catch up. */
  adam: Pick<RowAdamOptions, "collapsed" | "replay" | "weightDecay">;
  /** Place for numbers, of so many bytes, all zero. Default: the memory in which they are changed. */
  allocate?: ((bytes: number) => ArrayBuffer) | undefined;
}

/** A table beside the graph: what is looked up is read from it, and gradients change it. */
export interface RowTable {
  /** Rows as they are now, look-up by look-up; good until the next time. */
  look(found: DistinctRows): Float32Array;
  /** Where gradients of these look-ups may be written, to be in place already when they are learned from. */
  place(found: DistinctRows): Float32Array;
  /** Takes a step along gradients of look-ups, [look-ups, features]. */
  learn(found: DistinctRows, gradient: Float32Array, rate: number): void;
  /** A copy of the table with all rows up to date. */
  whole(): Float32Array;
}

/** Bytes that an address of 32 bits reaches, less room for a step: larger tables lie outside. */
const MOST_BYTES = 2 ** 32 - 2 ** 28;

/** Lays a table down, with what its optimizer keeps. */
export function rowTable(data: Float32Array, options: RowTableOptions): RowTable {
  const { features } = options;
  const all = data.length / features; // not asked for later: that would keep the first table in memory
  const memory = rowMemory(features);
  const { values, optimizer } = layDown(memory, data, options);

  /** Where rows of look-ups are read, and which: in a copy of these rows where the table lies outside. */
  function source({ rows, places, looks }: DistinctRows): [from: number, index: number] {
    const table = () => [values()];
    return memory.holds(values())
      ? [values().byteOffset, memory.putRows("places", looks)]
      : [bringRows(memory, table, rows).arrays[0]!, memory.putRows("places", places)];
  }

  return {
    look(found) {
      optimizer.settle(found.rows);
      const count = found.looks.length;
      // All room is made before arrays are given away: memory that grows takes them back.
      memory.room("gradient", count * features);
      const to = memory.room("looked", count * features);
      const [from, index] = source(found);
      if (count > 0) memory.kernels.copy(to, from, index, count);
      return memory.floats(to, count * features);
    },
    place: ({ looks: { length } }) =>
      memory.floats(memory.room("gradient", length * features), length * features),
    learn({ rows, places }, gradient, rate) {
      const from = memory.put("gradient", gradient);
      const sums = memory.room("sums", rows.length * features);
      const index = memory.putRows("places", places);
      memory.floats(sums, rows.length * features).fill(0);
      if (places.length > 0) memory.kernels.add(sums, from, index, places.length);
      optimizer.update(rows, memory.floats(sums, rows.length * features), rate);
    },
    whole() {
      optimizer.settle(Int32Array.from({ length: all }, (_, row) => row));
      return values().slice();
    },
  };
}

/** A table in the memory, unless it is to lie elsewhere or is too large, and an optimizer of its rows. */
function layDown(
  memory: RowMemory,
  data: Float32Array,
  { features, optimizer, adam, allocate }: RowTableOptions,
): { values: () => Float32Array; optimizer: RowOptimizer } {
  const { length } = data;
  const within = !allocate && 4 * length * (optimizer === "adam" ? 3 : 1) <= MOST_BYTES;
  const outside = allocate ?? ((bytes) => new ArrayBuffer(bytes));
  const place = (): () => Float32Array => {
    if (within) return memory.keep(length);
    const array = new Float32Array(outside(4 * length), 0, length);
    return () => array;
  };
  const values = place();
  values().set(data);
  if (optimizer === "sgd") return { values, optimizer: rowSgdWithin(memory, values) };
  const [mean, square] = [place(), place()];
  const rows = length / features;
  const state: RowState = {
    get values() {
      return values();
    },
    get mean() {
      return mean();
    },
    get square() {
      return square();
    },
    steps: new Uint32Array(outside(4 * rows), 0, rows),
  };
  return { values, optimizer: rowAdamWithin(memory, state, { ...adam, features }) };
}
