/**
 * The inner loops of the twins in WebAssembly, whose SIMD instructions JavaScript has not. The module is put
 * together here, instruction by instruction: some 2500 bytes, and memory that never grows.
 */
import { addTo, get, I32, leb, list, repeat, set, V128, WASM_PAGE, wasmModule, zero } from "./wasm_code.ts";

/** Rows of a tile of C. */
export const TILE_ROWS = 4;

/** Numbers of 128 bits that a tile's row takes. */
const VECTORS = 2;

/** Differences between the two precisions. */
export const PRECISIONS = {
  float32: {
    bytes: 4,
    lanes: 4,
    array: Float32Array,
    splat: 0x09,
    add: [0xe4, 0x01],
    multiply: [0xe6, 0x01],
    fused: [0x85, 0x02],
  },
  float64: {
    bytes: 8,
    lanes: 2,
    array: Float64Array,
    splat: 0x0a,
    add: [0xf0, 0x01],
    multiply: [0xf2, 0x01],
    fused: [0x87, 0x02],
  },
} as const;

export type Precision = keyof typeof PRECISIONS;

/** Columns of a tile of C. */
export function tileColumns(precision: Precision): number {
  return VECTORS * PRECISIONS[precision].lanes;
}

/** Steps of the inner loop that are written out: lengths are multiples of it. */
export const UNROLL = 4;

/** Bytes of the module's memory. */
export const MEMORY = 2 ** 22;

/** Numbers of float32 that a run of `WasmGemm.runs` has. */
export const RUN = 32;

/** Loops over numbers in a memory; addresses are in bytes. */
export interface WasmGemm {
  /** The memory that all addresses point into. */
  memory: ArrayBuffer;
  /**
   * All tiles of C = A · B for `rows` panels of A with `columns` panels of B, one column of tiles after
   * another.
   *
   * A panel of A holds {@linkcode TILE_ROWS} numbers for each step of the inner loop, one of B {@linkcode
   * tileColumns}; C is row-major.
   *
   * @param length of the inner loop, a positive multiple of {@linkcode UNROLL}
   * @param stride bytes from one row of C to the next
   */
  tiles: Readonly<
    Record<
      Precision,
      (
        a: number,
        b: number,
        c: number,
        rows: number,
        columns: number,
        length: number,
        stride: number,
      ) => void
    >
  >;
  /**
   * y = Σ w · x over `runs` runs of {@linkcode RUN} numbers of float32 each, one after another.
   *
   * @param list pairs of a number w, float32, and the address where its x begins
   * @param count of pairs, at least 1
   */
  runs(list: number, count: number, y: number, runs: number): void;
}

let simd: WasmGemm | undefined;

/** The module's one instance. */
export function openWasmGemm(): WasmGemm {
  if (simd) return simd;
  // Fused multiply-adds, of relaxed SIMD, are a third faster; not all engines have them.
  const fused = assemble(true);
  const bytes = WebAssembly.validate(fused) ? fused : assemble(false);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { memory, float32, float64, runs } = exports as {
    memory: WebAssembly.Memory;
    runs: WasmGemm["runs"];
    float32: WasmGemm["tiles"]["float32"];
    float64: WasmGemm["tiles"]["float64"];
  };
  simd = { memory: memory.buffer as ArrayBuffer, tiles: { float32, float64 }, runs };
  return simd;
}

function assemble(fused: boolean): Uint8Array<ArrayBuffer> {
  return wasmModule([
    { key: "float32", parameters: 7, body: tilesBody("float32", fused) },
    { key: "float64", parameters: 7, body: tilesBody("float64", fused) },
    { key: "runs", parameters: 4, body: runsBody(fused) },
  ], { pages: MEMORY / WASM_PAGE });
}

