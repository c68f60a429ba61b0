/**
 * Modules of WebAssembly, put together instruction by instruction.
 *
 * Instructions: WebAssembly Core Specification 3.0, section 5.4.
 */

/** Type of a whole number of 32 bits. */
export const I32 = 0x7f;
/** Type of a vector of 128 bits. */
export const V128 = 0x7b;
/** Bytes by which memory grows. */
export const WASM_PAGE = 65_536;

/** A function of a module: its name outside, how many whole numbers it takes, and its instructions. */
export interface WasmFunction {
  /** Name under which it is exported. */
  key: string;
  /** How many numbers it takes, all of 32 bits. */
  parameters: number;
  /** Locals, then instructions, without their length. */
  body: number[];
  /** Whether it gives back a whole number of 32 bits. Default false. */
  gives?: boolean;
}

/**
 * The bytes of a module that exports functions, and its `memory`.
 *
 * @param pages of memory: how many there are, and how many there may be; as many unless told
 */
export function wasmModule(
  functions: readonly WasmFunction[],
  { pages, most = pages }: { pages: number; most?: number },
): Uint8Array<ArrayBuffer> {
  const type = ({ parameters, gives }: WasmFunction) => [
    0x60,
    ...list(Array<number[]>(parameters).fill([I32])),
    ...list(gives ? [[I32]] : []),
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, functions.map(type)),
    ...section(3, functions.map((_, i) => [i])),
    ...section(5, [[1, ...leb(pages), ...leb(most)]]),
    ...section(7, [[...name("memory"), 2, 0], ...functions.map(({ key }, i) => [...name(key), 0, i])]),
    ...section(10, functions.map(({ body }) => sized(body))),
  ]);
}

/** Most pages that addresses of 32 bits reach. */
const MOST_PAGES = 2 ** 16;

/** Exports of an instance whose memory begins as one page and grows as far as addresses reach. */
export function wasmInstance<Exports>(functions: readonly WasmFunction[]): Exports {
  const bytes = wasmModule(functions, { pages: 1, most: MOST_PAGES });
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Exports;
}

function section(id: number, items: number[][]): number[] {
  return [id, ...sized(list(items))];
}

const sized = (bytes: number[]): number[] => [...leb(bytes.length), ...bytes];
const name = (text: string): number[] => sized([...new TextEncoder().encode(text)]);

/** Items after their count. */
export const list = (items: number[][]): number[] => [...leb(items.length), ...items.flat()];

/** A whole number ≥ 0 in the format's variable length, LEB128. */
export function leb(value: number): number[] {
  return value < 128 ? [value] : [value % 128 + 128, ...leb(Math.floor(value / 128))];
}

/** Encodes an integer as {@linkcode leb} does, with a sign. */
function signed(value: number): number[] {
  return value >= -64 && value < 64 ? [value & 127] : [value & 127 | 128, ...signed(value >> 7)];
}

/** Reads a local. */
export const get = (local: number): number[] => [0x20, ...leb(local)];
/** Sets a local to what was computed. */
export const set = (local: number): number[] => [0x21, ...leb(local)];
/** A whole number. */
export const constant = (value: number): number[] => [0x41, ...signed(value)];
/** An instruction on vectors, by its number. */
export const simd = (instruction: number): number[] => [0xfd, ...leb(instruction)];
/** Moves an address on. */
export const addTo = (local: number, bytes: number): number[] => [
  ...get(local),
  ...constant(bytes),
  0x6a,
  ...set(local),
];
/** Sets a vector to zeros. */
export const zero = (local: number): number[] => [...simd(12), ...Array<number>(16).fill(0), ...set(local)];

/** Runs `body` as often as a local says, at least once, and counts it down. */
export const repeat = (local: number, body: number[], step = 1): number[] => [
  ...[0x03, 0x40],
  ...body,
  ...[...get(local), ...constant(-step), 0x6a, 0x22, ...leb(local), 0x0d, 0],
  0x0b,
];
