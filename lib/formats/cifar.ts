/**
 * The binary version of CIFAR-10: records of one label byte and 3 × 32 × 32 bytes, red, green and blue
 * planes.
 *
 * Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
 */
import { Tensor } from "../tensor/tensor.ts";
import { unreadable } from "./archives/cursor.ts";

/** Bytes of the three planes of one image. */
export const CIFAR_IMAGE_BYTES = 3 * 32 * 32;

/** The records of one batch file: images uint8 [N, 3, 32, 32], labels uint8 [N], 0 to 9. */
export interface CifarRecords {
  /** Images, uint8 [N, 3, 32, 32]. */
  readonly images: Tensor;
  /** Class of each image, uint8 [N]. */
  readonly labels: Tensor;
}

/**
 * The records of a batch file (unpacked).
 *
 * @throws {SyntaxError} unless the file is whole records, each with a label from 0 to 9
 */
export function decodeCifar(bytes: Uint8Array, name = "CIFAR-10 batch"): CifarRecords {
  const record = 1 + CIFAR_IMAGE_BYTES;
  if (bytes.length === 0 || bytes.length % record !== 0) {
    throw unreadable(
      name,
      bytes.length,
      `expected whole records of ${record} bytes, found ${bytes.length} bytes`,
    );
  }
  const count = bytes.length / record;
  const images = new Uint8Array(count * CIFAR_IMAGE_BYTES);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * record;
    const label = bytes[at]!;
    if (label > 9) throw unreadable(name, at, `expected a label from 0 to 9 in record ${i}, found ${label}`);
    labels[i] = label;
    images.set(bytes.subarray(at + 1, at + record), i * CIFAR_IMAGE_BYTES);
  }
  return {
    images: new Tensor("uint8", images, [count, 3, 32, 32]),
    labels: new Tensor("uint8", labels, [count]),
  };
}
