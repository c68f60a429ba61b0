/** Which weights of a tensor stay: one bit per weight in storage order, lowest bit of a byte first. */
export interface Mask {
  /** Shape of the tensor. */
  readonly dims: readonly number[];
  /** A set bit stays. Bits beyond the last weight are 0. */
  readonly bits: Uint8Array;
}

/** Masks by the names of their tensors. */
export type Masks = Record<string, Mask>;
