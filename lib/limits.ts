import { RangeError, TypeError } from "./errors.ts";

/**
 * What a file, an address or an option may ask for before somebody has to say that it is meant: a number of a
 * few digits could ask for more memory and time than there is.
 */
export interface Limits {
  /** Tensors, or entries, of one file. Default 200,000: twice as many as the largest networks have. */
  tensors: number;
  /** Nodes of a graph that is read or built. Default 300,000. */
  nodes: number;
  /** Rows of a vocabulary: the highest number of a token, and one. Default 2²²: four times the largest. */
  tokens: number;
  /** Blocks of one kind, one after the other, of a network that is built. Default 10,000. */
  blocks: number;
  /** Pixels of an image that is read. Default 2²⁶: 8,192 × 8,192. */
  pixels: number;
  /** Learned numbers of a network that is built. Default 2³¹, which are 8 GiB as float32. */
  parameters: number;
  /** Numbers of the tables of a decoder's positions. Default 2²⁷: a million positions of heads of 128. */
  positions: number;
  /** Bytes that one compressed file, or the sparse tensors of an ONNX file, unpack to. Default 2³⁰. */
  unpackedBytes: number;
  /** Instructions of a pickle, of which a real checkpoint has 10 to 40 for each tensor. Default 2,000,000. */
  pickleInstructions: number;
  /** Bytes of a file or an answer that is read whole. Default 2³³. */
  sourceBytes: number;
  /** Seconds for which an address may send nothing; `Infinity` for as long as it likes. Default 60. */
  stallSeconds: number;
}

const now: Limits = {
  tensors: 200_000,
  nodes: 300_000,
  tokens: 2 ** 22,
  blocks: 10_000,
  pixels: 2 ** 26,
  parameters: 2 ** 31,
  positions: 2 ** 27,
  unpackedBytes: 2 ** 30,
  pickleInstructions: 2_000_000,
  sourceBytes: 2 ** 33,
  stallSeconds: 60,
};

/** The limits that hold in this process. */
export function limits(): Readonly<Limits> {
  return now;
}

/**
 * Raises limits, or lowers them, for this process.
 *
 * @throws RangeError where one is no number above 0; TypeError where there is none of that name
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * setLimits({ unpackedBytes: 2 ** 32 }); // archives of up to 4 GiB
 * assert.equal(limits().unpackedBytes, 2 ** 32);
 * setLimits({ unpackedBytes: 2 ** 30 });
 * ```
 */
export function setLimits(others: Partial<Limits>): void {
  for (const [name, value] of Object.entries(others)) {
    if (!Object.hasOwn(now, name)) {
      throw new TypeError(`Cannot set the limit ${name}: expected one of ${Object.keys(now).join(", ")}`);
    }
    if (!(typeof value === "number" && value > 0)) {
      throw new RangeError(`Cannot set the limit ${name} to ${value}: expected a number above 0`);
    }
  }
  Object.assign(now, others);
}

/** Words at the end of a message about a limit: how it is raised. */
export function raised(name: keyof Limits): string {
  return `if it is meant, say setLimits({ ${name}: … })`;
}
