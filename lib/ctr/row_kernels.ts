/**
 * What is done to rows of float32 numbers, in WebAssembly, whose vectors of four numbers JavaScript has not.
 * The instructions for a row are written out, so there is a module for each width.
 */
import {
  addTo,
  constant,
  get,
  I32,
  leb,
  list,
  repeat,
  set,
  simd,
  V128,
  wasmInstance,
} from "../../kernels/webgpu/linear/wasm_code.ts";

/** Rows in a memory; addresses are in bytes, indices of rows int32. All counts are from 1. */
export interface RowKernels {
  /** The memory, which grows. Its first numbers are the settings of updates. */
  memory: WebAssembly.Memory;
  /** to[i] = from[rows[i]] */
  copy(to: number, from: number, rows: number, count: number): void;
  /** to[rows[i]] += from[i], in order: as often as a row is named. */
  add(to: number, from: number, rows: number, count: number): void;
  /** values[rows[i]] -= rate · gradients[i]; settings: rate. */
  descend(values: number, gradients: number, rows: number, count: number): void;
  /**
   * A step of Adam with L2, from gradients[i] on row rows[i] of the others; settings: L2, β₁, 1 - β₁, β₂,
   * 1 - β₂, ε, the step's size and the scale of its root.
   */
  adam(values: number, mean: number, square: number, gradients: number, rows: number, count: number): void;
}

/** Bytes of the settings. */
export const SETTINGS_BYTES = 64;

/** Settings of Adam. */
const SETTINGS = 8;

/** An instance with a memory of its own, for rows of so many numbers. */
export function openRowKernels(features: number): RowKernels {
  return wasmInstance([
    { key: "copy", parameters: 4, body: copyBody(features) },
    { key: "add", parameters: 4, body: addBody(features) },
    { key: "descend", parameters: 4, body: descendBody(features) },
    { key: "adam", parameters: 6, body: adamBody(features) },
  ]);
}

/** Part of a row that fits into a vector. */
interface Piece {
  /** Reads it from an address, with zeros behind it. */
  load(address: number[]): number[];
  /** Writes a vector's first numbers to an address. */
  store(address: number[], vector: number[]): number[];
}

/** Numbers that are read and written at once, and the instructions: v128, 64 bits of it, 32. */
const PIECES = [[4, 0x00, 0x0b], [2, 0x5d, 0x5b], [1, 0x5c, 0x5a]] as const;

/** A row, part by part. */
function piecesOf(features: number): Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  for (const [count, load, store] of PIECES) {
    for (; features - done >= count; done += count) {
      const offset = leb(4 * done);
      pieces.push({
        load: (address) => [...address, ...simd(load), 2, ...offset],
        store: (address, vector) => [
          ...[...address, ...vector, ...simd(store), 2, ...offset],
          ...count === 4 ? [] : [0], // which lane
        ],
      });
    }
  }
  return pieces;
}

const [sqrt, plus, minus, times, by] = [0xe3, 0xe4, 0xe5, 0xe6, 0xe7].map(simd) as [
  ...[number[], number[], number[], number[], number[]],
];

/** Sets locals to the addresses of the row that `rows` points to, in arrays that begin at others. */
function locate(
  rows: number,
  features: number,
  arrays: readonly (readonly [local: number, start: number])[],
): number[] {
  const [first] = arrays[0]!;
  return [
    ...[...get(rows), 0x28, 2, 0, ...constant(4 * features), 0x6c, ...set(first)],
    ...arrays.toReversed().flatMap(([local, start]) => [...get(first), ...get(start), 0x6a, ...set(local)]),
  ];
}

function copyBody(features: number): number[] {
  const [to, from, rows, count, at] = [0, 1, 2, 3, 4] as const;
  return [
    ...list([[1, I32]]),
    ...repeat(count, [
      ...locate(rows, features, [[at, from]]),
      ...piecesOf(features).flatMap(({ load, store }) => store(get(to), load(get(at)))),
      ...[...addTo(rows, 4), ...addTo(to, 4 * features)],
    ]),
    0x0b,
  ];
}

function addBody(features: number): number[] {
  const [to, from, rows, count, at] = [0, 1, 2, 3, 4] as const;
  return [
    ...list([[1, I32]]),
    ...repeat(count, [
      ...locate(rows, features, [[at, to]]),
      ...piecesOf(features).flatMap(({ load, store }) =>
        store(get(at), [...load(get(at)), ...load(get(from)), ...plus])
      ),
      ...[...addTo(rows, 4), ...addTo(from, 4 * features)],
    ]),
    0x0b,
  ];
}

/** Reads a setting into all lanes of a local. */
const setting = (index: number, local: number): number[] => [
  ...[...constant(0), ...simd(9), 2, ...leb(4 * index), ...set(local)],
];

function descendBody(features: number): number[] {
  const [values, gradients, rows, count, at, rate] = [0, 1, 2, 3, 4, 5] as const;
  return [
    ...list([[1, I32], [1, V128]]),
    ...setting(0, rate),
    ...repeat(count, [
      ...locate(rows, features, [[at, values]]),
      ...piecesOf(features).flatMap(({ load, store }) =>
        store(get(at), [
          ...[...load(get(at)), ...load(get(gradients)), ...get(rate), ...times, ...minus],
        ])
      ),
      ...[...addTo(rows, 4), ...addTo(gradients, 4 * features)],
    ]),
    0x0b,
  ];
}

function adamBody(features: number): number[] {
  const [values, mean, square, gradients, rows, count, value, m, v] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
  const at = (i: number) => 9 + i;
  const [decay, beta1, rest1, beta2, rest2, epsilon, size, scale] = Array.from(
    { length: SETTINGS },
    (_, i) => at(i),
  ) as [number, number, number, number, number, number, number, number];
  const [now, gradient, newMean, newSquare] = [0, 1, 2, 3].map((i) => at(SETTINGS + i)) as [
    ...[number, number, number, number],
  ];
  /** old · kept + b · rest, kept in a local. */
  const blend = (old: number[], kept: number, b: number[], rest: number, local: number) => [
    ...[...old, ...get(kept), ...times, ...b, ...get(rest), ...times, ...plus, ...set(local)],
  ];
  const squared = [...get(gradient), ...get(gradient), ...times];
  return [
    ...list([[3, I32], [SETTINGS + 4, V128]]),
    ...Array.from({ length: SETTINGS }, (_, i) => setting(i, at(i))).flat(),
    ...repeat(count, [
      ...locate(rows, features, [[value, values], [m, mean], [v, square]]),
      ...piecesOf(features).flatMap(({ load, store }) => [
        ...[...load(get(value)), ...set(now)],
        ...[...load(get(gradients)), ...get(now), ...get(decay), ...times, ...plus, ...set(gradient)],
        ...blend(load(get(m)), beta1, get(gradient), rest1, newMean),
        ...blend(load(get(v)), beta2, squared, rest2, newSquare),
        ...store(get(m), get(newMean)),
        ...store(get(v), get(newSquare)),
        ...store(get(value), [
          ...[...get(now), ...get(newMean)],
          ...[...get(newSquare), ...sqrt, ...get(scale), ...times, ...get(epsilon), ...plus],
          ...[...by, ...get(size), ...times, ...minus],
        ]),
      ]),
      ...[...addTo(rows, 4), ...addTo(gradients, 4 * features)],
    ]),
    0x0b,
  ];
}
