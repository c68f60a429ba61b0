import { RangeError, TypeError } from "../errors.ts";
import { float32, Tensor } from "../tensor/tensor.ts";
import type { BatchSource, Examples } from "../train/batches.ts";

/** One column of a click log, such as the site or the hour. */
export interface Field {
  /** Name of the column. */
  name: string;
  /** Number of ids of the field: values are 0 to this less one. */
  size: number;
}

/** A click log, or a part of one, in memory: what was shown, and whether somebody clicked. */
export interface Clicks {
  /** The columns. */
  fields: readonly Field[];
  /** Ids, row by row, one for each field, each counted within its field. */
  ids: Int32Array;
  /** 1 for a click, 0 for none; one for each row. */
  labels: Uint8Array;
  /** Digest of the vocabularies that the ids are from, where they are a prepared log's. */
  vocabularies?: string;
}

/** Rows to train on that are read when it is their turn: more than memory holds. */
export interface StreamedClicks {
  /** The columns. */
  fields: readonly Field[];
  /** How many rows there are. */
  count: number;
  /** How often each row of the table is looked up, fields one after the other. */
  counts: Uint32Array;
  /** Digest of the vocabularies that the ids are from, where they are a prepared log's. */
  vocabularies?: string;
  /** Batches of so many rows, in an order that the seed decides. */
  batches(options: { batchSize: number; seed: number }): BatchSource;
}

/** Clicks to train a model on, and clicks to judge it by. */
export interface ClickLog {
  /** Rows to train on, in memory or streamed. */
  train: Clicks | StreamedClicks;
  /** Rows that decide: when training ends, which rows and dimensions stay. */
  validation: Clicks;
  /** Rows that decide nothing. */
  test: Clicks;
}

/** Ids of all fields together: rows of one embedding table. */
export function countRows(fields: readonly Field[]): number {
  return fields.reduce((sum, { size }) => sum + size, 0);
}

/** Where each field's ids begin in one table for all. */
export function offsetsOf(fields: readonly Field[]): number[] {
  let sum = 0;
  return fields.map(({ size }) => (sum += size) - size);
}

/** How often each row of the table is looked up by a log. */
export function countIds(clicks: Clicks | StreamedClicks): Uint32Array {
  if ("counts" in clicks) return clicks.counts;
  const { fields, ids } = clicks;
  const counts = new Uint32Array(countRows(fields));
  const offsets = offsetsOf(fields);
  for (let i = 0; i < ids.length; i++) counts[offsets[i % fields.length]! + ids[i]!]!++;
  return counts;
}

/**
 * A log as `fit` takes it: ids [rows, fields] for the input `ids`, and clicks for the target `expected`.
 *
 * @throws RangeError where an id is none of its field's, or the numbers do not make whole rows
 */
export function toClickExamples({ fields, ids, labels }: Clicks): Examples {
  requireRows({ fields, ids, labels });
  return {
    inputs: { ids: idsTensor(fields, ids) },
    targets: { expected: float32(Float32Array.from(labels), [labels.length]) },
  };
}

/** Rows of ids as a tensor. */
export function idsTensor(fields: readonly Field[], ids: Int32Array): Tensor {
  return new Tensor("int32", ids, [ids.length / fields.length, fields.length]);
}

/**
 * Refuses rows that a model of other fields is to judge: an id beyond its field is a row of the next one.
 *
 * @param part what the rows are, in messages: `validation`
 * @param fields those of the rows to train on
 * @throws TypeError where fields are others, RangeError where an id is none of its field's
 */
export function requireLike(part: string, clicks: Clicks, fields: readonly Field[]): void {
  const [own, expected] = [clicks.fields, fields].map((list) => list.map(({ name }) => name).join(", "));
  if (own !== expected) {
    throw new TypeError(
      `Cannot judge by the ${part} rows: their fields are ${own}; expected those of the rows to train on, ${expected}`,
    );
  }
  requireRows({ ...clicks, fields }, `the ${part} rows of `);
}

/** Throws RangeError where a log contradicts itself. */
export function requireRows({ fields, ids, labels }: Clicks, part = ""): void {
  if (ids.length !== labels.length * fields.length) {
    throw new RangeError(
      `Cannot read ${part}a click log of ${labels.length} labels and ${ids.length} ids: expected ${fields.length} ids, one ` +
        "for each field, for each label",
    );
  }
  for (let i = 0; i < ids.length; i++) {
    const { name, size } = fields[i % fields.length]!;
    if (ids[i]! >= 0 && ids[i]! < size) continue;
    throw new RangeError(
      `Cannot read ${part}a click log: row ${Math.floor(i / fields.length)} has id ${
        ids[i]
      } in field "${name}", expected 0 ` +
        `to ${size - 1}`,
    );
  }
}
