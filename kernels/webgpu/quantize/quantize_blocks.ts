import { RangeError, TypeError } from "../../../lib/errors.ts";
import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { requireFloats } from "../select/float_order.ts";
import { dequantizeTwin, quantizeTwin } from "./quantize_blocks_cpu.ts";
import { dequantizePasses, quantizePasses } from "./quantize_blocks_wgsl.ts";
import { filled } from "../core/filled.ts";
import { emptyOnGpu, gpuOf, requireType } from "../core/tensors.ts";

/** Bits of a weight; ternary ones are −1, 0 or 1 and take 1.6. */
export type QuantizedBits = 8 | 4 | 3 | 2 | "ternary";

/** Settings of {@linkcode quantizeBlocks}. */
export interface QuantizeOptions {
  /** Bits of a weight. Default 4. */
  bits?: QuantizedBits | undefined;
  /**
   * Weights that share a scale, neighbours along the last axis; the last group of a row may be smaller.
   * Default 32.
   */
  group?: number | undefined;
  /** Whether the grid is the same on both sides of zero; else it has a zero point. Default true. */
  symmetric?: boolean | undefined;
}

/** A tensor of small whole numbers, with a scale for each group. */
export interface QuantizedBlocks {
  /**
   * uint32[…, groups, words]: the codes of each group, from the lowest bits of its first word on. A word
   * holds ⌊32 / bits⌋ of them; of ternary ones 20, as the digits of a number in base 3. With 8, 4 and 2 bits,
   * and groups that fill their words, these are the bytes of `B` in ONNX Runtime's MatMulNBits.
   */
  codes: Tensor;
  /** float32[…, groups]. */
  scales: Tensor;
  /** uint8[…, groups]: the code of zero. Without it, 2^(bits−1), or 1 of ternary codes. */
  zeros?: Tensor;
  /** Shape of the whole tensor. */
  dims: readonly number[];
  /** Bits of a weight. */
  bits: QuantizedBits;
  /** Weights that share a scale. */
  group: number;
}

/**
 * Rounds the weights of each group to the nearest number of a grid, w ≈ s·(q − z):
 *
 * - symmetric with b bits: Q = 2^(b−1) − 1, s = max|w| / Q, q − z = clamp(round(w/s), −Q, Q)
 * - ternary: s = mean|w|, q − z = clamp(round(w/s), −1, 1)
 * - with a zero point: s = (max(w, 0) − min(w, 0)) / (2^b − 1), z = round(−min(w, 0)/s), q =
 *   clamp(round(w/s) + z, 0, 2^b − 1)
 *
 * All in float32 with w/s taken as w·(1/s); halves are rounded to even. Both places give the same bits. Zero
 * is always on the grid. Groups without a magnitude of 2^−100 become zeros; those with NaN, infinity or more
 * than 2^100 get the scale NaN.
 *
 * Source: for ternary weights Ma et al., "The Era of 1-bit LLMs", 2024, eq. 1–3; the grid with a zero point
 * is the one of GPTQ's and SparseGPT's reference code.
 *
 * @param weight float32 or float16, of at least one axis, on the CPU or a GPU; the result lies at the same
 * place
 * @throws RangeError where bits or group are none of these, or ternary codes shall have a zero point;
 * TypeError where type or shape is another
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const blocks = await quantizeBlocks(float32([7, -1, 2.4, 0]), { bits: 4, group: 4 });
 * assert.deepEqual([...(await dequantizeBlocks(blocks)).data], [7, -1, 2, 0]);
 * ```
 */
export async function quantizeBlocks(
  weight: Tensor,
  options: QuantizeOptions = {},
): Promise<QuantizedBlocks> {
  const { bits = 4, group = 32, symmetric = true } = options;
  const { gpu } = requireFloats("quantizeBlocks", [weight]);
  requireGrid("quantizeBlocks", bits, group);
  if (bits === "ternary" && !symmetric) {
    throw new RangeError(
      "Cannot run quantizeBlocks: ternary codes have no zero point; leave out symmetric: false",
    );
  }
  const layout = layoutOf("quantizeBlocks", weight.dims, bits, group);
  const about = { dims: weight.dims, bits, group };
  if (!gpu) return { ...quantizeTwin(weight, { ...layout, symmetric }), ...about };
  const codes = emptyOnGpu(gpu, "uint32", layout.codes);
  const scales = emptyOnGpu(gpu, "float32", layout.scales);
  const zeros = symmetric ? undefined : emptyOnGpu(gpu, "uint8", layout.scales);
  const parts = { codes, scales, zeros };
  await filled(gpu, [codes, scales, zeros], () => quantizePasses(gpu, weight, parts, layout));
  return { codes, scales, ...zeros && { zeros }, ...about };
}

