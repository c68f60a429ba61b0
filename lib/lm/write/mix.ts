import { RangeError } from "../../errors.ts";
import { isWritable, WRITABLE_TYPES } from "../../formats/ggml/encode_blocks.ts";
import { GGML_TYPES, type GgmlType, type WritableGgmlType } from "../../formats/ggml/types.ts";

/** Role of a matrix in a decoder. */
export type MatrixRole =
  | "embedding"
  | "output"
  | "query"
  | "key"
  | "value"
  | "attentionOutput"
  | "gate"
  | "up"
  | "down";

/** A matrix whose element type is to be chosen. */
export interface Matrix {
  /** Role of the matrix. An embedding that is the output head, too, is an `output`. */
  role: MatrixRole;
  /** Weights of a row. */
  row: number;
  /** Layer of the matrix, from 0; of embedding and output 0. */
  layer: number;
  /** Layers of the model. */
  layers: number;
  /** Heads that share keys and values. */
  groups: number;
}

/** Where a mix spends more bits: by role the type for a matrix. */
type Rule = (matrix: Matrix) => WritableGgmlType | undefined;

/** A mix of types: what most matrices take, and rules for some roles. */
interface Mix {
  base: WritableGgmlType;
  rules?: Partial<Record<MatrixRole, Rule>>;
}

/** The first and last eighth of the layers, and every third between. */
const moreBits = ({ layer, layers }: Matrix): boolean => {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor(7 * layers / 8) || (layer - eighth) % 3 === 2;
};
const sixInSome: Rule = (matrix) => moreBits(matrix) ? "Q6_K" : undefined;

/**
 * A value's type in models of 80 layers whose heads share values, those of 70 billion weights: what is that
 * small beside the rest has more bits.
 */
function valueType(type: WritableGgmlType, { layers, groups }: Matrix): WritableGgmlType {
  const isFew = type === "Q3_K" || type === "Q4_K";
  return layers === 80 && groups > 1 && isFew ? "Q5_K" : type;
}

/** Tokens are no sums of ternary numbers, and lie in a type of their own. */
const TERNARY: Mix["rules"] = { embedding: () => "Q4_K" };

/** Names of mixes of more than one type. */
export type MixOfTypes = "Q2_K" | "Q3_K_M" | "Q3_K_L" | "Q4_K_M" | "Q5_K_M";

/** The mixes of llama.cpp by its names, as far as their types can be written. */
const MIXES: Readonly<Record<MixOfTypes | TernaryType, Mix>> = {
  Q2_K: {
    base: "Q2_K",
    rules: {
      value: ({ groups }) => groups >= 4 ? "Q4_K" : "Q3_K",
      down: () => "Q3_K",
      attentionOutput: () => "Q3_K",
    },
  },
  Q3_K_M: {
    base: "Q3_K",
    rules: {
      value: ({ layer }) => layer < 2 ? "Q5_K" : "Q4_K",
      down: ({ layer, layers }) => layer < Math.floor(layers / 16) ? "Q5_K" : "Q4_K",
      attentionOutput: () => "Q4_K",
    },
  },
  Q3_K_L: {
    base: "Q3_K",
    rules: { value: () => "Q5_K", down: () => "Q5_K", attentionOutput: () => "Q5_K" },
  },
  Q4_K_M: { base: "Q4_K", rules: { value: sixInSome, down: sixInSome } },
  Q5_K_M: { base: "Q5_K", rules: { value: sixInSome, down: sixInSome } },
  TQ1_0: { base: "TQ1_0", rules: TERNARY },
  TQ2_0: { base: "TQ2_0", rules: TERNARY },
};

/** Types of three values, which are mixes, too. */
type TernaryType = "TQ1_0" | "TQ2_0";

/**
 * A mix of llama.cpp's, or one type for all matrices but the output head (and the table of tokens, of the
 * ternary ones).
 */
export type MixName = MixOfTypes | WritableGgmlType;

/** All of these names. */
export const MIX_NAMES: readonly MixName[] = [
  ...new Set([...Object.keys(MIXES) as MixOfTypes[], ...WRITABLE_TYPES]),
];

/** What takes the place of a type whose blocks do not divide a row: types of 32 weights a block. */
const FALLBACKS: Readonly<Partial<Record<WritableGgmlType, WritableGgmlType>>> = {
  Q2_K: "Q4_0",
  Q3_K: "Q4_0",
  TQ1_0: "Q4_0",
  TQ2_0: "Q4_0",
  Q4_K: "Q5_0",
  Q5_K: "Q5_1",
  Q6_K: "Q8_0",
};

/** Types that are no quantization: with them the output head is as the rest. */
const WHOLE: readonly string[] = ["F32", "F16", "BF16"];

/**
 * The element type of a matrix in a mix, by what it is, where it is and how long its rows are; names play no
 * part. Where the type's blocks do not divide the rows, a type of smaller blocks with about as many bits,
 * or F16.
 *
 * Source: llama.cpp, `src/llama-quant.cpp`, described from commit 007dbbf.
 *
 * @throws {RangeError} where there is no such mix, or the type is only read
 */
export function typeInMix(name: MixName, matrix: Matrix): WritableGgmlType {
  const mix: Mix | undefined = Object.hasOwn(MIXES, name)
    ? MIXES[name as MixOfTypes | TernaryType]
    : isWritable(name as GgmlType)
    ? { base: name as WritableGgmlType }
    : undefined;
  if (!mix) {
    throw new RangeError(
      `Cannot write weights in the mix ${name}: expected one of ${
        Object.keys(MIXES).join(", ")
      }, or a type ` +
        `that can be written: ${WRITABLE_TYPES.join(", ")}`,
    );
  }
  const { base, rules } = mix;
  const head = matrix.role === "output" && !WHOLE.includes(base);
  const own = rules?.[matrix.role]?.(matrix) ?? base;
  const wanted = head
    ? base === "Q8_0" ? "Q8_0" : "Q6_K"
    : rules && matrix.role === "value"
    ? valueType(own, matrix)
    : own;
  const fits = (type: WritableGgmlType) => matrix.row % GGML_TYPES[type].weights === 0;
  if (fits(wanted)) return wanted;
  const fallback = head ? "Q8_0" : FALLBACKS[wanted] ?? "F16";
  return fits(fallback) ? fallback : "F16";
}