/** sum ← sum + left · right, rounded once where it is fused, else twice. */
function multiplyAdd(
  precision: Precision,
  { sum, left, right }: { sum: number; left: number[]; right: number[] },
  fused: boolean,
): number[] {
  const { add, multiply, fused: both } = PRECISIONS[precision];
  return fused
    ? [...left, ...right, ...get(sum), 0xfd, ...both, ...set(sum)]
    : [...get(sum), ...left, ...right, 0xfd, ...multiply, 0xfd, ...add, ...set(sum)];
}

/** The function behind {@linkcode WasmGemm.tiles}. */
function tilesBody(precision: Precision, fused: boolean): number[] {
  const { bytes, splat } = PRECISIONS[precision];
  const [a, b, c, rows, columns, length, stride, i, k, pa, pb, pc] = [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
  ] as const;
  const left = 12;
  const right = (v: number) => 13 + v;
  const sum = (row: number, v: number) => 13 + VECTORS + row * VECTORS + v;
  const tile = Array.from({ length: TILE_ROWS }, (_, row) => row);
  const vectors = Array.from({ length: VECTORS }, (_, v) => v);
  const sums = tile.flatMap((row) => vectors.map((v) => sum(row, v)));
  const step = (at: number) => [
    ...vectors.flatMap((v) => [...get(pb), 0xfd, 0x00, 0, ...leb((at * VECTORS + v) * 16), ...set(right(v))]),
    ...tile.flatMap((row) => [
      ...[...get(pa), 0xfd, splat, 0, ...leb((at * TILE_ROWS + row) * bytes), ...set(left)],
      ...vectors.flatMap((v) =>
        multiplyAdd(precision, { sum: sum(row, v), left: get(left), right: get(right(v)) }, fused)
      ),
    ]),
  ];
  const steps = Array.from({ length: UNROLL }, (_, at) => step(at)).flat();
  return [
    ...list([[5, I32], [1 + VECTORS + sums.length, V128]]),
    ...repeat(columns, [
      ...[...get(rows), ...set(i), ...get(a), ...set(pa), ...get(c), ...set(pc)],
      ...repeat(i, [
        ...[...get(b), ...set(pb), ...get(length), ...set(k), ...sums.flatMap(zero)],
        ...repeat(
          k,
          [...steps, ...addTo(pa, UNROLL * TILE_ROWS * bytes), ...addTo(pb, UNROLL * VECTORS * 16)],
          UNROLL,
        ),
        ...tile.flatMap((row) => [
          ...vectors.flatMap((v) => [...get(pc), ...get(sum(row, v)), 0xfd, 0x0b, 0, ...leb(v * 16)]),
          ...[...get(pc), ...get(stride), 0x6a, ...set(pc)],
        ]),
      ]),
      ...[...get(pb), ...set(b), ...addTo(c, VECTORS * 16)],
    ]),
    0x0b,
  ];
}

/** The function behind {@linkcode WasmGemm.runs}: a run's sums stay in registers while the list is walked. */
function runsBody(fused: boolean): number[] {
  const [pairs, count, y, runs, pair, left, shift, at] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const w = 8;
  const sums = Array.from({ length: RUN / 4 }, (_, v) => 9 + v);
  return [
    ...list([[4, I32], [1 + sums.length, V128]]),
    ...repeat(runs, [
      ...[...get(pairs), ...set(pair), ...get(count), ...set(left), ...sums.flatMap(zero)],
      ...repeat(left, [
        ...[...get(pair), 0xfd, 0x09, 0, 0, ...set(w)],
        ...[...get(pair), 0x28, 0, 4, ...get(shift), 0x6a, ...set(at)],
        ...sums.flatMap((sum, v) =>
          multiplyAdd(
            "float32",
            { sum, left: get(w), right: [...get(at), 0xfd, 0x00, 0, ...leb(v * 16)] },
            fused,
          )
        ),
        ...addTo(pair, 8),
      ]),
      ...sums.flatMap((sum, v) => [...get(y), ...get(sum), 0xfd, 0x0b, 0, ...leb(v * 16)]),
      ...[...addTo(y, RUN * 4), ...addTo(shift, RUN * 4)],
    ]),
    0x0b,
  ];
}
