/**
 * IDX, the format of MNIST: two zero bytes, a type, the number of axes, big-endian sizes and elements.
 *
 * Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", section "File formats".
 */
import { sizeOf, Tensor } from "../tensor/tensor.ts";
import { cursor } from "./archives/cursor.ts";
import { elementsOf, type NumericType, swapBytes } from "./elements.ts";

const TYPES: Readonly<Record<number, readonly [type: NumericType, size: number]>> = {
  0x08: ["uint8", 1],
  0x09: ["int8", 1],
  0x0b: ["int16", 2],
  0x0c: ["int32", 4],
  0x0d: ["float32", 4],
  0x0e: ["float64", 8],
};

/**
 * The array of an IDX file (unpacked: see `gunzip`).
 *
 * @throws {SyntaxError} unless the file has exactly the elements that its header promises
 */
export function decodeIdx(bytes: Uint8Array, name = "IDX file"): Tensor {
  const place = cursor(bytes, name);
  if (place.uint16("the magic number") !== 0) throw place.fail("expected two zero bytes", 0);
  const code = place.uint8("the element type");
  const row = TYPES[code];
  if (!row) throw place.fail(`expected an element type of 0x08 to 0x0e, found 0x${code.toString(16)}`, 2);
  const [type, size] = row;
  const axes = place.uint8("the number of axes");
  const sizes = cursor(swapBytes(place.take(4 * axes, "sizes"), 4), name);
  const dims = Array.from({ length: axes }, () => sizes.uint32("a size"));
  if (sizeOf(dims) * size !== place.left()) {
    throw place.fail(`expected ${sizeOf(dims) * size} bytes of ${type} [${dims}], found ${place.left()}`);
  }
  return new Tensor(type, elementsOf(swapBytes(place.take(place.left(), "elements"), size), type), dims);
}