/**
 * The weights that quantized blocks stand for: s·(q − z), in float32.
 *
 * @returns float32, of the shape of the whole tensor, where the blocks lie; a GPU may make it zero where it
 * is subnormal
 * @throws TypeError where the parts do not fit in shape, type or place; RangeError where bits or group are
 * none
 */
export async function dequantizeBlocks(blocks: QuantizedBlocks): Promise<Tensor> {
  const { codes, scales, zeros, dims, bits, group } = blocks;
  const gpu = gpuOf("dequantizeBlocks", { codes, scales, zeros });
  requireGrid("dequantizeBlocks", bits, group);
  const layout = layoutOf("dequantizeBlocks", dims, bits, group);
  requireType(codes.type, ["uint32"], "dequantizeBlocks", '"codes"');
  requireType(scales.type, ["float32"], "dequantizeBlocks", '"scales"');
  if (zeros) requireType(zeros.type, ["uint8"], "dequantizeBlocks", '"zeros"');
  const expected = { codes: layout.codes, scales: layout.scales, ...zeros && { zeros: layout.scales } };
  for (const [name, shape] of Object.entries(expected)) {
    const tensor = blocks[name as "codes"];
    if (tensor.dims.join() === shape.join()) continue;
    throw new TypeError(
      `Cannot run dequantizeBlocks: "${name}" is [${tensor.dims.join(", ")}], expected [${
        shape.join(", ")
      }] for [${dims.join(", ")}] in groups of ${group}`,
    );
  }
  if (!gpu) return dequantizeTwin(codes, scales, zeros, { ...layout, dims });
  const weight = emptyOnGpu(gpu, "float32", dims);
  const parts = { codes, scales, zeros };
  return await filled(gpu, weight, () => dequantizePasses(gpu, weight, parts, layout));
}

function requireGrid(kernel: string, bits: QuantizedBits, group: number): void {
  if (![8, 4, 3, 2, "ternary"].includes(bits)) {
    throw new RangeError(`Cannot run ${kernel}: bits is ${bits}, expected 8, 4, 3, 2 or "ternary"`);
  }
  if (!Number.isInteger(group) || group < 1) {
    throw new RangeError(`Cannot run ${kernel}: groups of ${group}, expected a whole number from 1`);
  }
}

/** How groups and codes lie. */
export interface QuantizedLayout {
  /** Bits of a code. */
  bits: QuantizedBits;
  /** Weights of a group, which share a scale. */
  group: number;
  /** Weights of a line; groups begin anew with each. Where groups fill rows, a line is a group. */
  line: number;
  /** Groups of a line. */
  perLine: number;
  /** Number of lines. */
  lines: number;
  /** Codes of a word, words of a group. */
  perWord: number;
  /** Words of a group. */
  words: number;
  /** Shapes of codes and scales. */
  codes: number[];
  /** Shape of the scales. */
  scales: number[];
}

function layoutOf(
  kernel: string,
  dims: readonly number[],
  bits: QuantizedBits,
  group: number,
): QuantizedLayout {
  const row = dims.at(-1);
  if (row === undefined) {
    throw new TypeError(`Cannot run ${kernel}: expected at least one axis, got a scalar`);
  }
  const line = row % group === 0 ? group : row;
  const perWord = bits === "ternary" ? 20 : Math.floor(32 / bits);
  const words = Math.ceil(group / perWord);
  const scales = [...dims.slice(0, -1), Math.ceil(row / group)];
  return {
    bits,
    group,
    line,
    perLine: Math.ceil(line / group),
    lines: sizeOf(dims) / line,
    perWord,
    words,
    codes: [...scales, words],
    scales,
  };
}
