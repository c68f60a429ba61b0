import type { Mask } from "../../train/weight_mask.ts";

/**
 * A way to write which weights of a tensor are stored. Their values follow in storage order, whatever the
 * packing, so a packing is about positions only.
 */
export interface Packing {
  /** Name of the packing in files. */
  readonly name: string;
  /** The positions as bytes, or nothing where this packing cannot say them. */
  encode(mask: Mask): Packed | undefined;
  /**
   * The mask again.
   *
   * @throws RangeError saying what is wrong, where the bytes are no positions of such a tensor
   */
  decode(packed: Packed, dims: readonly number[]): Mask;
}

/** Positions of one tensor. */
export interface Packed {
  /** The places, packed. */
  bytes: Uint8Array;
  /** Numbers that the packing needs beside the bytes: Rice's k, a pattern. */
  numbers: readonly number[];
}
