/** A value of a GGUF file's metadata, with the type that the file gives it. */
export type GgufValue =
  | { readonly type: GgufNumberType; readonly value: number | bigint }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "array"; readonly of: GgufType; readonly value: GgufArray };

/** An array of a GGUF file's metadata: numbers in an array of their type, bools as 0 and 1. */
export type GgufArray =
  | GgufNumbers
  | readonly string[]
  | readonly GgufValue[];

/** Arrays of numbers. */
export type GgufNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | BigUint64Array
  | BigInt64Array
  | Float64Array;

/** Types of numbers in metadata. */
export type GgufNumberType =
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "float32"
  | "uint64"
  | "int64"
  | "float64";

/** Types of values in metadata. */
export type GgufType = GgufNumberType | "bool" | "string" | "array";

/** How numbers of a type lie in files. */
export interface NumberLayout {
  /** Number of the type. */
  readonly id: number;
  /** The array that holds them. */
  readonly array: new (buffer: ArrayBuffer) => GgufNumbers;
  /** Bytes of one. */
  readonly bytes: number;
}

/** The types of numbers. */
export const NUMBER_TYPES: Readonly<Record<GgufNumberType, NumberLayout>> = {
  uint8: { id: 0, array: Uint8Array, bytes: 1 },
  int8: { id: 1, array: Int8Array, bytes: 1 },
  uint16: { id: 2, array: Uint16Array, bytes: 2 },
  int16: { id: 3, array: Int16Array, bytes: 2 },
  uint32: { id: 4, array: Uint32Array, bytes: 4 },
  int32: { id: 5, array: Int32Array, bytes: 4 },
  float32: { id: 6, array: Float32Array, bytes: 4 },
  uint64: { id: 10, array: BigUint64Array, bytes: 8 },
  int64: { id: 11, array: BigInt64Array, bytes: 8 },
  float64: { id: 12, array: Float64Array, bytes: 8 },
};

/** Number of each type that is no number, in files. */
export const OTHER_TYPES = { bool: 7, string: 8, array: 9 } as const;

/** The type of a number in a file, where there is one. */
export function typeOf(id: number): GgufType | undefined {
  const number = Object.entries(NUMBER_TYPES).find(([, type]) => type.id === id);
  return (number ?? Object.entries(OTHER_TYPES).find(([, other]) => other === id))?.[0] as
    | GgufType
    | undefined;
}

/** A GGUF file's metadata, by key. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** The number at a key; `undefined` where there is none. */
export function numberAt(metadata: GgufMetadata, key: string): number | undefined {
  const found = metadata.get(key);
  if (typeof found?.value !== "number" && typeof found?.value !== "bigint") return undefined;
  return Number(found.value);
}

/** The text at a key; `undefined` where there is none. */
export function textAt(metadata: GgufMetadata, key: string): string | undefined {
  const found = metadata.get(key);
  return found?.type === "string" ? found.value : undefined;
}

/** The bool at a key; `undefined` where there is none. */
export function boolAt(metadata: GgufMetadata, key: string): boolean | undefined {
  const found = metadata.get(key);
  return found?.type === "bool" ? found.value : undefined;
}

/** The texts at a key; `undefined` where there are none. */
export function textsAt(metadata: GgufMetadata, key: string): readonly string[] | undefined {
  const found = metadata.get(key);
  return found?.type === "array" && found.of === "string" ? found.value as readonly string[] : undefined;
}

/** The numbers at a key; `undefined` where there are none. */
export function numbersAt(metadata: GgufMetadata, key: string): ArrayLike<number> | undefined {
  const found = metadata.get(key);
  if (found?.type !== "array" || !Object.hasOwn(NUMBER_TYPES, found.of)) return undefined;
  return found.value as ArrayLike<number>;
}
