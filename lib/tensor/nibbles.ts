import { sizeOf, Tensor } from "./tensor.ts";

/** Whether a tensor's whole numbers take four bits each, two in a byte. */
export const isPacked = ({ type }: Pick<Tensor, "type">): boolean => /^u?int4$/.test(type);

/** The numbers of an int4 or uint4 tensor, one in each byte. */
export function unpackNibbles({ type, data, dims }: Tensor): Tensor {
  const packed = data as unknown as Uint8Array;
  const nibble = (i: number) => packed[i >> 1]! >> 4 * (i & 1) & 15;
  const size = { length: sizeOf(dims) };
  return (type as string) === "uint4"
    ? new Tensor("uint8", Uint8Array.from(size, (_, i) => nibble(i)), dims)
    : new Tensor("int8", Int8Array.from(size, (_, i) => nibble(i) << 28 >> 28), dims);
}

/** Whole numbers as an int4 or uint4 tensor: the first of two lies in the lower half of a byte. */
export function packNibbles({ data, dims }: Tensor, type: "int4" | "uint4"): Tensor {
  const packed = new Uint8Array(Math.ceil(sizeOf(dims) / 2));
  (data as Int8Array).forEach((number, i) => packed[i >> 1]! |= (number & 15) << 4 * (i & 1));
  return new Tensor(type, packed as never, dims);
}
