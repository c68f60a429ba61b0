import { RangeError } from "../../../lib/errors.ts";
import { MEMORY, openWasmGemm, RUN } from "../linear/wasm_gemm.ts";

/** Rows of entries on the CPU: those of row r are starts[r] … starts[r + 1], columns ascending. */
export interface Entries {
  /** Where the entries of each row begin, and their number in the end, [rows + 1]. */
  starts: Uint32Array;
  /** Column of each entry, ascending within a row. */
  columns: Uint32Array;
  /** Value of each entry, as long as `columns`. */
  values: Float32Array;
}

/** Numbers that a column of the weight is multiplied with: a run of one plane, from a tap on. */
export interface Planes {
  /** The array that holds the planes. */
  x: Float32Array;
  /** Where the first plane begins. */
  offset: number;
  /** Number of planes. */
  planes: number;
  /** Numbers from one plane to the next. */
  stride: number;
  /** Where in a plane the run of a column begins: column c is plane ⌊c / taps⌋, tap c mod taps. */
  taps: readonly number[];
}

/** Bytes for the list of a row's entries. */
const LIST = 2 ** 18;

/** Numbers of a row of y that are worked on at once, at most. */
const LONGEST = 8192;

/**
 * Bytes of x that are worked on at once, if a shortest run of all planes takes no more: they stay in the
 * second cache.
 */
const NEAR = 2 ** 19;

/** Bytes of x that there is room for. */
const ROOM = MEMORY - LIST - LONGEST * 4;

/**
 * y = W · x on the CPU, with x in planes: each entry of a row is multiplied with a run of neighbours in its
 * plane, so nothing is gathered. A row of y is `length` numbers, and begins `length` behind the one before
 * it.
 *
 * A stretch of all planes is brought to the memory of `wasm_gemm.ts`, and all rows walk it; where there are
 * too many planes for it, some after the others.
 */
export function multiplyRuns(
  y: Float32Array,
  { starts, columns, values }: Entries,
  { planes: { x, offset, planes, stride, taps }, start, length }: {
    planes: Planes;
    /** Where y begins. */
    start: number;
    length: number;
  },
): void {
  const rows = starts.length - 1;
  const { memory, runs } = openWasmGemm();
  const halo = Math.max(0, ...taps);
  const near = Math.floor(NEAR / 4 / Math.max(planes, 1)) - halo;
  const whole = Math.ceil(length / RUN) * RUN;
  const stretch = Math.min(Math.max(Math.floor(near / RUN) * RUN, RUN), LONGEST, whole);
  const width = stretch + halo;
  const together = Math.min(Math.floor(ROOM / 4 / width), Math.floor(LIST / 8 / taps.length), planes);
  if (together < 1 && planes > 0) {
    throw new RangeError(
      `Cannot multiply runs: ${width} numbers of a plane, of which ${halo} are a kernel's reach, are more than ` +
        `${ROOM} bytes`,
    );
  }
  const list = new Int32Array(memory, 0, LIST / 4);
  const sums = new Float32Array(memory, LIST, LONGEST);
  const first = LIST + LONGEST * 4;
  const stage = new Float32Array(memory, first, ROOM / 4);
  const pairs = pairsOf({ starts, columns, values }, { taps, width, together, first });
  const next = new Uint32Array(rows);
  for (let from = 0; from < length; from += stretch) {
    const here = Math.min(stretch, length - from);
    next.set(starts.subarray(0, rows));
    for (let plane = 0; plane === 0 || plane < planes; plane += together) {
      const count = Math.min(together, planes - plane);
      for (let p = 0; p < count; p++) {
        const begin = offset + (plane + p) * stride;
        const source = x.subarray(begin + from, begin + Math.min(from + width, stride));
        stage.set(source, p * width);
        if (source.length < width) stage.fill(0, p * width + source.length, (p + 1) * width);
      }
      const end = (plane + count) * taps.length;
      for (let row = 0; row < rows; row++) {
        const [begin, last] = [next[row]!, starts[row + 1]!];
        let entry = last;
        if (count < planes) { for (entry = begin; entry < last && columns[entry]! < end;) entry++; }
        next[row] = entry;
        const size = entry - begin;
        list.set(pairs.subarray(2 * begin, 2 * entry));
        const to = start + row * length + from;
        if (size > 0) runs(0, size, LIST, Math.ceil(here / RUN));
        if (plane === 0) {
          if (size > 0) y.set(sums.subarray(0, here), to);
          else y.fill(0, to, to + here);
        } else if (size > 0) {
          for (let i = 0; i < here; i++) y[to + i]! += sums[i]!;
        }
      }
      if (planes === 0) break;
    }
  }
}

/**
 * For each entry its value's bits, and the address of its run where its plane lies in the stage with others.
 */
function pairsOf(
  { columns, values }: Entries,
  { taps, width, together, first }: {
    taps: readonly number[];
    width: number;
    together: number;
    first: number;
  },
): Int32Array {
  const pairs = new Int32Array(2 * columns.length);
  const numbers = new Float32Array(pairs.buffer);
  for (let entry = 0; entry < columns.length; entry++) {
    const plane = Math.floor(columns[entry]! / taps.length);
    numbers[2 * entry] = values[entry]!;
    pairs[2 * entry + 1] = first + 4 * (plane % together * width + taps[columns[entry]! % taps.length]!);
  }
  return pairs;
}
