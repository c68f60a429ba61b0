/** How one of ggml's element types lies in a file. */
export interface GgmlLayout {
  /** Number of the type in GGUF files. */
  readonly id: number;
  /** Weights of a block; rows are made of whole blocks. */
  readonly weights: number;
  /** Bytes of a block. */
  readonly bytes: number;
}

/** Name of an element type that weights can be written in. */
export type WritableGgmlType =
  | "F32"
  | "F16"
  | "BF16"
  | "Q4_0"
  | "Q4_1"
  | "Q5_0"
  | "Q5_1"
  | "Q8_0"
  | "Q2_K"
  | "Q3_K"
  | "Q4_K"
  | "Q5_K"
  | "Q6_K"
  | "TQ1_0"
  | "TQ2_0"
  | "IQ4_NL";

/** Name of an element type of GGUF files; those that are not written are only read. */
export type GgmlType =
  | WritableGgmlType
  | "IQ1_S"
  | "IQ1_M"
  | "IQ2_XXS"
  | "IQ2_XS"
  | "IQ2_S"
  | "IQ3_XXS"
  | "IQ3_S"
  | "IQ4_XS";

const of = (id: number, weights: number, bytes: number): GgmlLayout => ({ id, weights, bytes });

/**
 * The element types in which GGUF files hold weights. Source: ggml, `src/ggml-common.h`, described from
 * commit d99724f.
 */
export const GGML_TYPES: Readonly<Record<GgmlType, GgmlLayout>> = {
  F32: of(0, 1, 4),
  F16: of(1, 1, 2),
  BF16: of(30, 1, 2),
  Q4_0: of(2, 32, 18),
  Q4_1: of(3, 32, 20),
  Q5_0: of(6, 32, 22),
  Q5_1: of(7, 32, 24),
  Q8_0: of(8, 32, 34),
  Q2_K: of(10, 256, 84),
  Q3_K: of(11, 256, 110),
  Q4_K: of(12, 256, 144),
  Q5_K: of(13, 256, 176),
  Q6_K: of(14, 256, 210),
  IQ2_XXS: of(16, 256, 66),
  IQ2_XS: of(17, 256, 74),
  IQ3_XXS: of(18, 256, 98),
  IQ1_S: of(19, 256, 50),
  IQ4_NL: of(20, 32, 18),
  IQ3_S: of(21, 256, 110),
  IQ2_S: of(22, 256, 82),
  IQ4_XS: of(23, 256, 136),
  IQ1_M: of(29, 256, 56),
  TQ1_0: of(34, 256, 54),
  TQ2_0: of(35, 256, 66),
};

/** The type of a number in a file, where there is one. */
export function ggmlTypeOf(id: number): GgmlType | undefined {
  return (Object.keys(GGML_TYPES) as GgmlType[]).find((type) => GGML_TYPES[type].id === id);
}

/** Bits that a weight of this type takes, scales included. */
export function bitsPerWeight(type: GgmlType): number {
  const { weights, bytes } = GGML_TYPES[type];
  return 8 * bytes / weights;
}
