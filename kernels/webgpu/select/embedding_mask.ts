import { RangeError, TypeError } from "../../../lib/errors.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { type EmbeddingWork, keepRows, teamOf } from "./embedding_mask_wgsl.ts";
import { gpuOf, requireType } from "../core/tensors.ts";

/** Settings of {@linkcode embeddingMask}. */
export interface EmbeddingMaskOptions {
  /**
   * First row of each field, in ascending order from 0; rows of a field lie side by side. Default: one field
   * of all rows where there is one threshold, a field for each row where there are as many as rows.
   */
  fields?: readonly number[] | undefined;
  /** 1: Σ|e| > t stays. 2: Σe² > t² stays, or any where t is negative. Default 1. */
  norm?: 1 | 2 | undefined;
}

/** Remainder of an embedding table. */
export interface EmbeddingRows {
  /** float32[kept, size]: the rows that stay, in their order. */
  table: Tensor;
  /** int32[rows]: for each row of the whole table its place in the small one, or −1. */
  rows: Tensor;
}

/**
 * The rows of an embedding table whose norm exceeds the threshold of their field, moved together, and where
 * each one went. A row that holds NaN goes, and all rows under a threshold that is NaN.
 *
 * Source: Lyu et al., "OptEmbed: Learning Optimal Embedding Table for Click-through Rate Prediction", 2022,
 * section 3.1: the mask is 1 where the norm minus the threshold is positive.
 *
 * Norms are added up in float32 and in the same order at both places, so the L1 norm gives the same rows;
 * with the L2 norm a GPU may round once where the CPU rounds twice, and decide otherwise about a norm that
 * equals its threshold. The table is read twice and what stays is written once.
 *
 * @param table float32[rows, size], size from 1, on the CPU or a GPU; the result lies at the same place
 * @param thresholds float32, one for each field
 * @throws TypeError where shapes, types or places do not fit; RangeError where the fields are not ascending
 * rows
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const table = float32([1, -1, 0.1, 0, 0, 2, 3, 3], [4, 2]);
 * const left = await embeddingMask(table, float32([1, 5]), { fields: [0, 2] });
 * assert.deepEqual([...left.rows.data], [0, -1, -1, 1]);
 * assert.deepEqual([...left.table.data], [1, -1, 3, 3]);
 * ```
 */
export async function embeddingMask(
  table: Tensor,
  thresholds: Tensor,
  { fields, norm = 1 }: EmbeddingMaskOptions = {},
): Promise<EmbeddingRows> {
  const gpu = gpuOf("embeddingMask", { table, thresholds });
  requireType(table.type, ["float32"], "embeddingMask", '"table"');
  requireType(thresholds.type, ["float32"], "embeddingMask", '"thresholds"');
  const [rows, size] = table.dims;
  if (table.dims.length !== 2 || !size) {
    throw new TypeError(
      `Cannot run embeddingMask: the table is [${
        table.dims.join(", ")
      }], expected [rows, size] with a size from 1`,
    );
  }
  if (norm !== 1 && norm !== 2) {
    throw new RangeError(`Cannot run embeddingMask: the norm is ${norm}, expected 1 or 2`);
  }
  const starts = startsOf(rows!, thresholds.dims, fields);
  const work = { rows: rows!, size, starts, norm };
  return gpu ? await keepRows(gpu, table, thresholds, work) : twin(table, thresholds, work);
}

function startsOf(
  rows: number,
  dims: readonly number[],
  fields: readonly number[] | undefined,
): readonly number[] | undefined {
  const [count] = dims;
  const expected = fields ? `${fields.length}` : `1 or ${rows}`;
  if (dims.length !== 1 || (fields ? count !== fields.length : count !== 1 && count !== rows)) {
    throw new TypeError(
      `Cannot run embeddingMask: thresholds are [${
        dims.join(", ")
      }], expected [${expected}], one for each field`,
    );
  }
  if (fields?.length === 0) throw new RangeError("Cannot run embeddingMask: expected at least one field");
  fields?.forEach((row, i) => {
    const low = i === 0 ? 0 : fields[i - 1]!;
    if (Number.isInteger(row) && row >= low && row <= rows && (i > 0 || row === 0)) return;
    throw new RangeError(
      `Cannot run embeddingMask: field ${i} begins at row ${row}, expected ascending rows from 0 to ${rows}`,
    );
  });
  return fields ?? (count === 1 ? [0] : undefined);
}

function twin(table: Tensor, thresholds: Tensor, { rows, size, starts, norm }: EmbeddingWork): EmbeddingRows {
  const [e, limits] = [table.data as Float32Array, thresholds.data as Float32Array];
  const partial = new Float32Array(teamOf(size));
  const map = new Int32Array(rows);
  let [kept, field] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const sum = normOf(e, row * size, { size, norm, partial });
    while (starts && field + 1 < starts.length && starts[field + 1]! <= row) field++;
    const t = limits[starts ? field : row]!;
    const stays = norm === 1 ? sum > t : sum > Math.fround(t * t) || t < 0 && sum >= 0;
    map[row] = stays ? kept++ : -1;
  }
  return {
    table: new Tensor("float32", rowsThatStay(e, map, { kept, size }), [kept, size]),
    rows: new Tensor("int32", map, [rows]),
  };
}

/**
 * Σ|e| or Σe² of a row, in float32 and in the order of a GPU's threads: each sums its share, then halves add
 * up.
 */
function normOf(
  e: Float32Array,
  start: number,
  { size, norm, partial }: { size: number; norm: 1 | 2; partial: Float32Array },
): number {
  const team = partial.length;
  const end = start + size;
  const magnitude = norm === 1;
  let lane = 0;
  // Four lanes at a time: each addition waits for the one before it in its lane.
  for (; size % team === 0 && lane + 4 <= team; lane += 4) {
    let a = 0, b = 0, c = 0, d = 0;
    for (let i = start + lane; i < end; i += team) {
      a = Math.fround(a + termOf(e[i]!, magnitude));
      b = Math.fround(b + termOf(e[i + 1]!, magnitude));
      c = Math.fround(c + termOf(e[i + 2]!, magnitude));
      d = Math.fround(d + termOf(e[i + 3]!, magnitude));
    }
    partial[lane] = a;
    partial[lane + 1] = b;
    partial[lane + 2] = c;
    partial[lane + 3] = d;
  }
  for (; lane < team; lane++) {
    let sum = 0;
    for (let i = start + lane; i < end; i += team) sum = Math.fround(sum + termOf(e[i]!, magnitude));
    partial[lane] = sum;
  }
  for (let half = team >> 1; half >= 1; half >>= 1) {
    for (let lane = 0; lane < half; lane++) partial[lane]! += partial[lane + half]!;
  }
  return partial[0]!;
}

function termOf(value: number, magnitude: boolean): number {
  return magnitude ? Math.abs(value) : Math.fround(value * value);
}

/** The rows that have a place, moved together, neighbours at once. */
function rowsThatStay(
  e: Float32Array,
  map: Int32Array,
  { kept, size }: { kept: number; size: number },
): Float32Array {
  const small = new Float32Array(kept * size);
  for (let row = 0; row < map.length;) {
    const first = row;
    while (row < map.length && map[row]! >= 0) row++;
    if (row > first) small.set(e.subarray(first * size, row * size), map[first]! * size);
    else row++;
  }
  return small;
}
