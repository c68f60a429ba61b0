import { RangeError } from "../errors.ts";
import type { Image } from "./image.ts";

/** A rectangle of pixels. */
export interface Rectangle {
  /** First column. */
  left: number;
  /** First row. */
  top: number;
  /** Columns. */
  width: number;
  /** Rows. */
  height: number;
}

/**
 * Part of an image.
 *
 * @throws {RangeError} where it reaches beyond the image
 */
export function crop(image: Image, { left, top, width, height }: Rectangle): Image {
  if (
    ![left, top, width, height].every(Number.isInteger) || left < 0 || top < 0 || width < 1 || height < 1 ||
    left + width > image.width || top + height > image.height
  ) {
    throw new RangeError(
      `Cannot crop ${width} × ${height} pixels at column ${left}, row ${top} from an image of ` +
        `${image.width} × ${image.height}`,
    );
  }
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * image.width + left) * channels;
    data.set(image.data.subarray(start, start + width * channels), y * width * channels);
  }
  return { width, height, channels, data };
}
