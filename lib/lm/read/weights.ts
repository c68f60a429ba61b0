import type { GgufMetadata } from "../../formats/gguf/values.ts";
import type { DecoderOptions } from "../../nn/decoder.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import type { PackedSource } from "./packed.ts";

/** A decoder as its files have it: sizes, and weights under the names of {@linkcode decoder}. */
export interface DecoderWeights {
  /** Where it was read, for messages. */
  readonly name: string;
  /** Which family its files say it is of. */
  readonly family: "llama" | "qwen2";
  /** The sizes. */
  readonly options: DecoderOptions;
  /** The weights, float32. */
  readonly tensors: Record<string, Tensor>;
  /** Matrices that were left in their codes, by the names of `tensors`. */
  readonly packed?: Readonly<Record<string, PackedSource>> | undefined;
  /** Words of a GGUF file beside the weights: vocabulary, chat template. */
  readonly metadata?: GgufMetadata | undefined;
  /**
   * The vocabulary in the words of GGUF files, where the weights lay beside a `tokenizer.json`.
   *
   * @throws {TypeError} where GGUF files have no words for it
   */
  readonly vocabulary?: (() => Promise<GgufMetadata>) | undefined;
}

/**
 * Rows of query and key weights (or biases) with a head's rotated pairs side by side, as llama2.c and GGUF
 * files of Llama have them, moved half a head apart: row 2j + h of a head goes to h·headSize/2 + j.
 */
export function pairsApart(tensor: Tensor, headSize: number): Tensor {
  return moveRows(tensor, headSize, (row) => row % 2 * (headSize / 2) + Math.floor(row / 2));
}

/** {@linkcode pairsApart} of blocks: rows of bytes. */
export function blockPairsApart(
  blocks: Uint8Array,
  rows: number,
  headSize: number,
): Uint8Array<ArrayBuffer> {
  const width = blocks.length / rows;
  const moved = new Uint8Array(blocks.length);
  for (let row = 0; row < rows; row++) {
    const own = row % headSize;
    const to = row - own + own % 2 * (headSize / 2) + Math.floor(own / 2);
    moved.set(blocks.subarray(row * width, (row + 1) * width), to * width);
  }
  return moved;
}

/** Undoes {@linkcode pairsApart}. */
export function pairsTogether(tensor: Tensor, headSize: number): Tensor {
  return moveRows(tensor, headSize, (row) => row % (headSize / 2) * 2 + Math.floor(row / (headSize / 2)));
}

function moveRows(tensor: Tensor, headSize: number, to: (row: number) => number): Tensor {
  const data = floats(tensor);
  const rows = tensor.dims[0]!;
  const width = data.length / rows;
  const moved = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const own = row % headSize;
    moved.set(data.subarray(row * width, (row + 1) * width), (row - own + to(own)) * width);
  }
  return new Tensor("float32", moved, tensor.dims);
}
