import {
  addTo,
  constant,
  get,
  I32,
  leb,
  list,
  repeat,
  set,
  WASM_PAGE,
  wasmInstance,
} from "../../kernels/webgpu/linear/wasm_code.ts";
import { RangeError } from "../errors.ts";
import { countRows, type Field, offsetsOf } from "./clicks.ts";

/** Rows that the ids of a batch look up; good until the next batch. */
export interface DistinctRows {
  /** Each row once, in the order in which they first come. */
  rows: Int32Array;
  /** Where among them each look-up finds its own. */
  places: Int32Array;
  /** The row of each look-up. */
  looks: Int32Array;
}

/**
 * Finds each row of a batch once, among the rows of one table for all fields.
 *
 * @returns a function of ids, [batch, fields], each counted within its field; it throws RangeError where one
 * is none of its field's
 */
export function distinctRows(fields: readonly Field[]): (ids: Int32Array) => DistinctRows {
  const { memory, find } = open();
  const offsets = offsetsOf(fields);
  const count = countRows(fields);
  /**
   * Fields lie first, then for each row its place in the batch that it came in last, where places are counted
   * on from batch to batch: what is below `base` is of an earlier one.
   */
  const seen = 8 * fields.length, rooms = seen + 4 * count;
  const view = (at: number, length: number) => new Int32Array(memory.buffer, at, length);
  let base = 0;
  return (ids) => {
    const { length } = ids;
    // One row more than there can be: the last look-up writes behind the last row.
    const [looks, places, rows, end] = [1, 2, 3, 4].map((i) => rooms + 4 * i * length) as [
      ...[number, number, number, number],
    ];
    const missing = end + 4 - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / WASM_PAGE));
    if (base === 0) view(0, 2 * fields.length).set(fields.flatMap(({ size }, f) => [offsets[f]!, size]));
    if (base === 0 || base + length > 2 ** 32 - 1) {
      view(seen, count).fill(0);
      base = 1;
    }
    view(rooms, length).set(ids);
    const found = length === 0
      ? 0
      : find(rooms, length / fields.length, fields.length, seen, looks, places, rows, base);
    // Where it was refused, places were written all the same.
    base += found < 0 ? length : found;
    if (found < 0) refuse(fields, ids);
    return { rows: view(rows, found), places: view(places, length), looks: view(looks, length) };
  };
}

function refuse(fields: readonly Field[], ids: Int32Array): never {
  const strange = ids.findIndex((id, i) => id < 0 || id >= fields[i % fields.length]!.size);
  const { name, size } = fields[strange % fields.length]!;
  throw new RangeError(
    `Cannot look up row ${Math.floor(strange / fields.length)} of a batch: expected ids from 0 to ${
      size - 1
    } of ` +
      `field "${name}", found ${ids[strange]}`,
  );
}

/** Addresses are in bytes; gives the count of rows, or -1 where an id is none of its field's. */
type Find = (
  ...of: [
    ...[ids: number, count: number, fields: number, seen: number],
    ...[looks: number, places: number, rows: number, base: number],
  ]
) => number;

function open(): { memory: WebAssembly.Memory; find: Find } {
  return wasmInstance([{ key: "find", parameters: 8, body: findBody(), gives: true }]);
}

/**
 * Without branches: half of those that ask whether a row is new would be guessed wrong, and wait for memory.
 */
function findBody(): number[] {
  const [ids, count, fields, seen, looks, places, rows, base] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const [left, field, row, entry, isNew, place, known] = [8, 9, 10, 11, 12, 13, 14] as const;
  const load = (local: number, offset = 0) => [...get(local), 0x28, 2, ...leb(offset)];
  const store = (local: number, value: number[]) => [...get(local), ...value, 0x36, 2, 0];
  const [plus, minus, and, shift, below, notBelow] = [0x6a, 0x6b, 0x71, 0x74, 0x49, 0x4f] as const;
  return [
    ...list([[7, I32]]),
    ...repeat(count, [
      ...[...get(fields), ...set(left), ...constant(0), ...set(field)],
      ...repeat(left, [
        // Signs are not heeded: a negative id is above all sizes.
        ...[...load(ids), ...load(field, 4), notBelow, 0x04, 0x40, ...constant(-1), 0x0f, 0x0b],
        ...[...load(ids), ...load(field), plus, ...set(row), ...store(looks, get(row))],
        ...[...get(row), ...constant(2), shift, ...get(seen), plus, ...set(entry)],
        ...[...load(entry), ...get(base), below, ...set(isNew)],
        // As many as are known where it is new, else its place.
        ...[...load(entry), ...get(base), minus, ...get(known), minus],
        ...[...get(isNew), ...constant(1), minus, and, ...get(known), plus, ...set(place)],
        ...[...store(entry, [...get(base), ...get(place), plus]), ...store(places, get(place))],
        ...[...store(rows, get(row)), ...get(rows), ...get(isNew), ...constant(2), shift, plus, ...set(rows)],
        ...[...get(known), ...get(isNew), plus, ...set(known)],
        ...[...addTo(ids, 4), ...addTo(looks, 4), ...addTo(places, 4), ...addTo(field, 8)],
      ]),
    ]),
    ...get(known),
    0x0b,
  ];
}
